/** What replicas let happen together, and sign-ins that failed. Decides nothing; its moments are the database's own, so that no replica's clock counts. */
import { type Db, rows, run } from './pool.ts'
import { liveReplicas } from './replicas.ts'

/** What a replica took of an allowance since it told last. */
export interface Taken {
  readonly key: string
  readonly taken: number
  readonly capacity: number
  readonly perSecond: number
}

export interface Shared {
  /** null: nothing of any allowance, only the count */
  readonly key: string | null
  /** what is left for all; below zero: so much was taken too much */
  readonly tokens: number
  readonly replicas: number
}

/** What came back to row `a` since it was written. */
const SINCE = 'greatest(0, extract(epoch FROM statement_timestamp() - a.at)::float8) * a.per_second'

/**
 * Takes what was taken, and answers what is left of those and of all that are less than half full, with the number of replicas alive. One statement; the rows MUST be
 * in one order on every replica.
 */
export async function exchangeAllowances(db: Db, taken: readonly Taken[]): Promise<Shared[]> {
  return rows<Shared>(
    db,
    `WITH told AS (
       INSERT INTO allowance AS a (key, tokens, capacity, per_second, at)
       SELECT key, capacity - taken, capacity, per_second, statement_timestamp()
         FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[]) AS t (key, taken, capacity, per_second)
       ON CONFLICT (key) DO UPDATE SET
         tokens = greatest(-EXCLUDED.capacity, least(EXCLUDED.capacity, a.tokens + ${SINCE}) + EXCLUDED.tokens - EXCLUDED.capacity),
         capacity = EXCLUDED.capacity, per_second = EXCLUDED.per_second, at = greatest(a.at, EXCLUDED.at)
       RETURNING key, tokens),
     live AS (SELECT ${liveReplicas()} AS replicas)
     SELECT t.key, coalesce(t.tokens, 0) AS tokens, live.replicas FROM live LEFT JOIN (
       SELECT key, tokens FROM told
       UNION ALL SELECT key, a.tokens + ${SINCE} FROM allowance a
         WHERE a.tokens + ${SINCE} < a.capacity / 2 AND NOT EXISTS (SELECT FROM told WHERE told.key = a.key)) t ON true`,
    [taken.map(({ key }) => key), taken.map((one) => one.taken), taken.map(({ capacity }) => capacity), taken.map((one) => one.perSecond)],
    'exchange-allowances'
  )
}

/** Drops what is full again. */
export async function sweepAllowances(db: Db): Promise<number> {
  return run(db, `DELETE FROM allowance a WHERE a.tokens + ${SINCE} >= a.capacity`)
}

export interface FailedRow {
  readonly key: Buffer
  readonly kind: 'party' | 'officer'
  readonly named: string | null
  /** HMAC; '' of all */
  readonly address: string
}

export interface FailureRow {
  /** hex */
  readonly key: string
  readonly failures: number
  /** until the lock ends; 0 or less: none */
  readonly seconds: number
}

const FAILURE = "encode(key, 'hex') AS key, failures, extract(epoch FROM until - clock_timestamp())::float8 AS seconds"

/** Counts one more of each. A lock is of one address: `waits` says how long by the number of failures. A row that was still for `forget` seconds begins anew. */
export async function addFailures(
  db: Db,
  failed: readonly FailedRow[],
  { waits, forget }: { readonly waits: readonly number[]; readonly forget: number }
): Promise<FailureRow[]> {
  return rows<FailureRow>(
    db,
    `INSERT INTO sign_in_failure AS f (key, kind, named, address, failures, until, changed)
     SELECT key, kind, named, address, 1, clock_timestamp(), clock_timestamp()
       FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[]) AS t (key, kind, named, address)
     ON CONFLICT (key) DO UPDATE SET
       failures = CASE WHEN f.changed < now() - make_interval(secs => $6) THEN 1 ELSE least(f.failures, 1000000) + 1 END,
       until = clock_timestamp() + make_interval(secs => CASE WHEN f.address = '' OR f.changed < now() - make_interval(secs => $6) THEN 0
         ELSE ($5::float8[])[least(f.failures + 2, cardinality($5::float8[]))] END),
       named = EXCLUDED.named, changed = clock_timestamp()
     RETURNING ${FAILURE}`,
    [
      failed.map(({ key }) => key),
      failed.map(({ kind }) => kind),
      failed.map(({ named }) => named),
      failed.map(({ address }) => address),
      waits,
      forget
    ],
    'add-failures'
  )
}

/** Those that changed in the last `seconds`. */
export async function failuresChanged(db: Db, seconds: number, most: number): Promise<FailureRow[]> {
  return rows<FailureRow>(
    db,
    `SELECT ${FAILURE} FROM sign_in_failure WHERE changed > clock_timestamp() - make_interval(secs => $1) ORDER BY changed DESC LIMIT $2`,
    [seconds, most],
    'failures-changed'
  )
}

/** Who signed in begins anew. */
export async function clearFailures(db: Db, key: Buffer): Promise<number> {
  return run(db, 'UPDATE sign_in_failure SET failures = 0, until = clock_timestamp(), changed = clock_timestamp() WHERE key = $1', [key])
}

export interface LockoutRow {
  readonly kind: 'party' | 'officer'
  readonly named: string | null
  readonly address: string
  readonly failures: number
  readonly until: Date
}

/** Locks in force, the longest first. */
export async function listLockouts(db: Db): Promise<LockoutRow[]> {
  return rows<LockoutRow>(
    db,
    'SELECT kind, named, address, failures, until FROM sign_in_failure WHERE until > clock_timestamp() ORDER BY until DESC, key LIMIT 10000'
  )
}

/** Of a name, or of an address whatever the name; counts of failures go too. How many locks were lifted. */
export async function liftLockouts(
  db: Db,
  { named, address }: { readonly named: string | null; readonly address: string | null }
): Promise<number> {
  const lifted = await rows<{ locked: boolean }>(
    db,
    `WITH meant AS (SELECT key, until > clock_timestamp() AS locked FROM sign_in_failure
       WHERE ($1::text IS NULL OR named = $1) AND ($2::text IS NULL OR address = $2) AND failures > 0 FOR UPDATE)
     UPDATE sign_in_failure f SET failures = 0, until = clock_timestamp(), changed = clock_timestamp() FROM meant WHERE f.key = meant.key
     RETURNING meant.locked`,
    [named, address]
  )
  return lifted.filter(({ locked }) => locked).length
}

/** Drops what was still for `forget` seconds, and of more than `most` the stalest. */
export async function sweepFailures(db: Db, forget: number, most: number): Promise<number> {
  return run(
    db,
    `DELETE FROM sign_in_failure WHERE changed < now() - make_interval(secs => $1)
       OR key IN (SELECT key FROM sign_in_failure ORDER BY changed DESC OFFSET $2)`,
    [forget, most]
  )
}
