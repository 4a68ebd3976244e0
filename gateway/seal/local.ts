/**
 * Keys kept in Postgres: wrapped under the ring's wrapping key, so that the database alone opens nothing. Decides their form:
 * 8 bytes naming the wrapping key ‖ a segment, bound to the row they belong to. Refuses a key moved to another row, altered,
 * or wrapped under a key no longer on the ring.
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

/** What wrapLocal wrapped, under the key in use or a retired one. Throws IntegrityError seal-broken. */
export function unwrapLocal(keys: KeySet<SecretKey>, context: readonly string[], wrapped: Uint8Array): Buffer {
  const kid = Buffer.from(wrapped.subarray(0, KID_BYTES)).toString('hex')
  const found = everyKey(keys).find((key) => key.kid === kid)
  if (found === undefined) throw new IntegrityError('seal-broken', { wrappingKey: kid })
  return openSegment(found.secret, lengthPrefixed('sallyport local key', ...context), wrapped.subarray(KID_BYTES))
}
