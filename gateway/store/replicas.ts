/**
 * Which gateway processes are alive. A replica holds a session advisory lock on its number for as long as it lives;
 * PostgreSQL lets go of it the moment the process dies, so a claim of a dead replica is free at once, without a lease to wait out; a minute after it last heard of it where the
 * line between them went without a word.
 */
import type { Pool, PoolClient } from 'pg'
import { UpstreamError } from '../core/errors.ts'
import { rows, run } from './pool.ts'
import { type Held, holdSession } from './session.ts'

/** First key of the two-key advisory lock; the second is the replica's number. */
const LOCK_CLASS = 1936_485_484 // 'sall'

/** SQL that is true when the replica numbered by `column` is dead or none. */
export function isDead(column: string): string {
  return `(${column} IS NULL OR NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = ${LOCK_CLASS}
    AND l.objid = ${column} AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())))`
}

/** SQL of the number of replicas alive. */
export function liveReplicas(): string {
  return `(SELECT count(DISTINCT l.objid)::integer FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = ${LOCK_CLASS}
    AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`
}

export interface Replica {
  /** This process among the others. UpstreamError database-unavailable while the session that proves it alive is lost; after that it is another number. */
  readonly number: number
  /** True while that session stands. */
  alive(): boolean
  /** UpstreamError database-unavailable while it does not: to the others this process is dead, and a key it wraps under may be dropped. */
  requireAlive(): void
  release(): Promise<void>
}

/**
 * Takes a new number and holds its lock on a connection of its own until released; when that connection is lost, again, under a new number. `joined` runs on
 * that connection each time, in a transaction: while it throws, the replica is none.
 */
export async function joinReplicas(
  pool: Pool,
  joined: (client: PoolClient, number: number) => Promise<void> = async () => undefined,
  held: Held = {}
): Promise<Replica> {
  const taken = { number: 0 }
  const session = await holdSession(
    pool,
    async (client) => {
      const [row] = await rows<{ number: number }>(client, "SELECT nextval('replica_number')::integer AS number")
      taken.number = row?.number ?? 0
      await run(client, `SELECT pg_advisory_lock(${LOCK_CLASS}, $1)`, [taken.number])
      // where it throws the connection ends, and with it the transaction
      await run(client, 'BEGIN')
      await joined(client, taken.number)
      await run(client, 'COMMIT')
    },
    held
  )
  const requireAlive = (): void => {
    if (!session.alive()) throw new UpstreamError('database-unavailable')
  }
  return {
    get number() {
      requireAlive()
      return taken.number
    },
    alive: () => session.alive(),
    requireAlive,
    release: () => session.release()
  }
}
