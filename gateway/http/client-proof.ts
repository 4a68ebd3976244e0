/**
 * Which client asks at /oauth/token and /oauth/revoke (RFC 6749 §2.3): by an assertion (RFC 7523), and where a certificate is registered by that too (RFC 8705).
 * Decides that one method is used, and once. Whatever is wrong is invalid_client, with the same words and (app.ts) no sooner than the same time; who failed is told of
 * under the party it claimed, or proved.
 */
import { RefusedError, RequestError, type Told } from '../core/errors.ts'
import type { Asked } from './asked.ts'
import { certificateOf } from './authenticate.ts'
import { mediaType, readSmall } from './body.ts'
import type { KnownParty, ProvedAssertion } from './deps.ts'

const FORM_BYTES = 16 * 1024
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const CLIENT = ['client_assertion_type', 'client_assertion', 'client_id']

export type Form = ReadonlyMap<string, string>

/** The form by RFC 6749 §3.2: a parameter stands once; one without a value counts as absent; unknown ones are ignored. `known`: beside those of the client. */
export async function readForm({ req, res, deps }: Asked, known: readonly string[]): Promise<Form> {
  if (mediaType(req) !== 'application/x-www-form-urlencoded') throw new RequestError('invalid_request')
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(await readSmall(req, res, FORM_BYTES, deps.limits.stallSeconds))) {
    if (!(known.includes(name) || CLIENT.includes(name)) || value === '') continue
    if (form.has(name)) throw new RequestError('invalid_request')
    form.set(name, value)
  }
  return form
}

export interface ProvedClient {
  readonly party: KnownParty
  readonly certificate: string | null
  /** of the assertion, not spent yet: whoever goes on spends it */
  readonly jti: string
  readonly expires: Date
  /** RFC 7638 thumbprint of the registered key */
  readonly key: string
}

/** What an entry says of a client that was refused. */
export function refusedClient(party: string, how: 'proved' | 'claimed'): RefusedError {
  const told: Told = { kind: 'token-refused', party, proved: how === 'proved' }
  return new RefusedError('invalid_client', told)
}

/** The party the form proves, its certificate the registered one. RefusedError invalid_client where it is known who failed. */
export async function proveClient(asked: Asked, form: Form): Promise<ProvedClient> {
  const { party, proved } = await provedParty(asked, assertionOf(asked, form))
  const claimed = form.get('client_id')
  if (claimed !== undefined && claimed !== party.id) throw refusedClient(party.id, 'proved')
  const certificate = party.certificates.length === 0 ? null : certificateOf(asked.req)
  if (party.certificates.length > 0 && (certificate === null || !party.certificates.includes(certificate)))
    throw refusedClient(party.id, 'proved')
  return { party, certificate, jti: proved.jti, expires: proved.expires, key: proved.key }
}

/** No other method is offered: what stands in an Authorization header is one (RFC 6749 §2.3: no more than one). */
function assertionOf({ req }: Asked, form: Form): string {
  const assertion = form.get('client_assertion')
  if (assertion === undefined || form.get('client_assertion_type') !== JWT_BEARER || req.headers.authorization !== undefined)
    throw new RequestError('invalid_client')
  return assertion
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
  throw claimed === null ? new RequestError('invalid_client') : refusedClient(claimed.id, 'claimed')
}

/** Who the form claims to be, believed by nobody; '' when that cannot be read. */
export function claimedIn(form: Form): string {
  return issuerOf(form.get('client_assertion') ?? '')
}

/** The issuer an assertion claims; '' when it cannot be read. */
function issuerOf(assertion: string): string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(assertion.slice(0, 8192).split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null && 'iss' in claims && typeof claims.iss === 'string' ? claims.iss : ''
  } catch {
    return ''
  }
}
