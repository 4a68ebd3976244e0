/**
 * Lock-outs: who failed to sign in waits, longer each time, at every replica and after a restart. A lock is of a name claimed from one address (http/connections.ts: in IPv6 its network),
 * whether anybody has that name or not, so that an answer tells nothing of who is registered, and so that a stranger elsewhere locks nobody out. Whom it stops is the door's to say: a right signature never (http/guard.ts). Failures under one name
 * from everywhere are counted too, and only make the answers of failures slower. Counted in the database before the answer; looked up in memory, which
 * hears of the other replicas within a second. Bounded: the stalest are forgotten.
 */
import { type KeyObject, randomUUID } from 'node:crypto'
import { hmac } from '../../core/digest.ts'
import { FORGET_SECONDS, SLOW_AFTER, SLOW_MS, waitsAfter } from '../../core/identity/lockout.ts'
import { requireWord } from '../../core/printable.ts'
import * as store from '../../store/limits.ts'
import { transaction } from '../../store/pool.ts'
import { addressMac } from '../audit/refusals.ts'
import type { House } from '../house.ts'
import { append, appendAnew } from '../log/log.ts'

export type Claimant = 'party' | 'officer'

export interface Lockouts {
  /** Seconds that whoever claims the name from that address must wait; 0: none. In memory. */
  wait(kind: Claimant, claimed: string, address: string): number
  /** Counts a failure, durable when it resolves. Milliseconds by which its answer is to come later. */
  failed(kind: Claimant, claimed: string, address: string): Promise<number>
  /** Whoever signed in begins anew from that address. */
  succeeded(kind: Claimant, claimed: string, address: string): Promise<void>
}

type Room = Pick<House, 'pool' | 'now' | 'registry'> & {
  /** of addresses and names */
  readonly secret: () => KeyObject
  /** failures in a row that cost nothing */
  readonly free: number
}

/** Rows of failures, and of what is known of them. */
export const MOST_FAILURES = 100_000
/** Rows that were being written while the last look was taken. */
const OVERLAP_SECONDS = 5

interface Known {
  readonly failures: number
  /** by performance.now() */
  readonly until: number
}

export class KeptLockouts implements Lockouts {
  readonly #room: Room
  readonly #waits: readonly number[]
  readonly #known = new Map<string, Known>()
  #looked = Number.NEGATIVE_INFINITY

  constructor(room: Room) {
    this.#room = room
    this.#waits = waitsAfter(room.free)
  }

  wait(kind: Claimant, claimed: string, address: string): number {
    if (this.#known.size === 0) return 0
    const known = this.#known.get(this.#key(kind, claimed, address).toString('hex'))
    return known === undefined ? 0 : Math.max(0, (known.until - performance.now()) / 1000)
  }

  async failed(kind: Claimant, claimed: string, address: string): Promise<number> {
    const row = { kind, named: this.#named(kind, claimed) }
    const here = { ...row, key: this.#key(kind, claimed, address), address: addressMac(this.#room.secret(), address) }
    const anywhere = { ...row, key: this.#key(kind, claimed, ''), address: '' }
    // in one order on every replica
    const failed = [here, anywhere].sort((a, b) => Buffer.compare(a.key, b.key))
    const counted = await store.addFailures(this.#room.pool, failed, { waits: this.#waits, forget: FORGET_SECONDS })
    for (const one of counted) this.#keep(one)
    const failures = (key: Buffer): number => counted.find((one) => one.key === key.toString('hex'))?.failures ?? 0
    if (failures(here.key) === this.#room.free + 1 && row.named !== null) await this.#tell(kind, row.named, here.address)
    return failures(anywhere.key) > SLOW_AFTER ? SLOW_MS : 0
  }

  async succeeded(kind: Claimant, claimed: string, address: string): Promise<void> {
    if (this.#known.size === 0) return
    const key = this.#key(kind, claimed, address)
    if ((this.#known.get(key.toString('hex'))?.failures ?? 0) === 0) return
    await store.clearFailures(this.#room.pool, key)
    this.#known.delete(key.toString('hex'))
  }

  /** Hears what other replicas counted, and what was lifted. */
  async look(): Promise<void> {
    const at = performance.now()
    const seconds = Math.min(FORGET_SECONDS, (at - this.#looked) / 1000 + OVERLAP_SECONDS)
    // the newest comes last
    for (const row of (await store.failuresChanged(this.#room.pool, seconds, MOST_FAILURES)).reverse()) this.#keep(row)
    this.#looked = at
  }

  #keep({ key, failures, seconds }: store.FailureRow): void {
    this.#known.delete(key)
    if (failures > 0) this.#known.set(key, { failures, until: performance.now() + seconds * 1000 })
    if (this.#known.size <= MOST_FAILURES) return
    const oldest = this.#known.keys().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }

  #named(kind: Claimant, claimed: string): string | null {
    const { parties, officers } = this.#room.registry
    return (kind === 'party' && parties.has(claimed)) || officers.has(claimed) ? claimed : null
  }

  #key(kind: Claimant, claimed: string, address: string): Buffer {
    return hmac(this.#room.secret(), 'lockout', kind, claimed.slice(0, 512), address)
  }

  async #tell(kind: Claimant, named: string, address: string): Promise<void> {
    const { pool, now } = this.#room
    const whose = kind === 'party' && this.#room.registry.parties.has(named) ? { party: named } : { officer: named }
    const statement = { v: 1, kind: 'sign-in-locked', at: now().toISOString(), ...whose, address, failures: this.#room.free + 1 } as const
    await append(pool, `sign-in-locked:${randomUUID()}`, statement)
  }
}

export interface Lift {
  readonly named: string | null
  readonly address: string | null
  readonly officer: string
  readonly reason: string
  /** of the operating system, or of the officer who signed in */
  readonly account: string
}

/** Lifts the locks of a name, or of an address as entries name it; every replica hears of it within a second. How many. RequestError bad-request. */
export async function liftLockouts({ pool, now }: Pick<House, 'pool' | 'now'>, { named, address, ...word }: Lift): Promise<number> {
  requireWord(word)
  return transaction(pool, async (client) => {
    const lifted = await store.liftLockouts(client, { named, address })
    if (lifted > 0) await appendAnew(client, { v: 1, kind: 'lockout-lifted', at: now().toISOString(), named, address, lifted, ...word })
    return lifted
  })
}
