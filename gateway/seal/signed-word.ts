/**
 * A word that a person signs with a registered key of his or her own: a compact JWS whose typ says what kind of word it is. Decides whether it is what it claims to be, by
 * keys that the caller found registered: never by one it brings along. The algorithm is the key's (RS384 or ES384). Refuses everything else alike, with approval-invalid.
 */
import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import { RequestError } from '../core/errors.ts'
import type { KeyHint } from '../core/identity/key-hint.ts'
import { type PublicJwk, thumbprintOf } from './keyring.ts'

const MAX_LENGTH = 8192

/** What words there are of one typ: `is` says whether a payload has its shape. */
export interface WordForm<Word> {
  readonly typ: string
  readonly is: (value: unknown) => value is Word
}

export interface VerifiedWord<Word> {
  readonly word: Word
  /** RFC 7638 thumbprint of the key that signed */
  readonly key: string
  readonly jwk: PublicJwk
  readonly jws: string
}

/** The compact JWS. Throws TypeError when the JWK is not a private signing key with a kid. */
export function signWord<Word extends object>({ typ }: WordForm<Word>, word: Word, jwk: JsonWebKey): string {
  const { kid } = jwk as { readonly kid?: unknown } // any member may stand in a JWK
  if (typeof jwk.d !== 'string' || typeof kid !== 'string') throw new TypeError('not a private key with a kid')
  const alg = algorithmOf(jwk as PublicJwk) // it has more members, and those asked for are looked at
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encoded({ alg, typ, kid })}.${encoded(word)}`
  // JWS wants r ‖ s, not DER (RFC 7518 §3.4)
  const key = { key: createPrivateKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
  return `${signed}.${sign('sha384', Buffer.from(signed), key).toString('base64url')}`
}

/** What it claims, not yet believed: to find the keys it must verify under. RequestError approval-invalid. */
export function claimOfWord<Word>(form: WordForm<Word>, jws: string): Word {
  const [, payload = '', ...rest] = jws.length > MAX_LENGTH ? [] : jws.split('.')
  if (rest.length !== 1) return refuse()
  return parse(form, Buffer.from(payload, 'base64url'))
}

/** What its header says of the key, not yet believed: to find it among those registered. RequestError approval-invalid. */
export function hintOfWord(jws: string): KeyHint {
  try {
    return jws.length > MAX_LENGTH ? refuse() : decodeProtectedHeader(jws)
  } catch {
    return refuse()
  }
}

/** Verified under the one of `keys` that its kid names. RequestError approval-invalid. */
export async function verifyWord<Word>(form: WordForm<Word>, jws: string, keys: readonly PublicJwk[]): Promise<VerifiedWord<Word>> {
  claimOfWord(form, jws)
  try {
    const { kid, typ } = decodeProtectedHeader(jws)
    const [jwk, ...others] = keys.filter((known) => known.use !== 'enc' && known.kid === kid)
    if (jwk === undefined || others.length > 0 || typeof kid !== 'string' || typ !== form.typ) return refuse()
    const alg = algorithmOf(jwk)
    const { payload } = await compactVerify(jws, await importJWK({ ...jwk }, alg), { algorithms: [alg] })
    return { word: parse(form, payload), key: thumbprintOf(jwk), jwk, jws }
  } catch {
    return refuse()
  }
}

function parse<Word>({ is }: WordForm<Word>, payload: Uint8Array): Word {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    return is(value) ? value : refuse()
  } catch {
    return refuse()
  }
}

function algorithmOf(key: PublicJwk): 'RS384' | 'ES384' {
  const algorithm = key.kty === 'RSA' ? 'RS384' : key.kty === 'EC' && key.crv === 'P-384' ? 'ES384' : null
  if (algorithm === null || (key.alg !== undefined && key.alg !== algorithm))
    throw new TypeError('not a key that approvals are signed with')
  return algorithm
}

function refuse(): never {
  throw new RequestError('approval-invalid')
}
