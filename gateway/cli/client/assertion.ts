/**
 * Client assertions of SMART Backend Services (RFC 7523): a JWT signed with the party's private key, for one token endpoint, used once,
 * good for four minutes. Signed with node:crypto: jose stays in seal. Refuses keys that are neither P-384 nor RSA, and public ones.
 */
import { createPrivateKey, type JsonWebKey, randomUUID, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { OperatorHint } from '../../core/errors.ts'

export interface ClientKey {
  readonly kid: string
  readonly algorithm: 'ES384' | 'RS384'
  readonly jwk: JsonWebKey
}

const LIFE_SECONDS = 240

/** A private JWK from a file. Throws OperatorHint. */
export function readClientKey(path: string): ClientKey {
  const jwk = parse(readFileSync(path, 'utf8'))
  const kid = jwk['kid']
  const algorithm = jwk.kty === 'RSA' ? 'RS384' : jwk.kty === 'EC' && jwk.crv === 'P-384' ? 'ES384' : null
  if (algorithm === null || typeof jwk.d !== 'string' || typeof kid !== 'string') {
    throw new OperatorHint('--key must be a private JWK with a kid, RSA or P-384: sallyport keys generate --party makes one')
  }
  return { kid, algorithm, jwk }
}

function parse(text: string): JsonWebKey {
  try {
    return Object(JSON.parse(text)) as JsonWebKey // its members are checked by readClientKey
  } catch {
    throw new OperatorHint('--key is not a JSON Web Key')
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** `at` in milliseconds. A fresh jti each time: an assertion is spent by its first use. */
export function signAssertion(key: ClientKey, party: string, audience: string, at: number): string {
  const now = Math.floor(at / 1000)
  const header = { alg: key.algorithm, typ: 'JWT', kid: key.kid }
  const claims = { iss: party, sub: party, aud: audience, jti: randomUUID(), iat: now, exp: now + LIFE_SECONDS }
  const signed = `${encoded(header)}.${encoded(claims)}`
  const privateKey = createPrivateKey({ key: key.jwk, format: 'jwk' })
  // JWS wants r ‖ s, not DER (RFC 7518 §3.4)
  const signature = sign('sha384', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
