/**
 * A connection of one's own, for what only a session can hold: an advisory lock, LISTEN. Decides when it is lost, by its end or because nothing answers on it any more, and what
 * happens then: it is made again, and begun again, until it is let go. Refuses nothing; whoever needs it meanwhile asks `alive`.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { UpstreamError } from '../core/errors.ts'
import { databaseFault, run } from './pool.ts'

export interface Session {
  /** True while the connection stands and `begin` has run on it. */
  alive(): boolean
  release(): Promise<void>
}

/** How long to wait before the next try while the database is away. */
const AGAIN_MS = 500
/** Tries that failed are told of from this one on: a database that starts again is back before. */
const TOLD_FROM = 8

/**
 * How often a session is asked whether it stands, and how long an answer may take, or the work of one that comes back. The server ends one that it has not heard of for twice both:
 * it may not know that the line is gone, and would hold its locks for hours.
 */
const TIMES = { everyMs: 10_000, withinMs: 20_000 }

export interface Held {
  /** Told of tries to come back that failed, ever more rarely. */
  readonly failed?: (attempts: number, error: unknown) => void
  readonly times?: typeof TIMES
}

/** UpstreamError database-unavailable where it takes longer: a line that went without a word gives neither an answer nor an error. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = pause(milliseconds, undefined, { signal: over.signal }).then(() => {
    throw new UpstreamError('database-unavailable')
  })
  late.catch(() => undefined) // nobody waits for it any more
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}

/** A connection on which `begin` has run. `ended` is called once when it is lost. */
async function connect(pool: Pool, begin: (client: PoolClient) => Promise<void>, ended: (client: PoolClient) => void): Promise<PoolClient> {
  const client = await pool.connect().catch((error: unknown) => {
    throw databaseFault(error)
  })
  client.once('error', () => ended(client))
  try {
    await begin(client)
    return client
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** Holds a session until it is released. Rejects when the first connection cannot be made; later ones are tried for ever. */
export async function holdSession(
  pool: Pool,
  begin: (client: PoolClient) => Promise<void>,
  { failed = () => undefined, times = TIMES }: Held = {}
): Promise<Session> {
  const leaving = new AbortController()
  const start = async (client: PoolClient): Promise<void> => {
    await run(client, `SET idle_session_timeout = ${2 * (times.everyMs + times.withinMs)}`)
    await begin(client)
  }
  const held: { client: PoolClient | null; returning: Promise<void> } = { client: null, returning: Promise.resolve() }
  const ended = (client: PoolClient): void => {
    if (held.client !== client) return // lost while it was being made: whoever makes it sees that; or long ago
    client.release(true)
    held.client = null
    held.returning = comeBack()
  }
  const comeBack = async (): Promise<void> => {
    for (let attempts = 1; !leaving.signal.aborted && held.client === null; attempts += 1) {
      held.client = await connect(pool, (client) => within(times.withinMs, start(client)), ended).catch((error: unknown) => {
        if (attempts >= TOLD_FROM && Number.isInteger(Math.log2(attempts))) failed(attempts, error)
        return null
      })
      if (held.client === null) await pause(AGAIN_MS, undefined, { signal: leaving.signal }).catch(() => undefined)
    }
  }
  held.client = await connect(pool, start, ended)
  const asked = { now: false }
  const timer = setInterval(() => {
    const { client } = held
    if (client === null || asked.now) return
    asked.now = true
    within(times.withinMs, client.query('SELECT 1'))
      .catch(() => ended(client))
      .finally(() => {
        asked.now = false
      })
  }, times.everyMs)
  return {
    alive: () => held.client !== null,
    async release() {
      clearInterval(timer)
      leaving.abort()
      await held.returning
      held.client?.release(true)
      held.client = null
    }
  }
}

/** Runs `work` while this process alone holds the advisory lock; null, at once, when another holds it. A process that dies lets go of it. */
export async function alone<T>(pool: Pool, lock: number, work: () => Promise<T>): Promise<T | null> {
  const held: { taken: boolean } = { taken: false }
  const session = await connect(
    pool,
    async (client) => {
      const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [lock])
      held.taken = rows[0]?.taken === true
    },
    () => undefined
  )
  try {
    return held.taken ? await work() : null
  } finally {
    session.release(true) // the connection ends, and the lock with it
  }
}
