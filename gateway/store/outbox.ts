/**
 * The outbox: entries as business transactions write them, until they are given their places in the log. Decides what of them is the gateway's own; a row that
 * is none stops the log. Nothing waits behind it in silence.
 */
import { OFFICER_ACT } from '../core/log/leaf.ts'
import { type Db, rows, run } from './pool.ts'

export interface OutboxRow {
  readonly key: string
  readonly disclosure: string | null
  readonly kind: string
  readonly statement: string
  /** the salt follows from it and the key */
  readonly seed: Buffer
  readonly salt: Buffer
  readonly entry: Buffer
  /** who may read what it says, beside officers and auditors */
  readonly parties: readonly string[]
  /** RFC 3339 */
  readonly at: string
}

const ADD = `INSERT INTO outbox (key, disclosure, kind, statement, seed, salt, entry, parties, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

function valuesOf({ key, disclosure, kind, statement, seed, salt, entry, parties, at }: OutboxRow): unknown[] {
  return [key, disclosure, kind, statement, seed, salt, entry, parties, at]
}

/**
 * Adds to the outbox in the caller's transaction. MUST be durable with it. A key that waits already is not added; one that has its place is dropped by
 * placeWaiting. `new`: added, and nothing stood under the key.
 */
export async function insertOutbox(db: Db, row: OutboxRow): Promise<'new' | 'taken'> {
  const [added] = await rows<{ taken: boolean }>(
    db,
    `${ADD} ON CONFLICT (key) DO NOTHING RETURNING EXISTS (SELECT 1 FROM log_entry l WHERE l.key = outbox.key) AS taken`,
    valuesOf(row),
    'log-append'
  )
  return added?.taken === false ? 'new' : 'taken'
}

/** The same of a key made for this row alone, which nothing can stand under: not asked, and a key that waits is the database's error. */
export async function insertOutboxAnew(db: Db, row: OutboxRow): Promise<number> {
  return run(db, ADD, valuesOf(row), 'log-append-anew')
}

/** What an entry is about; null where it has expired. */
export interface StandingRow {
  readonly kind: string
  readonly about: { readonly disclosure: string | null; readonly parties: readonly string[] } | null
}

/** What waits under a key, and what has its place. */
export async function standingUnder(db: Db, key: string): Promise<StandingRow[]> {
  return rows<StandingRow & Record<string, unknown>>(
    db,
    `SELECT kind, json_build_object('disclosure', disclosure, 'parties', parties) AS about FROM outbox WHERE key = $1
     UNION ALL SELECT e.kind, CASE WHEN b.index IS NOT NULL THEN json_build_object('disclosure', b.disclosure, 'parties', b.parties) END
       FROM log_entry e LEFT JOIN log_body b USING (index) WHERE e.key = $1`,
    [key]
  )
}

/** Is there an entry of this key, or one that waits? */
export async function alreadyLogged(db: Db, key: string): Promise<boolean> {
  return (await standingUnder(db, key)).length > 0
}

/** How many entries wait, counted up to `limit`: cheap however many they are. */
export async function countWaiting(db: Db, limit: number): Promise<number> {
  const [row] = await rows<{ n: number }>(db, 'SELECT count(*)::integer AS n FROM (SELECT 1 FROM outbox LIMIT $1) waiting', [limit])
  return row?.n ?? 0
}

/** A moment as statements write it. */
const MOMENT = `to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const IS_LEAF = (at: string, kind: string): string =>
  `encode(t.entry, 'escape') = '{"at":"' || ${at} || '","commitment":"sha256:' ||
     encode(sha256(t.salt || convert_to(t.statement, 'UTF8')), 'hex') || '","kind":"' || ${kind} || '","v":1}'`
const [ROUND, ACT] = [`replace(${MOMENT}, '.000Z', 'Z')`, `'${OFFICER_ACT}'`]

/**
 * A row as append writes it: its entry is the leaf (core/log/leaf.ts) of its moment and kind that commits to its statement under its salt, its salt is that of
 * its key, and where its key has its place already that is about the same. Nothing of it is read in a way that could fail.
 */
const FITS = `t.kind ~ '^[a-z]+(-[a-z]+)*$' AND octet_length(t.seed) = 32 AND t.salt = sha256(t.seed || convert_to(t.key, 'UTF8'))
  AND t.statement IS JSON OBJECT AND strpos(t.statement, '"kind":"' || t.kind || '"') > 0
  AND (${IS_LEAF(MOMENT, 't.kind')} OR ${IS_LEAF(MOMENT, ACT)} OR ${IS_LEAF(ROUND, 't.kind')} OR ${IS_LEAF(ROUND, ACT)})
  AND (t.stands IS NULL OR EXISTS (SELECT 1 FROM log_entry l LEFT JOIN log_body b USING (index) WHERE l.index = t.stands AND l.kind = t.kind
    AND (b.index IS NULL OR (b.disclosure, b.parties) IS NOT DISTINCT FROM (t.disclosure, t.parties))))`

export interface Placed {
  /** how many waiting rows were taken, and how many of them were to be placed */
  readonly taken: number
  readonly placed: number
  /** of how many what they say is kept */
  readonly bodies: number
  /** of those that were, one behind the other. All are counted rather than joined: in one statement nothing is known of their number, and a join of a batch with itself is its square. */
  readonly leafHashes: Buffer
  /** the first row that does not fit: nothing of the batch may stand */
  readonly unfit: string | null
}

/**
 * Gives the oldest `limit` waiting entries the places from `first` on, in one statement: what they say never leaves the server. Drained by presence, since
 * ids may commit out of order; what the log holds already (a retry) is dropped. MUST run under the head's lock, and be rolled back where a row is unfit.
 */
export async function placeWaiting(db: Db, first: bigint, limit: number): Promise<Placed> {
  const [row] = await rows<{ taken: number; placed: number; bodies: number; hashes: Buffer | null; unfit: string | null }>(
    db,
    `WITH taken AS (DELETE FROM outbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM outbox ORDER BY id LIMIT $2)) RETURNING *),
     seen AS MATERIALIZED (SELECT t.*, (SELECT l.index FROM log_entry l WHERE l.key = t.key) AS stands FROM taken t),
     placed AS MATERIALIZED (SELECT t.*, $1::bigint + row_number() OVER (ORDER BY t.id) - 1 AS index FROM seen t WHERE t.stands IS NULL),
     bodies AS (INSERT INTO log_body (index, at, disclosure, parties, statement, seed, salt)
       SELECT index, at, disclosure, parties, statement, seed, salt FROM placed RETURNING index),
     entries AS (INSERT INTO log_entry (index, key, kind, at, entry, leaf_hash)
       SELECT index, key, kind, at, entry, sha256('\\x00'::bytea || entry) FROM placed RETURNING index, leaf_hash)
     SELECT (SELECT count(*) FROM taken)::integer AS taken, (SELECT count(*) FROM placed)::integer AS placed,
       (SELECT count(*) FROM bodies)::integer AS bodies, (SELECT string_agg(leaf_hash, '' ORDER BY index) FROM entries) AS hashes,
       (SELECT min(t.id)::text FROM seen t WHERE (${FITS}) IS NOT TRUE) AS unfit`,
    [String(first), limit]
  )
  const { taken = 0, placed = 0, bodies = 0, unfit = null } = row ?? {}
  return { taken, placed, bodies, leafHashes: row?.hashes ?? Buffer.alloc(0), unfit }
}
