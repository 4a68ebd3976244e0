/**
 * Secrets of clients (RFC 6749 §2.3.1): made here, 256 random bits, and kept as scrypt hashes (RFC 7914). Decides whether one fits; where there is none to compare with the
 * same time passes, without the work, and nothing fits. So many are compared at once, others wait their turn. Refuses one longer than any that was made, before it costs anything.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'

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

async function fits(secret: string, { salt, hash }: KeptSecret): Promise<boolean> {
  const given = await hashOf(secret.length > LONGEST ? '' : secret, salt)
  return timingSafeEqual(given, hash) && secret.length <= LONGEST
}

/** Each takes memory and a thread that files need, too. */
const AT_ONCE = 8
/** What was measured is believed so long; then nobody's secret is compared once more. */
const BELIEVED_MS = 10_000

/** Compares secrets for one gateway. */
export class Secrets {
  #busy = 0
  readonly #waiting: (() => void)[] = []
  #took = 0
  #measured = Number.NEGATIVE_INFINITY

  /** `kept` null: there is none, or it may not be used. */
  async fits(secret: string, kept: KeptSecret | null): Promise<boolean> {
    if (kept === null && performance.now() - this.#measured < BELIEVED_MS) {
      await wait(this.#took)
      return false
    }
    return (await this.#compared(secret, kept ?? NOBODY)) && kept !== null
  }

  async #compared(secret: string, kept: KeptSecret): Promise<boolean> {
    const started = performance.now()
    await this.#turn()
    try {
      return await fits(secret, kept)
    } finally {
      this.#measured = performance.now()
      this.#took = this.#measured - started
      this.#next()
    }
  }

  /** A place that is given back goes to whoever waits longest. */
  #turn(): Promise<void> | void {
    if (this.#busy >= AT_ONCE) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#busy += 1
  }

  #next(): void {
    const first = this.#waiting.shift()
    if (first === undefined) this.#busy -= 1
    else first()
  }
}
