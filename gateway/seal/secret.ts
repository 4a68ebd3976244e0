/**
 * Secrets of clients (RFC 6749 §2.3.1): made here, 256 random bits, and kept as scrypt hashes (RFC 7914). Decides whether one fits; where there is none to compare with the
 * same work is done, and nothing fits. Refuses one longer than any that was made, before it costs anything.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

export interface KeptSecret {
  readonly salt: Buffer
  readonly hash: Buffer
}

const SALT_BYTES = 16
const HASH_BYTES = 32
const LONGEST = 128
/** 16 MiB and some 40 ms each. */
const COST: ScryptOptions = { N: 16_384, r: 8, p: 1 }

/** Nobody's: what is compared with it fits by nothing. */
const NOBODY: KeptSecret = { salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) }

function hashOf(secret: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, HASH_BYTES, COST, (error, hash) => (error === null ? resolve(hash) : reject(error)))
  })
}

/** A new secret, to be shown once, and what is kept of it. */
export async function makeSecret(): Promise<KeptSecret & { readonly secret: string }> {
  const secret = randomBytes(32).toString('base64url')
  const salt = randomBytes(SALT_BYTES)
  return { secret, salt, hash: await hashOf(secret, salt) }
}

/** `kept` null: there is none. */
export async function fitsSecret(secret: string, kept: KeptSecret | null): Promise<boolean> {
  const { salt, hash } = kept ?? NOBODY
  const given = await hashOf(secret.length > LONGEST ? '' : secret, salt)
  return timingSafeEqual(given, hash) && kept !== null && secret.length <= LONGEST
}
