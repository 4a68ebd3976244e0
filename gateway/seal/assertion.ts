/**
 * Client assertions (SMART Backend Services, RFC 7523): how a party proves who it is. Decides by the party's registered keys:
 * kid must name one of them (and may be left out where there is but one: @medplum/cli does), the algorithm is that key's (RS384 or
 * ES384), iss = sub, the audience is ours, exp at most five minutes ahead. Refuses everything else alike, with invalid_client: an attacker
 * learns nothing from which rule it broke. Whether the jti was spent before is for the caller to ask the database.
 */
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { RequestError, UpstreamError } from '../core/errors.ts'
import type { PublicJwk } from './keyring.ts'

export interface Assertion {
  readonly party: string
  /** 1 to 255 characters; spend it once, keep it until `expires` */
  readonly jti: string
  readonly expires: Date
}

/** The registered keys of a party, null when there is no such party. May fetch a jwks_uri: UpstreamError passes through. */
export type KeysOf = (party: string) => Promise<{ readonly keys: readonly PublicJwk[] } | null>

const MAX_SECONDS = 300
/** Clocks of parties differ by this much at most. */
const SKEW_SECONDS = 10
const MAX_LENGTH = 8192

/** Who signed this assertion. `audiences`: our token URL and no other (a list, where the gateway has several names). RequestError invalid_client. */
export async function verifyAssertion(jwt: string, keysOf: KeysOf, audiences: readonly string[], at: Date): Promise<Assertion> {
  try {
    return await verified(jwt, keysOf, audiences, at)
  } catch (cause) {
    if (cause instanceof UpstreamError) throw cause
    throw new RequestError('invalid_client')
  }
}

async function verified(jwt: string, keysOf: KeysOf, audiences: readonly string[], at: Date): Promise<Assertion> {
  if (jwt.length > MAX_LENGTH) return refuse()
  const { iss } = decodeJwt(jwt)
  if (iss === undefined || iss.length > 255) return refuse()
  const key = keyFor((await keysOf(iss))?.keys ?? [], decodeProtectedHeader(jwt).kid)
  const { payload } = await jwtVerify(jwt, key, {
    algorithms: [algorithmOf(key)],
    issuer: iss,
    subject: iss,
    audience: [...audiences],
    requiredClaims: ['exp', 'jti'],
    clockTolerance: SKEW_SECONDS,
    currentDate: at
  })
  const { exp, jti, aud } = payload
  if (exp === undefined || exp * 1000 > at.getTime() + (MAX_SECONDS + SKEW_SECONDS) * 1000) return refuse()
  if (typeof jti !== 'string' || jti.length < 1 || jti.length > 255) return refuse()
  // One audience: an assertion also meant for another server could be replayed there, or came from there.
  if (typeof aud !== 'string' && aud?.length !== 1) return refuse()
  return { party: iss, jti, expires: new Date((exp + SKEW_SECONDS) * 1000) }
}

/** The one registered signing key of that kid; without a kid, the only one there is (RFC 7515 §4.1.4: the header is optional). */
function keyFor(keys: readonly PublicJwk[], kid: unknown): PublicJwk {
  const [key, ...others] = keys.filter(
    (known) => known.use !== 'enc' && (kid === undefined || (typeof kid === 'string' && known.kid === kid))
  )
  return key === undefined || others.length > 0 ? refuse() : key
}

/** The algorithm comes from the key, never from the assertion: HS256 with a public key as the secret, or none, cannot happen. */
function algorithmOf(key: PublicJwk): 'RS384' | 'ES384' {
  const algorithm = key.kty === 'RSA' ? 'RS384' : key.kty === 'EC' && key.crv === 'P-384' ? 'ES384' : refuse()
  return key.alg === undefined || key.alg === algorithm ? algorithm : refuse()
}

function refuse(): never {
  throw new RequestError('invalid_client')
}
