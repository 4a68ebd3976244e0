/**
 * Which gateway processes are alive. A replica holds a session advisory lock on its number for as long as it lives;
 * PostgreSQL lets go of it the moment the process dies, so a claim of a dead replica is free at once, without a lease to wait out.
 */
import type { Pool, PoolClient } from 'pg'
import { rows, run } from './pool.ts'

/** First key of the two-key advisory lock; the second is the replica's number. */
const LOCK_CLASS = 1936_485_484 // 'sall'

/** SQL that is true when the replica numbered by `column` is dead or none. */
export function isDead(column: string): string {
  return `(${column} IS NULL OR NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = ${LOCK_CLASS}
    AND l.objid = ${column} AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())))`
}

export interface Replica {
  readonly number: number
  /** True while the session that proves this replica alive still stands. */
  alive(): boolean
  release(): Promise<void>
}

/** Takes a new number and holds its lock on a connection of its own until released. `lost` is called once if that connection dies. */
export async function joinReplicas(pool: Pool, lost: () => void): Promise<Replica> {
  const client: PoolClient = await pool.connect()
  let alive = true
  client.on('error', () => {
    if (alive) {
      alive = false
      lost()
    }
  })
  const [row] = await rows<{ number: number }>(client, "SELECT nextval('replica_number')::integer AS number")
  const number = row?.number ?? 0
  await run(client, `SELECT pg_advisory_lock(${LOCK_CLASS}, $1)`, [number])
  await run(client, 'SET idle_session_timeout = 0')
  return {
    number,
    alive: () => alive,
    release: async () => {
      if (!alive) return
      alive = false
      client.release(true)
    }
  }
}
