/**
 * Data keys on their way to a recipient: compact JWE (RFC 7516) with ECDH-ES+A256KW or RSA-OAEP-256 (RFC 7518 §4.3, §4.6) and A256GCM.
 * Decides the algorithm from the recipient's registered key, never from the message. A JWE holds one key of one dataset, which its
 * protected header names; it never holds bulk. Refuses signing keys, weak keys, other algorithms, and a key of another dataset.
 */
import type { JsonWebKey } from 'node:crypto'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, importJWK, type JWK } from 'jose'
import { IntegrityError, PolicyError } from '../core/errors.ts'
import { type PublicJwk, thumbprintOf } from './keyring.ts'

const ENCRYPTION = 'A256GCM'
const TYPE = 'sallyport-key+jwe'

/** `dataKey`: 32 bytes. `recipient`: their registered public key (use enc). PolicyError policy-invalid when it cannot take a key. */
export async function wrapForRecipient(dataKey: Uint8Array, recipient: PublicJwk, dataset: string): Promise<string> {
  const alg = algorithmOf(recipient)
  try {
    if (alg === null) throw new TypeError('no algorithm for this key')
    const key = await importJWK(recipient as JWK, alg)
    const header = { alg, enc: ENCRYPTION, typ: TYPE, kid: kidOf(recipient), dataset }
    return await new CompactEncrypt(dataKey).setProtectedHeader(header).encrypt(key)
  } catch (cause) {
    const message = 'cannot take a data key: needs use enc, and RSA of 2048 bits or more (RSA-OAEP-256) or EC or X25519 (ECDH-ES+A256KW)'
    throw new PolicyError('policy-invalid', [{ path: 'recipientKey', message }], cause)
  }
}

/**
 * The data key of a dataset from the JWEs of its manifest. IntegrityError wrong-recipient when none is for this key (by kid),
 * seal-broken when the one that is does not open.
 */
export async function unwrapDataKey(wrapped: readonly string[], privateJwk: JsonWebKey, dataset: string): Promise<Buffer> {
  // A private JWK has the members of its public one.
  const own = privateJwk as PublicJwk
  const jwe = wrapped.find((candidate) => namesKey(candidate, kidOf(own)))
  if (jwe === undefined) throw new IntegrityError('wrong-recipient')
  try {
    const alg = algorithmOf(own)
    if (alg === null) throw new TypeError('no algorithm for this key')
    const key = await importJWK(privateJwk as JWK, alg)
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, key, {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [ENCRYPTION]
    })
    if (protectedHeader.typ !== TYPE || protectedHeader['dataset'] !== dataset || plaintext.length !== 32)
      throw new TypeError('not this data key')
    return Buffer.from(plaintext)
  } catch {
    throw new IntegrityError('seal-broken')
  }
}

function kidOf(jwk: PublicJwk): string {
  return jwk.kid ?? thumbprintOf(jwk)
}

function namesKey(jwe: string, kid: string): boolean {
  try {
    return decodeProtectedHeader(jwe).kid === kid
  } catch {
    return false
  }
}

/** The one algorithm a key is used with, or null: by its kind, and by its `alg` and `use` where it says them. */
function algorithmOf(jwk: PublicJwk): 'RSA-OAEP-256' | 'ECDH-ES+A256KW' | null {
  const exchange = jwk.kty === 'EC' || (jwk.kty === 'OKP' && jwk.crv === 'X25519')
  const alg = jwk.kty === 'RSA' ? 'RSA-OAEP-256' : exchange ? 'ECDH-ES+A256KW' : null
  return (jwk.alg === undefined || jwk.alg === alg) && jwk.use !== 'sig' ? alg : null
}
