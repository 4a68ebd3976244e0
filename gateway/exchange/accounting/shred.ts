/**
 * The end of what is known of subjects: six years after the last day of a year, and the days in which an accounting may still be owed, its keys are destroyed, and
 * with them what its rows say and whom they are about; hashes, tiles and proofs stay. Never under a legal hold: the database refuses it, too. Names years of which
 * keys are gone before six years have passed, or not as many as the log says: that was nobody's retention.
 */
import type { Pool } from 'pg'
import { transaction } from '../../store/pool.ts'
import { dropAliases, type ShreddedYear, shreddedYears, shredKeys, vacuumShredded } from '../../store/subject-rows.ts'
import { dropConsentNames } from '../../store/withdrawals.ts'
import type { Observe, Rooms } from '../house.ts'
import { appendAnew } from '../log/log.ts'
import { provenTold } from './proven-told.ts'

const BATCH = 10_000

interface Shredding {
  readonly pool: Pool
  readonly now: () => Date
  readonly observe: Pick<Observe, 'keysNotVacuumed'>
}

/** Destroys what is due by `now`; how many keys. Each batch is a transaction with its entries, which count and name nobody. */
export async function shredSubjects({ pool, now, observe }: Shredding): Promise<number> {
  let all = 0
  for (let keys = BATCH; keys === BATCH; all += keys) keys = await shredBatch(pool, now())
  if (all > 0 && (await vacuumShredded(pool)) === 'skipped') observe.keysNotVacuumed({})
  return all
}

function shredBatch(pool: Pool, at: Date): Promise<number> {
  return transaction(pool, async (client) => {
    const shredded = await shredKeys(client, at, BATCH)
    if (shredded.length > 0) {
      await dropAliases(client)
      await dropConsentNames(client)
    }
    for (const { party: source, year, keys: subjects } of shredded) {
      const told = { v: 1, kind: 'subjects-shredded', at: at.toISOString(), source, year, subjects } as const
      await appendAnew(client, told)
    }
    return shredded.reduce((sum, row) => sum + row.keys, 0)
  })
}

/** 45 CFR 164.528(a)(1), 164.316(b)(2): may keys of the year be gone? */
export function isOver(year: number, at: Date): boolean {
  return at.getTime() >= Date.UTC(year + 7, 0, 1)
}

interface ShreddedFault {
  readonly party: string
  readonly where: Readonly<Record<string, string>>
}

export interface Shredded {
  readonly years: readonly ShreddedYear[]
  readonly faults: readonly ShreddedFault[]
}

/** Of which years keys are destroyed, held against the entries that tell how many. IntegrityError proof-invalid. */
export async function shreddedTold(rooms: Rooms, at: Date): Promise<Shredded> {
  const before = await shreddedYears(rooms.pool)
  const entries = await provenTold(rooms, 'subjects-shredded')
  const after = await shreddedYears(rooms.pool)
  const name = ({ party, year }: Omit<ShreddedYear, 'keys'>): string => `${party} ${year}`
  const told = new Map<string, number>()
  for (const { told: one } of entries)
    if (one !== null) {
      const key = name({ party: String(one['source']), year: Number(one['year']) })
      told.set(key, (told.get(key) ?? 0) + Number(one['subjects']))
    }
  // an entry that has expired no longer says how many
  const counted = entries.every((entry) => entry.told !== null)
  const more = counted ? before.filter((row) => row.keys > (told.get(name(row)) ?? 0)) : []
  const fewer = after.filter((row) => row.keys < (told.get(name(row)) ?? 0))
  const early = before.filter(({ year }) => !isOver(year, at))
  const fault = ({ party, year, keys }: ShreddedYear, is: string): ShreddedFault => ({
    party,
    where: { party, year: String(year), keys: `${keys} destroyed`, is }
  })
  return {
    years: before,
    faults: [
      ...early.map((row) => fault(row, 'before six years have passed')),
      ...more.map((row) => fault(row, 'more than the log says')),
      ...fewer.map((row) => fault(row, 'fewer than the log says'))
    ]
  }
}
