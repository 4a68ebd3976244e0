/**
 * Retention of the log as policy: what an entry says goes after the policy's years, in batches, each with an entry of its own; its leaf and hash stay, so that
 * every proof still holds. Legal holds keep what was logged between two moments for as long as they stand. Decides nothing the database would not refuse:
 * triggers keep six years and every hold, whoever deletes.
 */
import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { RequestError } from '../core/errors.ts'
import { isOwnId } from '../core/own-id.ts'
import { deleteBodies, insertHold, liftHold, lockHolds } from '../store/log-bodies.ts'
import { transaction } from '../store/pool.ts'
import type { OfficerWord } from './hold.ts'
import type { House } from './house.ts'
import { append } from './log.ts'

/** How long the policy keeps what entries say, and its hash. */
export interface Keeping {
  readonly years: number
  readonly policy: string
}

const BATCH = 10_000
/** Batches at a time: a log that was kept too long is worked off without holding up the rest. */
const BATCHES = 10

/** Deletes what is old enough; how many entries. null: no policy, so nothing goes. */
export async function expireBodies({ pool, now }: Pick<House, 'pool' | 'now'>, keeping: Keeping | null): Promise<number> {
  if (keeping === null) return 0
  let total = 0
  for (let batch = 0; batch < BATCHES; batch++) {
    const entries = await expireBatch(pool, now(), keeping)
    total += entries
    if (entries < BATCH) break
  }
  return total
}

function expireBatch(pool: Pool, at: Date, { years, policy }: Keeping): Promise<number> {
  const before = new Date(at)
  before.setUTCFullYear(before.getUTCFullYear() - years)
  return transaction(pool, async (client) => {
    await lockHolds(client)
    const { entries, first, last, from, until } = await deleteBodies(client, before, BATCH)
    if (entries === 0) return 0
    const range = { entries, first, last, from: from?.toISOString() ?? null, until: until?.toISOString() ?? null }
    await append(client, `bodies-expired:${randomUUID()}`, { v: 1, kind: 'bodies-expired', at: at.toISOString(), ...range, years, policy })
    return entries
  })
}

/** Between which moments; null: from the beginning, without end. */
export interface HeldTime {
  readonly first: Date | null
  readonly last: Date | null
}

type Word = Pick<OfficerWord, 'officer' | 'reason' | 'at'>

function said({ officer, reason, at }: Word): { at: string; officer: string; reason: string } {
  if (officer.trim() === '' || reason.trim() === '') throw new RequestError('bad-request', 'Give the name of the officer and the reason.')
  return { at: at.toISOString(), officer, reason }
}

/** Places a hold: from the commit nothing that it covers is deleted. Its id. */
export async function placeLegalHold(pool: Pool, { first, last }: HeldTime, word: Word): Promise<string> {
  const told = said(word)
  if (first !== null && last !== null && first > last) throw new RequestError('bad-request', 'The hold ends before it begins.')
  const id = randomUUID()
  await transaction(pool, async (client) => {
    await insertHold(client, { id, first, last, officer: told.officer, reason: told.reason }, word.at)
    const time = { from: first?.toISOString() ?? null, until: last?.toISOString() ?? null }
    await append(client, `hold-placed:${id}`, { v: 1, kind: 'hold-placed', hold: id, ...time, ...told })
  })
  return id
}

/** Lifts a hold; it stays as a row. RequestError not-found. */
export async function liftLegalHold(pool: Pool, id: string, word: Word): Promise<void> {
  const told = said(word)
  await transaction(pool, async (client) => {
    if (!isOwnId(id) || (await liftHold(client, id, word.at)) !== 1)
      throw new RequestError('not-found', 'There is no such legal hold in force.')
    await append(client, `hold-lifted:${id}`, { v: 1, kind: 'hold-lifted', hold: id, ...told })
  })
}
