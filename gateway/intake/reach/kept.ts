/**
 * What was fetched from partners' addresses, kept. Decides how long it is believed (as its headers say, RFC 9111, within bounds), how long it is believed although its
 * server does not answer (a while more), and when it is fetched again: at most once in ten seconds for an address, however many ask, and however strange what they
 * ask for. Nobody waits for another address. Holds a bounded number of addresses; refuses where nothing recent is known.
 */
import type { IncomingHttpHeaders } from 'node:http'
import CachePolicy from 'http-cache-semantics'

/** In milliseconds. */
export const KEEPING = {
  /** no header makes every question a fetch */
  shortest: 30_000,
  /** a key that a partner takes away is not believed longer, whatever a header said when it was there */
  longest: 60 * 60_000,
  /** where no header says */
  usual: 5 * 60_000,
  coolDown: 10_000
} as const

const MOST_HELD = 10_000
const MOST_FLIGHTS = 256

/** What a fetch gave, and the headers it came with; or a word that nothing of before counts any more either. */
export type Got<T> = { readonly value: T; readonly headers: IncomingHttpHeaders } | 'burnt'

export interface KeptParts<T> {
  /** rejects where nothing was got. `party`: the first that needed it */
  readonly get: (address: string, party: string) => Promise<Got<T>>
  /** milliseconds that only go forward */
  readonly clock: () => number
  /** how long it is believed although its server does not answer, in milliseconds from when it ceased to be fresh */
  readonly lastGood: number
}

interface Held<T> {
  /** the last good answer; `fresh` until that moment */
  good: { readonly value: T; readonly fresh: number } | null
  tried: number
  flight: Promise<void> | null
}

/** How long an answer with these headers is believed, in milliseconds. */
export function freshFor(headers: IncomingHttpHeaders): number {
  if (headers['cache-control'] === undefined && headers.expires === undefined) return KEEPING.usual
  const response = { status: 200, headers: headers as Record<string, string> } // those read are no lists
  const policy = new CachePolicy({ url: '/', method: 'GET', headers: {} }, response, { shared: false, cacheHeuristic: 0 })
  const says = policy.storable() ? policy.timeToLive() : 0
  return Math.min(KEEPING.longest, Math.max(KEEPING.shortest, Number.isFinite(says) ? says : 0))
}

/** One for each kind of thing that is fetched. */
export class Kept<T> {
  readonly #parts: KeptParts<T>
  readonly #held = new Map<string, Held<T>>()
  #flights = 0

  constructor(parts: KeptParts<T>) {
    this.#parts = parts
  }

  /** What is there at the address, or was lately; null where nothing recent is known. `suits`: where what is held does not, it is fetched again if it may be by now. */
  async at(address: string, party: string, suits: (value: T) => boolean): Promise<T | null> {
    const held = this.#touch(address)
    if (!this.#isFresh(held) || (held.good !== null && !suits(held.good.value))) await this.#fetchOnce(address, party, held)
    const { good } = held
    return good !== null && this.#parts.clock() < good.fresh + this.#parts.lastGood ? good.value : null
  }

  /** Addresses held; for tests and tallies. */
  get size(): number {
    return this.#held.size
  }

  #isFresh({ good }: Held<T>): boolean {
    return good !== null && this.#parts.clock() < good.fresh
  }

  /** Resolves when the fetch under way is over, at once where it is too early for one. Never rejects. */
  async #fetchOnce(address: string, party: string, held: Held<T>): Promise<void> {
    if (held.flight === null) {
      const now = this.#parts.clock()
      if (now - held.tried < KEEPING.coolDown || this.#flights >= MOST_FLIGHTS) return
      held.tried = now
      held.flight = this.#fetch(address, party, held).finally(() => {
        held.flight = null
      })
    }
    await held.flight
  }

  async #fetch(address: string, party: string, held: Held<T>): Promise<void> {
    this.#flights += 1
    try {
      const got = await this.#parts.get(address, party)
      held.good = got === 'burnt' ? null : { value: got.value, fresh: this.#parts.clock() + freshFor(got.headers) }
    } catch {
      // whoever fetches tells of it; what was good before stands for its while
    } finally {
      this.#flights -= 1
    }
  }

  /** The longest untouched makes room: a Map keeps the order in which its entries came. */
  #touch(address: string): Held<T> {
    const held = this.#held.get(address) ?? { good: null, tried: Number.NEGATIVE_INFINITY, flight: null }
    this.#held.delete(address)
    this.#held.set(address, held)
    const oldest = this.#held.size > MOST_HELD ? this.#held.keys().next().value : undefined
    if (oldest !== undefined) this.#held.delete(oldest)
    return held
  }
}
