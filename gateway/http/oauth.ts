/**
 * POST /oauth/token: SMART Backend Services (client_credentials with private_key_jwt) by RFC 6749 and 7523. Whatever is wrong with a client
 * or its assertion is answered invalid_client, with the same words and (app.ts) no sooner than the same time.
 */
import { CODES, RefusedError, RequestError, type Told } from '../core/errors.ts'
import { type Asked, addressOf, sendJson } from './asked.ts'
import { certificateOf } from './authenticate.ts'
import { mediaType, readSmall } from './body.ts'
import type { KnownParty, ProvedAssertion } from './deps.ts'
import { refusalOf, ThrottledError } from './outcomes.ts'
import { defaultScopes, grantable, parseScopes, usable } from './scopes.ts'

const FORM_BYTES = 16 * 1024
export const REQUESTS_A_TOKEN = 10
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const KNOWN = ['grant_type', 'scope', 'client_assertion_type', 'client_assertion', 'client_id']

interface TokenRequest {
  readonly assertion: string
  readonly clientId: string | null
  /** null: none asked for, so the role's own */
  readonly scopes: readonly string[] | null
}

/** The form by RFC 6749 §3.2: a parameter stands once; one without a value counts as absent; unknown ones are ignored. */
function parseForm(text: string): ReadonlyMap<string, string> {
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (!KNOWN.includes(name) || value === '') continue
    if (form.has(name)) throw new RequestError('invalid_request')
    form.set(name, value)
  }
  return form
}

function parseRequest(form: ReadonlyMap<string, string>): TokenRequest {
  const grantType = form.get('grant_type')
  if (grantType === undefined) throw new RequestError('invalid_request')
  if (grantType !== 'client_credentials') throw new RequestError('unsupported_grant_type')
  const assertion = form.get('client_assertion')
  if (assertion === undefined || form.get('client_assertion_type') !== JWT_BEARER) throw new RequestError('invalid_client')
  const scope = form.get('scope')
  const scopes = scope === undefined ? null : parseScopes(scope)
  if (scope !== undefined && scopes === null) throw new RequestError('invalid_scope')
  return { assertion, clientId: form.get('client_id') ?? null, scopes }
}

interface ProvedClient {
  readonly party: KnownParty
  readonly certificate: string | null
  readonly jti: string
}

/**
 * The party the assertion proves, its jti spent, its certificate the registered one. RefusedError invalid_client where it is known who failed. A party
 * gets a tenth as many tokens as it may make requests, for each is an entry for ever, and good for minutes.
 */
async function proveClient(asked: Asked, request: TokenRequest): Promise<ProvedClient> {
  const { identities } = asked.deps
  const { party, proved } = await provedParty(asked, request.assertion)
  const refused = (): RefusedError => new RefusedError('invalid_client', toldOf(party.id, 'proved'))
  if (request.clientId !== null && request.clientId !== party.id) throw refused()
  const certificate = party.certificates.length === 0 ? null : certificateOf(asked.req)
  if (party.certificates.length > 0 && (certificate === null || !party.certificates.includes(certificate))) throw refused()
  if (!(await identities.spendJti(party.id, proved.jti, proved.expires))) throw refused()
  const seconds = asked.house.tokens.take(party.id, asked.deps.limits.requestsPerMinute / REQUESTS_A_TOKEN / 60, asked.deps.now())
  if (seconds > 0) throw new ThrottledError(seconds, party.id)
  return { party, certificate, jti: proved.jti }
}

/** The registered party that signed the assertion. One that proves nothing is told of under the party it claims, when there is such a one. */
async function provedParty(asked: Asked, assertion: string): Promise<{ party: KnownParty; proved: ProvedAssertion }> {
  const { identities, publicUrl } = asked.deps
  try {
    const proved = await identities.proveAssertion(assertion, [`${publicUrl}/oauth/token`])
    const party = identities.party(proved.party)
    if (party !== null) return { party, proved }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
  }
  const claimed = identities.party(issuerOf(assertion))
  throw claimed === null ? new RequestError('invalid_client') : new RefusedError('invalid_client', toldOf(claimed.id, 'claimed'))
}

function toldOf(party: string, how: 'proved' | 'claimed'): Told {
  return { kind: 'token-refused', party, proved: how === 'proved' }
}

/** The issuer an assertion claims, believed by nobody; '' when it cannot be read. */
function issuerOf(assertion: string): string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(assertion.slice(0, 8192).split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null && 'iss' in claims && typeof claims.iss === 'string' ? claims.iss : ''
  } catch {
    return ''
  }
}

async function grant(asked: Asked): Promise<void> {
  if (mediaType(asked.req) !== 'application/x-www-form-urlencoded') throw new RequestError('invalid_request')
  const request = parseRequest(parseForm(await readSmall(asked.req, asked.res, FORM_BYTES, asked.deps.limits.stallSeconds)))
  const { party, certificate, jti } = await proveClient(asked, request)
  const { role } = party
  const scopes = usable(party, request.scopes === null ? defaultScopes(role) : grantable(role, request.scopes))
  if (scopes.length === 0) throw new RefusedError('invalid_scope', toldOf(party.id, 'proved'))
  const grant = { party: party.id, role, scopes, certificate }
  const issued = await asked.deps.identities.issueToken(grant)
  await asked.deps.audit.tokenGranted({ ...grant, address: addressOf(asked.req), jti })
  asked.deps.observe.tokenGranted({ party: party.id })
  asked.res.setHeader('Pragma', 'no-cache')
  sendJson(asked.res, 200, { access_token: issued.token, token_type: 'bearer', expires_in: issued.expiresIn, scope: scopes.join(' ') })
}

/** The only route that guards itself by address: failures are counted, successes count for their party. */
export async function answerToken(asked: Asked): Promise<void> {
  const { deps, house } = asked
  const address = addressOf(asked.req)
  const perSecond = deps.limits.failedSignInsPerMinute / 60
  const seconds = house.signIns.wait(address, perSecond, deps.now())
  if (seconds > 0) throw new ThrottledError(seconds)
  try {
    await grant(asked)
  } catch (error) {
    if (error instanceof RequestError && !(error instanceof ThrottledError)) house.signIns.take(address, perSecond, deps.now())
    throw error
  }
}

const OAUTH_ERRORS = new Map([
  ['invalid_client', 'invalid_client'],
  ['invalid_scope', 'invalid_scope'],
  ['unsupported_grant_type', 'unsupported_grant_type']
])

/** §5.2 has no words for these; §4.1.2.1 has. */
const BY_STATUS = new Map([
  [429, 'temporarily_unavailable'],
  [503, 'temporarily_unavailable']
])

/** A refusal of this route in OAuth's own shape (RFC 6749 §5.2). */
export function oauthError(error: unknown): Readonly<Record<string, string>> {
  const refusal = refusalOf(error)
  return {
    error: OAUTH_ERRORS.get(refusal.code) ?? BY_STATUS.get(refusal.status) ?? (refusal.status >= 500 ? 'server_error' : 'invalid_request'),
    error_description: CODES[refusal.code]
  }
}
