/** A log of one's own on real Postgres, for tests of who reads it: entries of any kind and moment, placed when the test says so. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import type { Json } from '../../gateway/core/digest.ts'
import type { EntryKind } from '../../gateway/core/log/kinds.ts'
import type { Rooms } from '../../gateway/exchange/house.ts'
import { append, sequence } from '../../gateway/exchange/log/log.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { useDatabase } from './postgres.ts'
import { freshRing } from './ring.ts'

export interface OwnLog extends Rooms {
  readonly url: string
  readonly add: (kind: EntryKind, at: string, said?: { readonly [member: string]: Json }) => Promise<void>
  readonly place: () => Promise<void>
}

/** As whoever owns the tables can: triggers hold nobody back. */
export async function asOwner(pool: Pool, text: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(`BEGIN; SET LOCAL session_replication_role = 'replica'; ${text}; COMMIT`)
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

export function useLog(): () => OwnLog {
  const database = useDatabase()
  const ring = freshRing()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-log-'))
  const kept: { pool: Pool | null } = { pool: null }
  before(() => {
    kept.pool = openPool(database().url, 4)
  })
  after(async () => {
    await kept.pool?.end()
    rmSync(folder, { recursive: true, force: true })
  })
  return () => {
    const { pool } = kept
    if (pool === null) throw new Error('the log is there inside tests and hooks only')
    return {
      url: database().url,
      pool,
      ring,
      folder,
      add: async (kind, at, said = {}) => {
        await append(pool, `${kind}:${randomUUID()}`, { v: 1, kind, at, ...said })
      },
      place: async () => {
        await sequence({ pool, ring, folder })
      }
    }
  }
}
