/**
 * Stops a gateway inside a transaction of its own: a trigger in the test's database waits for a lock that the test holds. In the middle
 * of the transaction, or in its commit, which then stands although nobody hears of it.
 */
import { Client } from 'pg'
import { until } from './gateway.ts'
import { query } from './house.ts'

const LOCK = 7_302_001

/** What is waited for: a row of `table` that `event` touches and of which `when` is true (SQL over OLD and NEW). */
export interface Stop {
  readonly table: string
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE'
  readonly when?: string
}

/** Once in each database, before any stop. */
export async function prepareStops(url: string): Promise<void> {
  const body = 'BEGIN PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint); RETURN NULL; END'
  await query(url, `CREATE FUNCTION test_stop() RETURNS trigger LANGUAGE plpgsql AS $$${body}$$`)
}

export interface Stopped {
  /** Resolves when a gateway waits there. */
  reached(): Promise<void>
  /** Lets it go on, and later ones pass. */
  release(): Promise<void>
}

/** `lock`: another one where two stops stand at once. */
export async function stopAt(url: string, stop: Stop, where: 'in the middle' | 'at the commit', lock = LOCK): Promise<Stopped> {
  const holder = new Client({ connectionString: url })
  holder.on('error', () => undefined)
  await holder.connect()
  await holder.query('SELECT pg_advisory_lock($1)', [lock])
  const moment = where === 'in the middle' ? 'IMMEDIATE' : 'DEFERRED'
  await holder.query(
    `CREATE CONSTRAINT TRIGGER test_stop AFTER ${stop.event} ON ${stop.table} DEFERRABLE INITIALLY ${moment}
     FOR EACH ROW WHEN (${stop.when ?? 'true'}) EXECUTE FUNCTION test_stop('${lock}')`
  )
  return {
    async reached() {
      const waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1"
      await until(async () => ((await holder.query(waiting, [lock])).rows.length > 0 ? true : null), 30)
    },
    async release() {
      await holder.query('SELECT pg_advisory_unlock($1)', [lock])
      await holder.query(`DROP TRIGGER test_stop ON ${stop.table}`) // waits for the transactions that were stopped
      await holder.end()
    }
  }
}

/** Where a gateway is past its look at the guards of the log, at which a trigger of a test would be one too many. */
const LOOKED: Stop = { table: 'gateway_run', event: 'INSERT' }

/** A stop for a gateway that `start` starts: laid once it has looked at the log. */
export async function stopStarting(
  url: string,
  stop: Stop,
  where: 'in the middle' | 'at the commit',
  start: () => Promise<void>
): Promise<Stopped> {
  const looked = await stopAt(url, LOOKED, 'in the middle', LOCK + 1)
  const starting = start()
  await looked.reached()
  const stopped = await stopAt(url, stop, where)
  await looked.release()
  await starting
  return stopped
}
