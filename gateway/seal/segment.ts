/**
 * Segments: short runs of bytes kept encrypted inside the gateway (raw records, released lines before the gate). Decides their
 * form: 12 random bytes of nonce ‖ AES-256-GCM ciphertext ‖ 16-byte tag, bound to the place they stand by the associated data.
 * Refuses anything altered, moved or cut, with one code. Random nonces: at most 2^32 segments under a key (NIST SP 800-38D §8.3).
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto'
import { IntegrityError } from '../core/errors.ts'

const NONCE = 12
const TAG = 16

/** How many bytes a sealed segment is longer than what it holds. */
export const SEGMENT_OVERHEAD = NONCE + TAG

/** `key`: 32 bytes; a cached KeyObject (createSecretKey) seals 16 KiB 2.5 times as fast as a Buffer. `aad` says where the segment stands: use lengthPrefixed(submission, part, bucket). */
export function sealSegment(key: Uint8Array | KeyObject, aad: Uint8Array, plain: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(plain.length + SEGMENT_OVERHEAD)
  const nonce = sealed.subarray(0, NONCE)
  randomFillSync(nonce)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  cipher.update(plain).copy(sealed, NONCE)
  cipher.final()
  cipher.getAuthTag().copy(sealed, NONCE + plain.length)
  return sealed
}

/** What sealSegment sealed. Throws IntegrityError seal-broken, whatever went wrong. */
export function openSegment(key: Uint8Array | KeyObject, aad: Uint8Array, sealed: Uint8Array): Buffer {
  if (sealed.length < SEGMENT_OVERHEAD) throw new IntegrityError('seal-broken')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG })
    decipher.setAAD(aad)
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
    const plain = decipher.update(sealed.subarray(NONCE, sealed.length - TAG))
    decipher.final()
    return plain
  } catch {
    // One code and no cause: which check failed is nobody's to know.
    throw new IntegrityError('seal-broken')
  }
}
