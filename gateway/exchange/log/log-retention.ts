/**
 * Retention of the log as policy: what an entry says goes after the policy's years, in batches, each with an entry of its own; its leaf and hash stay, so that
 * every proof still holds. Legal holds keep what was logged between two moments for as long as they stand. Decides nothing the database would not refuse:
 * triggers keep six years and every hold, whoever deletes.
 */
import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { RequestError } from '../../core/errors.ts'
import { expiredBatch, holdFault } from '../../core/log/expiry.ts'
import { entryFault, entryIn, type StoredEntry } from '../../core/log/fsck.ts'
import { parseLeaf } from '../../core/log/leaf.ts'
import { isOwnId } from '../../core/own-id.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { deleteBodies, insertHold, liftHold, lockHolds, readKeeping } from '../../store/log-bodies.ts'
import { transaction } from '../../store/pool.ts'
import type { House } from '../house.ts'
import type { OfficerWord } from '../release/hold.ts'
import { append, appendAnew } from './log.ts'
import { provedEntries, refuseFault } from './log-proofs.ts'

/** How long the policy keeps what entries say, and its hash. */
export interface Keeping {
  readonly years: number
  readonly policy: string
}

const BATCH = 10_000
/** Batches at a time: a log that was kept too long is worked off without holding up the rest. */
const BATCHES = 10

/** Deletes what is old enough; how many entries. null: no policy, so nothing goes. IntegrityError log-altered: something of it, or a hold, is not as it was logged. */
export async function expireBodies(house: Pick<House, 'pool' | 'now' | 'ring'>, keeping: Keeping | null): Promise<number> {
  if (keeping === null) return 0
  let total = 0
  for (let batch = 0; batch < BATCHES; batch++) {
    const entries = await expireBatch(house, house.now(), keeping)
    total += entries
    if (entries < BATCH) break
  }
  return total
}

/** What is deleted is verified as it goes, for afterwards nobody can. */
function expireBatch({ pool, ring }: Pick<House, 'pool' | 'ring'>, at: Date, { years, policy }: Keeping): Promise<number> {
  const before = new Date(at)
  before.setUTCFullYear(before.getUTCFullYear() - years)
  return transaction(pool, async (client) => {
    await lockHolds(client)
    await requireHolds(client, ring)
    const gone = await deleteBodies(client, before, BATCH)
    const [first, last] = [gone[0], gone.at(-1)]
    if (first === undefined || last === undefined) return 0
    for (const row of gone) refuseFault(entryFault(row, row.index))
    const time = momentsOf(gone)
    const range = { ...expiredBatch(gone), first: Number(first.index), last: Number(last.index), ...time }
    await appendAnew(client, { v: 1, kind: 'bodies-expired', at: at.toISOString(), ...range, years, policy })
    return gone.length
  })
}

function momentsOf(gone: readonly StoredEntry[]): { from: string; until: string } {
  const moments = gone.map((row) => parseLeaf(entryIn(row))?.at ?? '').sort() // verified: each is a leaf
  return { from: moments[0] ?? '', until: moments.at(-1) ?? '' }
}

/** Holds go by what was logged, and that is proved: their rows must say the same. */
async function requireHolds(client: PoolClient, ring: KeyRing): Promise<void> {
  const { holds, entries } = await readKeeping(client)
  refuseFault(holdFault(holds, entries))
  await provedEntries(
    client,
    ring,
    entries.flatMap(({ index }) => index ?? [])
  )
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
