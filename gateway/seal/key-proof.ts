/**
 * Proof of possession: a compact JWS, typ sallyport-key-proof+jwt, by a signing key that is to be registered (RFC 7800 §1 names the need). Decides whether it was signed by that very key, for
 * this gateway, for this party, about these bytes, just now: so a proof that was made for another gateway, party or document proves nothing here. The algorithm is the
 * key's. Refuses all else alike.
 */
import { createPrivateKey, type JsonWebKey, sign, timingSafeEqual } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import { sha256 } from '../core/digest.ts'
import { RequestError } from '../core/errors.ts'
import type { PublicJwk } from './keyring.ts'

/** What is proved: that whoever asks this of `gateway` (its public URL) for `party` holds the key. `about`: what it is proved for, e.g. the hash of a document. */
export interface KeyClaim {
  readonly gateway: string
  readonly party: string
  readonly about: string
}

const TYPE = 'sallyport-key-proof+jwt'
const MAX_LENGTH = 8192
/** Made just now: clocks differ a little, and an officer may read what is sent. */
const MOST_SECONDS = 600
const SKEW_SECONDS = 60

function algorithmOf(key: Pick<PublicJwk, 'kty' | 'crv'>): 'RS384' | 'ES384' {
  const algorithm = key.kty === 'RSA' ? 'RS384' : key.kty === 'EC' && key.crv === 'P-384' ? 'ES384' : null
  if (algorithm === null) throw new TypeError('not a key that proofs are signed with')
  return algorithm
}

/** Throws TypeError when the JWK is no private signing key with a kid. */
export function signKeyProof({ gateway, party, about }: KeyClaim, jwk: JsonWebKey, at: Date): string {
  const { kid } = jwk as { readonly kid?: unknown } // any member may stand in a JWK
  if (typeof jwk.d !== 'string' || typeof kid !== 'string') throw new TypeError('not a private key with a kid')
  const alg = algorithmOf(jwk as PublicJwk) // it has more members, and those asked for are looked at
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { aud: gateway, sub: party, iat: Math.floor(at.getTime() / 1000), about }
  const signed = `${encoded({ alg, typ: TYPE, kid })}.${encoded(claims)}`
  // JWS wants r ‖ s, not DER (RFC 7518 §3.4)
  const key = { key: createPrivateKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
  return `${signed}.${sign('sha384', Buffer.from(signed), key).toString('base64url')}`
}

/** RequestError party-key-unproved. */
export async function verifyKeyProof(jws: string, key: PublicJwk, claim: KeyClaim, at: Date): Promise<void> {
  try {
    if (jws.length > MAX_LENGTH) return refuse()
    const { kid, typ } = decodeProtectedHeader(jws)
    if (typ !== TYPE || kid !== key.kid) return refuse()
    const alg = algorithmOf(key)
    const { payload } = await compactVerify(jws, await importJWK({ ...key }, alg), { algorithms: [alg] })
    const claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as { readonly [member: string]: unknown } // looked at below
    const age = at.getTime() / 1000 - Number(claims['iat'])
    if (!(age > -SKEW_SECONDS && age < MOST_SECONDS)) return refuse()
    const same = [
      [claims['aud'], claim.gateway],
      [claims['sub'], claim.party],
      [claims['about'], claim.about]
    ] as const
    if (!same.every(([said, asked]) => typeof said === 'string' && timingSafeEqual(sha256(said), sha256(asked)))) return refuse()
  } catch {
    return refuse()
  }
}

/** By which of these keys it says it was signed; null: by none. Whether it was is for verifyKeyProof. */
export function proverAmong<Key extends { readonly kid?: string }>(jws: string, keys: readonly Key[]): Key | null {
  const kid = kidOf(jws)
  return keys.find((key) => key.kid !== undefined && key.kid === kid) ?? null
}

/** The proof of `kid`, of several; '' where there is none. */
export function proofOf(proofs: readonly string[], kid: string): string {
  return proofs.find((jws) => kidOf(jws) === kid) ?? ''
}

function kidOf(jws: string): unknown {
  try {
    return jws.length > MAX_LENGTH ? null : decodeProtectedHeader(jws).kid
  } catch {
    return null
  }
}

function refuse(): never {
  throw new RequestError('party-key-unproved')
}
