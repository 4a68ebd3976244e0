/** A log of its own for a test: database, folder, keys, and entries that parties, datasets and moments differ in. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { IntegrityError } from '../../gateway/core/errors.ts'
import type { Rooms } from '../../gateway/exchange/house.ts'
import { append, sequence } from '../../gateway/exchange/log/log.ts'
import { fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { openPool, transaction } from '../../gateway/store/pool.ts'
import { useDatabase } from './postgres.ts'

export interface SealedLog extends Rooms {
  readonly url: string
}

const ORIGIN = 'test.example/log'

/** The rooms of a log for one describe block. */
export function useLog(): () => SealedLog {
  const database = useDatabase()
  const kept: { log: SealedLog | null } = { log: null }
  before(() => {
    const pool = openPool(database().url, 6)
    kept.log = {
      pool,
      ring: readKeyRing(generateKeyRing(ORIGIN)),
      folder: mkdtempSync(join(tmpdir(), 'sallyport-log-')),
      url: database().url
    }
  })
  after(async () => {
    await kept.log?.pool.end()
    rmSync(kept.log?.folder ?? '', { recursive: true, force: true })
  })
  return () => {
    if (kept.log === null) throw new Error('the log is there inside tests and hooks only')
    return kept.log
  }
}

/** A dataset's id for the n-th entry. */
function datasetOf(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
}

/** Adds entries `from` to `to` (keys test:<n>) in one transaction; `at` their moment. */
export async function addEntries(pool: Pool, from: number, to: number, at = '2026-03-01T10:20:30.456Z', name = 'test'): Promise<void> {
  await transaction(pool, async (client) => {
    for (let n = from; n < to; n++) {
      const about = {
        ...(n % 2 === 0 ? { dataset: datasetOf(n) } : {}),
        recipient: 'demo-insurer',
        ...(n % 3 === 0 ? { source: 'demo-hospital' } : {})
      }
      await append(client, `${name}:${n}`, { v: 1, kind: 'file-delivered', at, ...about })
    }
  })
}

/** Grows the log to each of these sizes, a checkpoint at each. */
export async function growTo(rooms: SealedLog, sizes: readonly number[]): Promise<void> {
  let [row] = (await rooms.pool.query('SELECT size::integer AS size FROM log_head')).rows as { size: number }[]
  for (const size of sizes) {
    await addEntries(rooms.pool, row?.size ?? 0, size)
    await sequence(rooms)
    row = { size }
  }
}

/** The first fault of the log at this moment, in words, or 'whole'. */
export async function firstFault(rooms: SealedLog, now: Date): Promise<string> {
  const found = (await fsck(rooms, { now })).fault
  return found === null ? 'whole' : `${found.table} ${found.index}: ${found.fault}`
}

/** The code with which this is refused, or 'done'. */
export async function refusedAs(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown)
  return error instanceof IntegrityError ? error.code : 'done'
}

/** Adds an entry of a delivery at this moment. */
export function addDelivery({ pool }: SealedLog, key: string, at: Date): Promise<Buffer> {
  return append(pool, key, { v: 1, kind: 'file-delivered', at: at.toISOString(), recipient: 'demo-insurer' })
}
