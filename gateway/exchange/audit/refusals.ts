/**
 * Refusals, so that none is lost and no flood of them fills the log. Whoever is known has an entry, committed before the answer; the same again within the
 * minute is counted. Whoever proves nothing is counted by address and minute, and has one entry when the minute is over; the first of an address is
 * committed before the answer, too. Decides that so many of those have a row of their own in a minute, and the rest one sum. An address is kept as an HMAC.
 */
import type { KeyObject } from 'node:crypto'
import type { Pool } from 'pg'
import { hmac, type Json, sha256 } from '../../core/digest.ts'
import type { Code, Told } from '../../core/errors.ts'
import { transaction } from '../../store/pool.ts'
import { addRefusals, type RefusalRow, takeRefusals } from '../../store/refusals.ts'
import type { House } from '../house.ts'
import { append, appendAnew, type Statement } from '../log/log.ts'

/** A refused request. `route` is a row of the route table or '-'. */
export interface Refused {
  readonly route: string
  readonly reason: Code
  /** of the connection, as text */
  readonly address: string
  /** who was proved to ask, else null; `told` may name one, too */
  readonly party: string | null
  readonly told: Told
}

/** Rows of a minute for whoever proved nothing: 60 addresses with a code each, on each replica. */
const STRANGERS = 60
const OTHERS = 'others'
const MINUTE_MS = 60_000
/** A minute is made entries of so long after its end: replicas write their counts every ten seconds, and their clocks differ. */
const SETTLE_MS = 30_000

type Place = Omit<RefusalRow, 'times'>

interface Counted {
  readonly place: Place
  /** not yet in the database */
  times: number
  /** the first of them is */
  readonly committed: Promise<unknown>
}

/** An address as entries name it: the same for the same, and no one's without the key. */
export function addressMac(secret: KeyObject, address: string): string {
  return hmac(secret, 'address', address).toString('hex', 0, 16)
}

export class Refusals {
  readonly #house: Pick<House, 'pool' | 'ring' | 'now' | 'replica'>
  readonly #counted = new Map<string, Counted>()
  #minute = 0
  #strangers = 0

  constructor(house: Pick<House, 'pool' | 'ring' | 'now' | 'replica'>) {
    this.#house = house
  }

  /** Resolves when the refusal is durable or counted beside one that is; rejects when it cannot be: then it MUST NOT be answered as a refusal. */
  async note(refused: Refused): Promise<void> {
    const place = this.#placeOf(refused)
    const key = keyOf(place)
    const known = this.#counted.get(key)
    if (known !== undefined) {
      known.times += 1
      await known.committed
      return
    }
    const committed = this.#commit(place, refused)
    this.#counted.set(key, { place, times: 0, committed })
    try {
      await committed
    } catch (error) {
      this.#counted.delete(key)
      throw error
    }
  }

