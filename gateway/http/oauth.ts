/**
 * POST /oauth/token: SMART Backend Services (client_credentials with private_key_jwt) by RFC 6749 and 7523. Decides which scopes a proved client gets: those of its role, and
 * none to send or fetch with before it has an agreement. A token is answered once its assertion is spent and its entry committed.
 */
import { CODES, RefusedError, RequestError } from '../core/errors.ts'
import { type Asked, addressOf, sendJson } from './asked.ts'
import { claimIn, type Form, type ProvedClient, proveClient, readForm, replayed, requireRate } from './client-proof.ts'
import type { KnownParty } from './deps.ts'
import { guardedButSigned, proving } from './guard.ts'
import { requireMachine } from './origin.ts'
import { refusalOf } from './outcomes.ts'
import { defaultScopes, grantable, parseScopes, usable, withoutAgreement } from './scopes.ts'

/** null: none asked for, so the role's own. */
function scopesOf(form: Form): readonly string[] | null {
  const grantType = form.get('grant_type')
  if (grantType === undefined) throw new RequestError('invalid_request')
  if (grantType !== 'client_credentials') throw new RequestError('unsupported_grant_type')
  const scope = form.get('scope')
  const scopes = scope === undefined ? null : parseScopes(scope)
  if (scope !== undefined && scopes === null) throw new RequestError('invalid_scope')
  return scopes
}

/** What of these the party may have now. */
function cut({ deps }: Asked, party: KnownParty, asked: readonly string[] | null): readonly string[] {
  const { role } = party
  const scopes = usable(party, asked === null ? defaultScopes(role) : grantable(role, asked))
  return role === 'officer' || deps.identities.isSide(party.id) ? scopes : withoutAgreement(role, scopes)
}

interface Granted {
  readonly party: string
  readonly scopes: readonly string[]
  readonly token: string
  readonly expiresIn: number
}

async function granted(asked: Asked, form: Form, wanted: readonly string[] | null): Promise<Granted> {
  const client = await proveClient(asked, form)
  const party = client.party.id
  requireRate(asked, party)
  const scopes = cut(asked, client.party, wanted)
  if (scopes.length === 0) throw await refusedScope(asked, client)
  return { party, scopes, ...(await recorded(asked, client, scopes)) }
}

async function grant(asked: Asked, seconds: number): Promise<void> {
  const form = await readForm(asked, ['grant_type', 'scope'])
  const wanted = scopesOf(form)
  const { party, scopes, token, expiresIn } = await proving(asked, claimIn(asked, form, seconds), () => granted(asked, form, wanted))
  asked.deps.observe.tokenGranted({ party })
  asked.res.setHeader('Pragma', 'no-cache')
  sendJson(asked.res, 200, { access_token: token, token_type: 'bearer', expires_in: expiresIn, scope: scopes.join(' ') })
}

/** Signed, and its entry committed with the assertion that is spent for it. */
async function recorded(
  asked: Asked,
  client: ProvedClient,
  scopes: readonly string[]
): Promise<{ readonly token: string; readonly expiresIn: number }> {
  const { identities, audit } = asked.deps
  const { party, certificate, key, jti, expires } = client
  const grant = { party: party.id, role: party.role, scopes, certificate, key }
  const issued = await identities.issueToken(grant)
  const outcome = await audit.tokenGranted({ ...grant, address: addressOf(asked.req), token: issued.jti, jti, expires })
  if (outcome === 'replayed') throw replayed(asked, party.id)
  return issued
}

/** The assertion is spent here, too. */
async function refusedScope(asked: Asked, { party, jti, expires }: ProvedClient): Promise<RefusedError> {
  if (!(await asked.deps.identities.spendJti(party.id, jti, expires))) return replayed(asked, party.id)
  return new RefusedError('invalid_scope', { kind: 'token-refused', party: party.id, proved: true })
}

export async function answerToken(asked: Asked): Promise<void> {
  requireMachine(asked.deps, asked.req)
  await guardedButSigned(asked, (seconds) => grant(asked, seconds))
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

/** A refusal of these routes in OAuth's own shape (RFC 6749 §5.2). */
export function oauthError(error: unknown): Readonly<Record<string, string>> {
  const refusal = refusalOf(error)
  return {
    error: OAUTH_ERRORS.get(refusal.code) ?? BY_STATUS.get(refusal.status) ?? (refusal.status >= 500 ? 'server_error' : 'invalid_request'),
    error_description: CODES[refusal.code]
  }
}

/** Of the same refusal (§5.2): where a header was used to prove the client, the scheme that is offered there. No refusal is kept by anyone. */
export function oauthHeaders(error: unknown, authorization: string | undefined): Readonly<Record<string, string>> {
  const named = authorization !== undefined && refusalOf(error).code === 'invalid_client'
  return { 'Pragma': 'no-cache', ...(named ? { 'WWW-Authenticate': 'Basic realm="sallyport"' } : {}) }
}
