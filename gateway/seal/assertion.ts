/**
 * Client assertions (SMART Backend Services, RFC 7523): how a party proves who it is. Decides by the party's registered keys:
 * kid must name one of them (and may be left out where there is but one: @medplum/cli does), the algorithm is that key's (RS384 or
 * ES384), iss = sub, the audience is ours alone, exp at most five minutes ahead. Refuses everything else alike, with invalid_client, and after the same
 * work whoever is named: an attacker learns nothing from which rule it broke. Whether the jti was spent before is for the caller to ask the database.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { compactVerify } from 'jose'
import { RequestError } from '../core/errors.ts'
import { type Compact, compactOf } from './compact.ts'
import { type PublicJwk, thumbprintOf } from './keyring.ts'

export interface Assertion {
  readonly party: string
  /** 1 to 255 characters; spend it once, keep it until `expires` */
  readonly jti: string
  readonly expires: Date
  /** RFC 7638 thumbprint of the registered key that proved it */
  readonly key: string
}

export interface Registered {
  readonly keys: readonly PublicJwk[]
  /** chain: of the party's certificates; its signing key is then the one that the header selects, or none */
  readonly by: 'keys' | 'chain'
  /** the only address that `jku` may name */
  readonly jwksUri?: string | undefined
}

/** What is registered of a party, null when there is no such party; `header` is believed by nobody. May fetch: a failure is that no key is known. */
export type KeysOf = (party: string, header: Readonly<Record<string, unknown>>) => Promise<Registered | null>

type Algorithm = 'RS384' | 'ES384'

/** SMART: exp "no more than five minutes in the future". */
const MAX_SECONDS = 300
/** Clocks of parties differ by this much at most. */
const SKEW_SECONDS = 10
const MAX_LENGTH = 8192

/** Keys or rules that an assertion brings itself (RFC 8725 §3.10, RFC 7515 §4.1.11, RFC 7797). */
const BROUGHT = ['jwk', 'x5u', 'crit', 'b64', 'zip']

/** Nobody's keys, of the same work: nothing that they verify is believed. */
const NOBODY: Readonly<Record<Algorithm, PublicJwk>> = {
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }) as PublicJwk, // exports kty, crv, x, y
  RS384: { kty: 'RSA', n: Buffer.concat([Buffer.from([0xc5]), randomBytes(254), Buffer.from([0x6b])]).toString('base64url'), e: 'AQAB' }
}

/** Who signed this assertion. `audiences`: our token URL and no other (a list, where the gateway has several names). RequestError invalid_client. */
export async function verifyAssertion(jwt: string, keysOf: KeysOf, audiences: readonly string[], at: Date): Promise<Assertion> {
  const compact = compactOf(jwt, MAX_LENGTH) ?? refuse()
  const algorithm = algorithmOf(compact)
  const claims = claimsOf(compact, audiences, at)
  const key = registeredKey(await registeredOf(keysOf, claims.party, compact.header), compact, algorithm)
  const signed = await isSigned(jwt, key ?? NOBODY[algorithm], algorithm)
  return key !== null && signed ? { ...claims, key: thumbprintOf(key) } : refuse()
}

/** Where the keys of a party cannot be had now, nobody learns by it that there is such a party. */
async function registeredOf(keysOf: KeysOf, party: string, header: Compact['header']): Promise<Registered | null> {
  try {
    return await keysOf(party, header)
  } catch {
    return null
  }
}

/** What the header may say at all. The algorithm is held against the key's own below: HS256 with a public key as the secret, or none, cannot happen. */
function algorithmOf({ header }: Compact): Algorithm {
  const { alg, typ } = header as { readonly alg?: unknown; readonly typ?: unknown }
  if (BROUGHT.some((member) => Object.hasOwn(header, member))) return refuse()
  if (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT') return refuse()
  return alg === 'RS384' || alg === 'ES384' ? alg : refuse()
}

function claimsOf({ payload }: Compact, audiences: readonly string[], at: Date): Omit<Assertion, 'key'> {
  const { iss, sub, aud, jti } = payload as { readonly [claim in 'iss' | 'sub' | 'aud' | 'jti']?: unknown }
  if (!isText(iss) || sub !== iss) return refuse()
  // One audience: an assertion also meant for another server could be replayed there, or came from there.
  const audience: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
  if (typeof audience !== 'string' || !audiences.includes(audience)) return refuse()
  return { party: iss, jti: isText(jti) ? jti : refuse(), expires: expiryOf(payload, at) }
}

/** Until when it could be sent again. */
function expiryOf(payload: Compact['payload'], at: Date): Date {
  const now = at.getTime() / 1000
  const [exp, iat = now, nbf = now] = ['exp', 'iat', 'nbf'].map((claim) => payload[claim])
  if (!isMoment(exp) || !isMoment(iat) || !isMoment(nbf)) return refuse()
  if (exp <= now - SKEW_SECONDS || exp > now + MAX_SECONDS + SKEW_SECONDS) return refuse()
  if (iat > now + SKEW_SECONDS || nbf > now + SKEW_SECONDS) return refuse()
  // made longer ago than it may live
  if (iat < now - MAX_SECONDS - SKEW_SECONDS) return refuse()
  return new Date((exp + SKEW_SECONDS) * 1000)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= 255
}

/** NumericDate (RFC 7519 §2). */
function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** The one registered key that may have signed it, else null. */
function registeredKey(registered: Registered | null, { header }: Compact, algorithm: Algorithm): PublicJwk | null {
  const { kid, jku, x5c } = header as { readonly kid?: unknown; readonly jku?: unknown; readonly x5c?: unknown }
  if (registered === null || (jku !== undefined && jku !== registered.jwksUri)) return null
  if (x5c !== undefined && registered.by !== 'chain') return null
  const key = keyFor(registered.keys, registered.by === 'chain' ? undefined : kid)
  return key !== null && fits(key, algorithm) ? key : null
}

/** The one registered signing key of that kid; without a kid, the only one there is (RFC 7515 §4.1.4: the header is optional). */
function keyFor(keys: readonly PublicJwk[], kid: unknown): PublicJwk | null {
  const [key, ...others] = keys.filter(
    (known) => known.use !== 'enc' && (kid === undefined || (typeof kid === 'string' && known.kid === kid))
  )
  return key === undefined || others.length > 0 ? null : key
}

/** Is it that key's own algorithm? It comes from the key, never from the assertion. */
function fits(key: PublicJwk, algorithm: Algorithm): boolean {
  const own = key.kty === 'RSA' ? 'RS384' : key.kty === 'EC' && key.crv === 'P-384' ? 'ES384' : null
  return own === algorithm && (key.alg === undefined || key.alg === own)
}

async function isSigned(jwt: string, key: PublicJwk, algorithm: Algorithm): Promise<boolean> {
  try {
    await compactVerify(jwt, key, { algorithms: [algorithm] })
    return true
  } catch {
    return false // whatever was wrong with the signature or the key
  }
}

function refuse(): never {
  throw new RequestError('invalid_client')
}
