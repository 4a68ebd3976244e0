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

/**
 * Hands over the entries from `first` up to, not including, `end`, by index, with what they say where that is still there. Their bytes are good until `take`
 * returns.
 */
export function readEntries(pool: Pool, first: bigint, end: bigint, take: (entry: StoredEntry) => void): Promise<void> {
  return copyOut(
    pool,
    `SELECT e.index, e.at, e.kind, '\\x00'::bytea || e.entry, e.leaf_hash, b.at, b.disclosure::text, to_json(b.parties)::text,
       CASE WHEN octet_length(b.seed) = 32 THEN b.seed || convert_to(e.key, 'UTF8') WHEN b.seed IS NOT NULL THEN '' END,
       CASE WHEN octet_length(b.salt) = 32 THEN b.salt || convert_to(b.statement, 'UTF8') WHEN b.salt IS NOT NULL THEN '' END
     FROM log_entry e LEFT JOIN log_body b ON b.index = e.index AND b.index >= ${first} AND b.index < ${end}
     WHERE e.index >= ${first} AND e.index < ${end} ORDER BY e.index`,
    (row) => {
      const [index, at, kind] = [row.bigint(), row.number(), row.text()]
      take({ index, at, kind, leaf: row.bytes(), leafHash: row.bytes(), body: bodyOf(row) })
    }
  )
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
     UNION ALL (SELECT 'checkpoint', checkpoint.size::text FROM checkpoint, head WHERE checkpoint.size <= 0 OR checkpoint.size > head.size LIMIT 1)`
  )
}
