/**
 * The ids that leave: a PRF under a random secret that is never disclosed (45 CFR 164.514(c): not derived from information about the individual
 * that a recipient could translate back). A subject's records are named under the subject's secret, shared types under the agreement's.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** Names the records of one secret; remembers what it named. */
export interface Surrogates {
  id(this: void, base: string, type: string, id: string): string
}

/** `secret`: 32 random bytes, or a KeyObject of them. Ids are 32 lower-case hex digits: the first 128 bits of HMAC-SHA256. */
export function createSurrogates(secret: Uint8Array | KeyObject): Surrogates {
  const key = secret instanceof Uint8Array ? createSecretKey(secret) : secret
  const named = new Map<string, string>()
  return {
    id(base, type, id) {
      // lengths in front keep ('ab','c') apart from ('a','bc')
      const name = `${base.length}:${base}${type.length}:${type}${id.length}:${id}`
      const found = named.get(name)
      if (found !== undefined) return found
      const made = createHmac('sha256', key).update(name, 'utf8').digest('hex').slice(0, 32)
      named.set(name, made)
      return made
    }
  }
}
