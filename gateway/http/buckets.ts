/**
 * Limits of this replica alone, in its memory, bounded: the pace at which a job is polled, and a count of requests under way by party, for it is this replica's memory and threads that they
 * take. What all replicas give together stands in exchange/identity/allowances.ts. Refuses by saying how long to wait.
 */

interface Bucket {
  tokens: number
  at: number
}

/** Token buckets: `capacity` at once, then `perSecond`. The oldest keys are forgotten past `keys`. */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>()
  readonly #capacity: number
  readonly #keys: number
  constructor(capacity: number, keys = 10_000) {
    this.#capacity = capacity
    this.#keys = keys
  }

  /** 0 when taken, else the seconds until one is free. `at` in milliseconds. */
  take(key: string, perSecond: number, at: number): number {
    const tokens = this.#refilled(key, perSecond, at)
    const taken = tokens >= 1
    this.#keep(key, { tokens: taken ? tokens - 1 : tokens, at })
    return taken ? 0 : (1 - tokens) / perSecond
  }

  #refilled(key: string, perSecond: number, at: number): number {
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) return this.#capacity
    return Math.min(this.#capacity, bucket.tokens + (Math.max(0, at - bucket.at) / 1000) * perSecond)
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size <= this.#keys) return
    const oldest = this.#buckets.keys().next()
    if (oldest.done !== true) this.#buckets.delete(oldest.value)
  }
}

/** How many requests of a party are under way. */
export class Gauge {
  readonly #counts = new Map<string, number>()

  /** False when the party is at its limit; else leave() must follow. */
  enter(party: string, limit: number): boolean {
    const count = this.#counts.get(party) ?? 0
    if (count >= limit) return false
    this.#counts.set(party, count + 1)
    return true
  }

  leave(party: string): void {
    const count = (this.#counts.get(party) ?? 1) - 1
    if (count <= 0) this.#counts.delete(party)
    else this.#counts.set(party, count)
  }
}
