/**
 * The log read in bulk, to be verified or exported: hundreds of thousands of rows a second. Decides nothing.
 */
import type { Pool } from 'pg'
import type { StoredBody, StoredEntry } from '../core/log/fsck.ts'
import { type CopiedRow, copyOut } from './copy-out.ts'
import type { CheckpointRow } from './log.ts'
import { type Db, rows } from './pool.ts'

function bodyOf(row: CopiedRow): StoredBody | null {
  const at = row.number()
  const disclosure = row.field()
  const parties = row.text()
  const keyed = row.field()
  const salted = row.field()
  return salted === null ? null : { at, disclosure: disclosure?.toString('latin1') ?? null, parties, keyed, salted }
}

const KEYED = `CASE WHEN octet_length(b.seed) = 32 THEN b.seed || convert_to(e.key, 'UTF8') ELSE '' END`
const SALTED = `CASE WHEN octet_length(b.salt) = 32 THEN b.salt || convert_to(b.statement, 'UTF8') WHEN b.index IS NOT NULL THEN '' END`

/**
 * Hands over the entries from `first` up to, not including, `end`, by index, with what they say where that is still there. Their bytes are good until `take`
 * returns.
 */
export function readEntries(pool: Pool, first: bigint, end: bigint, take: (entry: StoredEntry) => void): Promise<void> {
  return copyOut(
    pool,
    `SELECT e.index, e.at, e.kind, '\\x00'::bytea || e.entry, e.leaf_hash, CASE WHEN b.index IS NULL THEN e.key END, b.at, b.disclosure::text,
       to_json(b.parties)::text, ${KEYED}, ${SALTED}
     FROM log_entry e LEFT JOIN log_body b ON b.index = e.index AND b.index >= ${first} AND b.index < ${end}
     WHERE e.index >= ${first} AND e.index < ${end} ORDER BY e.index`,
    (row) => {
      const [index, at, kind] = [row.bigint(), row.number(), row.text()]
      take({ index, at, kind, leaf: row.bytes(), leafHash: row.bytes(), key: row.text(), body: bodyOf(row) })
    }
  )
}

interface SelectedRow {
  readonly index: string
  readonly at: string
  readonly kind: string
  readonly leaf: Buffer
  readonly hash: Buffer
  readonly keyed: Buffer
  readonly said_at: string
  readonly disclosure: string | null
  readonly parties: string
  readonly salted: Buffer
}

const MICROSECONDS = (column: string): string => `((extract(epoch FROM ${column}) - 946684800) * 1000000)::bigint::text`

/** The same of an entry `e` and its body `b` as columns of any statement; entryOf reads them. */
export const SELECTED = `e.index::text AS index, ${MICROSECONDS('e.at')} AS at, e.kind, '\\x00'::bytea || e.entry AS leaf, e.leaf_hash AS hash,
  ${KEYED} AS keyed, ${MICROSECONDS('b.at')} AS said_at, b.disclosure::text AS disclosure, to_json(b.parties)::text AS parties, ${SALTED} AS salted`

/** An entry with its body, from the columns of SELECTED. */
export function selectedEntry(row: SelectedRow): StoredEntry {
  const { index, kind, leaf, hash, keyed, said_at, disclosure, parties, salted } = row
  const body = { at: Number(said_at), disclosure, parties, keyed, salted }
  return { index: BigInt(index), at: Number(row.at), kind, leaf, leafHash: hash, body }
}

/** The entries at these places that still say something. */
export async function findEntries(db: Db, indices: readonly bigint[]): Promise<StoredEntry[]> {
  const text = `SELECT ${SELECTED} FROM log_entry e JOIN log_body b USING (index) WHERE e.index = ANY($1::bigint[]) ORDER BY e.index`
  return (await rows<SelectedRow & Record<string, unknown>>(db, text, [indices.map(String)])).map(selectedEntry)
}

/** The newest entry that says the log was verified, and the moment of one that waits for its place; null: none. */
export async function newestVerification(db: Db): Promise<{ readonly index: bigint | null; readonly waiting: string | null }> {
  const [row] = await rows<{ index: string | null; waiting: string | null }>(
    db,
    `SELECT (SELECT index::text FROM log_entry WHERE kind = 'log-verified' ORDER BY log_entry.index DESC LIMIT 1) AS index,
       (SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') FROM outbox WHERE kind = 'log-verified' ORDER BY id DESC LIMIT 1) AS waiting`
  )
  return { index: row?.index === undefined || row.index === null ? null : BigInt(row.index), waiting: row?.waiting ?? null }
}

/** When the entry at a place was logged, RFC 3339; null: there is none. */
export async function readMoment(db: Db, index: bigint): Promise<string | null> {
  const [row] = await rows<{ at: Date }>(db, 'SELECT at FROM log_entry WHERE index = $1', [String(index)])
  return row?.at.toISOString() ?? null
}

/** The nodes that a tree completes when it grows from `first` to `end` leaves: by level, in the places of their indices, the first of them at 0. */
export async function readNodes(pool: Pool, first: bigint, end: bigint): Promise<Map<number, Buffer[]>> {
  const levels = new Map<number, Buffer[]>()
  await copyOut(
    pool,
    `SELECT n.level::bigint, n.index, n.hash FROM generate_series(1, 62) AS l (level), LATERAL (
       SELECT level, index, hash FROM log_node WHERE level = l.level AND index >= ${first}::bigint >> l.level AND index < ${end}::bigint >> l.level
       ORDER BY index OFFSET 0) n`,
    (row) => {
      const [level, index] = [row.number(), row.bigint()]
      const hashes = levels.get(level) ?? []
      levels.set(level, hashes)
      hashes[Number(index - (first >> BigInt(level)))] = Buffer.from(row.bytes())
    }
  )
  return levels
}

/** Checkpoints of sizes above `first`, up to and including `end`. */
export async function readCheckpoints(db: Db, first: bigint, end: bigint): Promise<CheckpointRow[]> {
  const found = await rows<{ size: string; root: Buffer; note: string }>(
    db,
    'SELECT size::text AS size, root, note FROM checkpoint WHERE checkpoint.size > $1 AND checkpoint.size <= $2 ORDER BY checkpoint.size',
    [String(first), String(end)]
  )
  return found.map((row) => ({ ...row, size: BigInt(row.size) }))
}

/** Rows that no log of the head's size has, one of each table at most; one statement, so that a log that grows meanwhile has none. */
export async function strayRows(db: Db): Promise<{ table: string; index: string }[]> {
  return rows<{ table: string; index: string }>(
    db,
    `WITH head AS (SELECT size FROM log_head)
     (SELECT 'log_entry' AS table, index::text FROM log_entry, head WHERE index < 0 OR index >= size LIMIT 1)
     UNION ALL (SELECT 'log_body', index::text FROM log_body, head WHERE index < 0 OR index >= size LIMIT 1)
     UNION ALL (SELECT 'log_node', level || '/' || index FROM log_node, head WHERE index < 0 OR level > 62 OR index >= size >> level LIMIT 1)
     UNION ALL (SELECT 'checkpoint', checkpoint.size::text FROM checkpoint, head WHERE checkpoint.size <= 0 OR checkpoint.size > head.size LIMIT 1)
     UNION ALL (SELECT 'event_feed', name FROM event_feed, head WHERE next < 0 OR next > size LIMIT 1)`
  )
}
