/**
 * How much callers may do, N replicas together: token buckets of which each replica spends its share from memory, without asking anybody, and each second tells the others,
 * through the database, what it spent. Decides by saying how long to wait. While the database is away a replica goes on with its share, never more: what all shares
 * come to is one allowance. Spending that crossed is a debt, paid before the next is given. Bounded: so many keys of each kind, the oldest are forgotten.
 */
import type { Shared, Taken } from '../../store/limits.ts'

/** request, token: of a party or officer. failure: sign-ins from an address that failed. stranger: what is open to all, by address. unproved: requests from an address that were to prove something and did not. */
export type Allowance = 'request' | 'token' | 'failure' | 'stranger' | 'unproved'

/** Of a minute, by kind. */
export interface PerMinute {
  readonly requestsPerMinute: number
  readonly failedSignInsPerMinute: number
  readonly strangersPerMinute: number
}

/** A party's machines may all begin at once. */
const TOKENS_AT_ONCE = 60
/** A token is an entry for ever, and good for minutes. */
const REQUESTS_A_TOKEN = 10
const KEYS = 20_000
const OF_ADDRESSES: ReadonlySet<Allowance> = new Set<Allowance>(['failure', 'stranger', 'unproved'])

interface Rate {
  readonly capacity: number
  readonly perSecond: number
}

interface Pocket {
  /** what this replica may still spend */
  tokens: number
  /** milliseconds */
  at: number
  /** and has spent without telling */
  taken: number
}

function burstOf(perMinute: number): number {
  return Math.max(20, perMinute / 6)
}

function ratesOf({ requestsPerMinute, failedSignInsPerMinute, strangersPerMinute }: PerMinute): Readonly<Record<Allowance, Rate>> {
  const burst = burstOf(requestsPerMinute)
  return {
    request: { capacity: burst, perSecond: requestsPerMinute / 60 },
    token: { capacity: Math.max(TOKENS_AT_ONCE, burst / REQUESTS_A_TOKEN), perSecond: requestsPerMinute / REQUESTS_A_TOKEN / 60 },
    failure: { capacity: failedSignInsPerMinute, perSecond: failedSignInsPerMinute / 60 },
    stranger: { capacity: burstOf(strangersPerMinute), perSecond: strangersPerMinute / 60 },
    unproved: { capacity: burstOf(strangersPerMinute), perSecond: strangersPerMinute / 60 }
  }
}

export class Allowances {
  readonly #rates: Readonly<Record<Allowance, Rate>>
  readonly #pockets: Readonly<Record<Allowance, Map<string, Pocket>>> = {
    request: new Map(),
    token: new Map(),
    failure: new Map(),
    stranger: new Map(),
    unproved: new Map()
  }
  readonly #mac: (address: string) => string
  readonly #macs = new Map<string, string>()
  #replicas = 1

  /** `mac`: an address as the database names it. */
  constructor(perMinute: PerMinute, mac: (address: string) => string) {
    this.#rates = ratesOf(perMinute)
    this.#mac = mac
  }

  /** 0 when taken, else the seconds until one is free. `whose`: a party or an address; `at` in milliseconds. */
  take(kind: Allowance, whose: string, at: number): number {
    const who = this.#who(kind, whose)
    const pocket = this.#refilled(kind, who, at)
    const taken = pocket.tokens >= 1
    if (taken) {
      pocket.tokens -= 1
      pocket.taken += 1
    }
    this.#keep(kind, who, pocket)
    return taken ? 0 : this.#missing(kind, pocket)
  }

  /** Gives one back that was taken for nothing. */
  give(kind: Allowance, whose: string): void {
    const pocket = this.#pockets[kind].get(this.#who(kind, whose))
    if (pocket === undefined) return
    pocket.tokens += 1
    pocket.taken -= 1
  }

  /** Would take() succeed? Nothing is taken. */
  wait(kind: Allowance, whose: string, at: number): number {
    const pocket = this.#refilled(kind, this.#who(kind, whose), at)
    return pocket.tokens >= 1 ? 0 : this.#missing(kind, pocket)
  }

  /** Tells what was spent and takes this replica's share of what is left. What could not be told is told the next time. */
  async exchange(tell: (taken: readonly Taken[]) => Promise<readonly Shared[]>, now: () => number): Promise<void> {
    const told = this.#untold()
    const answered = await tell(told)
    const at = now()
    this.#replicas = Math.max(1, answered[0]?.replicas ?? 1)
    for (const { key, taken } of told) {
      const pocket = this.#pocket(key)
      if (pocket !== undefined) pocket.taken -= taken
    }
    for (const { key, tokens } of answered) if (key !== null) this.#share(key, tokens, at)
  }

  /** Of an address its HMAC, made once while it is remembered. */
  #who(kind: Allowance, whose: string): string {
    if (!OF_ADDRESSES.has(kind)) return whose
    const known = this.#macs.get(whose)
    if (known !== undefined) return known
    const mac = this.#mac(whose)
    if (this.#macs.size >= KEYS) this.#macs.clear()
    this.#macs.set(whose, mac)
    return mac
  }

  #untold(): Taken[] {
    const told = Object.entries(this.#pockets).flatMap(
      ([kind, pockets]) =>
        [...pockets]
          .filter(([, { taken }]) => taken !== 0)
          .map(([who, { taken }]) => ({ key: `${kind} ${who}`, taken, ...this.#rates[kind as Allowance] })) // its own key
    )
    return told.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  #share(key: string, tokens: number, at: number): void {
    const [kind, who] = partsOf(key)
    if (!this.#isKind(kind)) return
    // what was spent while they answered is not in it
    const { taken } = this.#pocket(key) ?? { taken: 0 }
    this.#keep(kind, who, { tokens: tokens / this.#replicas - taken, at, taken })
  }

  #isKind(kind: string): kind is Allowance {
    return Object.hasOwn(this.#rates, kind)
  }

  #pocket(key: string): Pocket | undefined {
    const [kind, who] = partsOf(key)
    return this.#isKind(kind) ? this.#pockets[kind].get(who) : undefined
  }

  #refilled(kind: Allowance, who: string, at: number): Pocket {
    const { capacity, perSecond } = this.#rates[kind]
    const most = capacity / this.#replicas
    const pocket = this.#pockets[kind].get(who)
    if (pocket === undefined) return { tokens: most, at, taken: 0 }
    const back = (Math.max(0, at - pocket.at) / 1000) * (perSecond / this.#replicas)
    pocket.tokens = Math.min(most, pocket.tokens + back)
    pocket.at = at
    return pocket
  }

  #missing(kind: Allowance, { tokens }: Pocket): number {
    return (1 - tokens) / (this.#rates[kind].perSecond / this.#replicas)
  }

  #keep(kind: Allowance, who: string, pocket: Pocket): void {
    const pockets = this.#pockets[kind]
    pockets.delete(who)
    pockets.set(who, pocket)
    if (pockets.size <= KEYS) return
    const oldest = pockets.keys().next()
    if (oldest.done !== true) pockets.delete(oldest.value)
  }
}

function partsOf(key: string): readonly [kind: string, who: string] {
  const space = key.indexOf(' ')
  return [key.slice(0, space), key.slice(space + 1)]
}