  /** Writes the counts that are in memory only. Those it could not write it keeps. */
  async flush(): Promise<void> {
    const minute = this.#house.now().getTime() - MINUTE_MS
    const taken = [...this.#counted].filter(([, { times }]) => times > 0).sort(([a], [b]) => (a < b ? -1 : 1))
    const rows = taken.map(([, { place, times }]) => ({ ...place, times }))
    if (rows.length > 0) await addRefusals(this.#house.pool, rows)
    for (const [n, [, counted]] of taken.entries()) counted.times -= rows[n]?.times ?? 0
    for (const [key, { place, times }] of this.#counted) {
      if (times === 0 && place.minute.getTime() <= minute) this.#counted.delete(key)
    }
  }

  #placeOf({ route, reason, address, party, told }: Refused): Place {
    const minute = new Date(Math.floor(this.#house.now().getTime() / MINUTE_MS) * MINUTE_MS)
    const known = told.party ?? party
    const agreement = told.agreement ?? ''
    const proved = told.proved ?? party !== null
    if (proved && known !== null)
      return { minute, kind: told.kind ?? 'request-refused', party: known, address: '', route, reason, agreement }
    const mac = addressMac(this.#house.ring.names(), address)
    const place =
      known === null
        ? { minute, kind: 'requests-refused', party: '', address: mac, route: '', reason, agreement: '' }
        : { minute, kind: told.kind ?? 'request-refused', party: known, address: mac, route, reason, agreement: '' }
    return this.#admitted(place) ? place : { ...place, kind: 'requests-refused', party: '', route: '', address: OTHERS }
  }

  /** Has it a row of its own, or is there room for one this minute? */
  #admitted(place: Place): boolean {
    const minute = place.minute.getTime()
    if (minute !== this.#minute) [this.#minute, this.#strangers] = [minute, 0]
    if (this.#counted.has(keyOf(place))) return true
    if (this.#strangers >= STRANGERS) return false
    this.#strangers += 1
    return true
  }

  #commit(place: Place, { address, told }: Refused): Promise<unknown> {
    const { pool, ring, replica, now } = this.#house
    if (place.kind === 'requests-refused') return addRefusals(pool, [{ ...place, times: 1 }])
    const more = {
      address: addressMac(ring.names(), address),
      ...(told.proved === undefined ? {} : { proved: told.proved }),
      ...(told.rules === undefined ? {} : { rules: [...told.rules] }),
      ...(told.policies === undefined ? {} : { policies: [...told.policies] })
    }
    const key = sha256(`${replica} ${keyOf(place)}`).toString('hex')
    return append(pool, `${place.kind}:${key}`, statementOf({ ...place, times: 1 }, now(), more))
  }
}

function keyOf({ minute, kind, party, address, route, reason, agreement }: Place): string {
  return JSON.stringify([minute.getTime(), kind, party, address, route, reason, agreement])
}

/** What an entry says of a known party that was refused. What names its address was counted by it, for nothing was proved: the party need not have been there. */
function statementOf(row: RefusalRow, at: Date, more: { readonly [member: string]: Json }): Statement {
  const { party, route, reason, agreement, address, times } = row
  const kind = row.kind as 'request-refused' // one of those the table takes
  return {
    v: 1,
    kind,
    at: at.toISOString(),
    party,
    route,
    reason,
    times,
    ...(agreement === '' ? {} : { agreement }),
    ...(address === '' ? {} : { address, proved: false }),
    ...more
  }
}

/** Makes entries of the minutes that are over: one an address, and one of each refusal that was repeated. How many. */
export async function settleRefusals({ pool, now }: { readonly pool: Pool; readonly now: () => Date }): Promise<number> {
  return transaction(pool, async (client) => {
    const at = now()
    const rows = await takeRefusals(client, new Date(at.getTime() - MINUTE_MS - SETTLE_MS))
    const statements = [...ofAddresses(rows, at), ...repeated(rows, at)]
    // the rows just deleted make each of them once
    for (const statement of statements) await appendAnew(client, statement)
    return statements.length
  })
}

function ofAddresses(rows: readonly RefusalRow[], at: Date): Statement[] {
  const strangers = Map.groupBy(
    rows.filter(({ kind }) => kind === 'requests-refused'),
    ({ minute, address }) => `${minute.toISOString()} ${address}`
  )
  return [...strangers.values()].map((group) => {
    const [{ minute, address } = { minute: at, address: '' }] = group // a group has a row
    const reasons = Object.fromEntries(group.map(({ reason, times }) => [reason, times]))
    const times = group.reduce((sum, row) => sum + row.times, 0)
    return { v: 1, kind: 'requests-refused', at: at.toISOString(), minute: minute.toISOString(), address, times, reasons }
  })
}

/** Those counted beside the entry that the first of them had. */
function repeated(rows: readonly RefusalRow[], at: Date): Statement[] {
  return rows
    .filter(({ kind }) => kind !== 'requests-refused')
    .map((row) => statementOf(row, at, { minute: row.minute.toISOString(), repeated: true }))
}
