/**
 * Keys kept in Postgres: wrapped under the ring's wrapping key, so that the database alone opens nothing. Decides their form:
 * 8 bytes naming the wrapping key ‖ a segment, bound to the row they belong to. Refuses a key moved to another row, altered,
 * or wrapped under a key no longer on the ring.
 *
 * Whatever is wrapped goes through wrapLocal and unwrapLocal, and through no other function: a KMS would be asked here, by the same form (its key's name
 * in the first 8 bytes), and nothing else would change.
 */
import { randomBytes } from 'node:crypto'
import { lengthPrefixed } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import { everyKey, type KeySet, type SecretKey } from './keyring.ts'
import { openSegment, sealSegment } from './segment.ts'

const KID_BYTES = 8

/** A fresh key of 32 random bytes, for a submission, a dataset or a subject. */
export function newKey(): Buffer {
  return randomBytes(32)
}

/** `context` says whose key it is, e.g. ['submission', id]. Up to 64 KiB of secret. */
export function wrapLocal(keys: KeySet<SecretKey>, context: readonly string[], key: Uint8Array): Buffer {
  const { kid, secret } = keys.current
  return Buffer.concat([Buffer.from(kid, 'hex'), sealSegment(secret, lengthPrefixed('sallyport local key', ...context), key)])
}

/** The kid of the key under which something is wrapped. */
export function wrappedUnder(wrapped: Uint8Array): string {
  return Buffer.from(wrapped.subarray(0, KID_BYTES)).toString('hex')
}

/**
 * What wrapLocal wrapped, under any key of the set. IntegrityError key-missing, which names the key, when it is not on the ring; seal-broken for everything
 * else. What callers bring (a cursor) is answered alike for both by whoever opens it.
 */
export function unwrapLocal(keys: KeySet<SecretKey>, context: readonly string[], wrapped: Uint8Array): Buffer {
  const kid = wrappedUnder(wrapped)
  const found = everyKey(keys).find((key) => key.kid === kid)
  if (found === undefined) throw new IntegrityError('key-missing', { purpose: 'wrapping', kid, see: 'sallyport keys status' })
  return openSegment(found.secret, lengthPrefixed('sallyport local key', ...context), wrapped.subarray(KID_BYTES))
}
