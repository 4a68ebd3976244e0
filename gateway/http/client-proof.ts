/**
 * Which client asks at /oauth/token and /oauth/revoke (RFC 6749 §2.3): by an assertion (RFC 7523), by a secret where its agreements allow that, and where a certificate is
 * registered by that too (RFC 8705). Whatever is wrong is invalid_client, with the same words and (app.ts) no sooner than the same time; who failed is told of
 * under the party it claimed, or proved.
 */
import { randomUUID } from 'node:crypto'
import { RefusedError, RequestError, type Told } from '../core/errors.ts'
import { type Asked, placeOf } from './asked.ts'
import { certificateOf } from './authenticate.ts'
import { mediaType, readSmall } from './body.ts'
import type { Gauge } from './buckets.ts'
import { type Credentials, credentialsOf } from './client-credentials.ts'
import type { KnownParty, ProvedAssertion } from './deps.ts'
import type { Claim } from './guard.ts'
import { ThrottledError } from './outcomes.ts'

const FORM_BYTES = 16 * 1024
const CLIENT = ['client_assertion_type', 'client_assertion', 'client_id', 'client_secret']

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
  /** RFC 7638 thumbprint of the registered key; null: a secret */
  readonly key: string | null
}

/** What an entry says of a client that was refused. */
export function refusedClient(party: string, how: 'proved' | 'claimed'): RefusedError {
  const told: Told = { kind: 'token-refused', party, proved: how === 'proved' }
  return new RefusedError('invalid_client', told)
}

/** A party gets a tenth as many tokens as it may make requests, for each is an entry for ever, and good for minutes; to end one spends of the same. Asked before the assertion is spent: it can be sent again. */
export function requireRate({ deps }: Asked, party: string): void {
  const seconds = deps.allowances.take('token', party, deps.now())
  if (seconds > 0) throw new ThrottledError(seconds, party)
}

/** What was taken for a replay is given back: whoever sends another's assertion again takes nothing from it. */
export function replayed({ deps }: Asked, party: string): RefusedError {
  deps.allowances.give('token', party)
  return refusedClient(party, 'proved')
}

/** The party that is proved, its certificate the registered one. RefusedError invalid_client where it is known who failed. */
export async function proveClient(asked: Asked, form: Form): Promise<ProvedClient> {
  const { party, ...proved } = await provedParty(asked, credentialsOf(asked.req, form))
  const claimed = form.get('client_id')
  if (claimed !== undefined && claimed !== party.id) throw refusedClient(party.id, 'proved')
  const certificate = party.certificates.length === 0 ? null : certificateOf(asked.req)
  if (party.certificates.length > 0 && (certificate === null || !party.certificates.includes(certificate)))
    throw refusedClient(party.id, 'proved')
  return { party, certificate, ...proved }
}

/** Who the request claims to be, and by what, believed by nobody; '' when that cannot be read. */
export function claimIn({ req }: Asked, form: Form, seconds: number): Claim {
  const { claimed, by } = credentialsOf(req, form)
  return { kind: 'party', claimed, by, seconds }
}

/** The registered party that is proved. Who proves nothing is told of under the party it claims, when there is such a one. */
async function provedParty(asked: Asked, credentials: Credentials): Promise<Omit<ProvedClient, 'certificate'>> {
  const { identities } = asked.deps
  try {
    const proved = credentials.by === 'assertion' ? await byAssertion(asked, credentials.assertion) : await bySecret(asked, credentials)
    const party = identities.party(proved.party)
    if (party !== null) return { ...proved, party }
  } catch (error) {
    if (!(error instanceof RequestError) || error instanceof ThrottledError) throw error
  }
  const claimed = identities.party(credentials.claimed)
  throw claimed === null ? new RequestError('invalid_client') : refusedClient(claimed.id, 'claimed')
}

function byAssertion({ deps }: Asked, assertion: string): Promise<ProvedAssertion> {
  return deps.identities.proveAssertion(assertion, [`${deps.publicUrl}/oauth/token`])
}

/** Of one address, and of one name: so that nobody takes the places of all (seal/secret.ts). Counted for every name alike, for a refusal must not tell who has a secret. */
const SECRETS_OF_AN_ADDRESS = 2
const SECRETS_OF_A_NAME = 4
const SECRET_SECONDS = 300

async function bySecret(asked: Asked, credentials: Credentials): Promise<Omit<ProvedAssertion, 'key'> & { readonly key: null }> {
  if (credentials.by !== 'secret') throw new RequestError('invalid_client')
  const { claimed, secret } = credentials
  const { deps, house, req } = asked
  const proved = await held(house.underWay, `secrets from ${placeOf(req)}`, SECRETS_OF_AN_ADDRESS, () =>
    held(house.underWay, `secrets of ${claimed}`, SECRETS_OF_A_NAME, () => deps.identities.proveSecret(claimed, secret))
  )
  if (!proved) throw new RequestError('invalid_client')
  // nothing to spend: an id that nobody has
  return { party: claimed, jti: randomUUID(), expires: new Date(deps.now() + SECRET_SECONDS * 1000), key: null }
}

async function held<T>(gauge: Gauge, key: string, limit: number, work: () => Promise<T>): Promise<T> {
  if (!gauge.enter(key, limit)) throw new ThrottledError(1)
  try {
    return await work()
  } finally {
    gauge.leave(key)
  }
}
