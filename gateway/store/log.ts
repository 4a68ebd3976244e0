/**
 * The log's tables: the entries in their final order, the nodes over them, the head, the checkpoints. The order is given by whoever holds the row lock on the
 * head: any replica may, one at a time. Sizes and indices are 64-bit: bigint.
 */
import { IntegrityError } from '../core/errors.ts'
import { ON_MISFIT } from '../core/log/fsck.ts'
import { HASH_BYTES, hashesIn } from '../core/log/merkle.ts'
import { type Db, rows, run } from './pool.ts'

export interface HeadRow {
  readonly size: bigint
  /** the hashes of the compact range, one behind the other */
  readonly range: Buffer
}

export interface CheckpointRow {
  readonly size: bigint
  readonly root: Buffer
  readonly note: string
}

export interface NodeRow {
  readonly level: number
  readonly index: bigint
  readonly hash: Buffer
}

/** A holder of the head's lock that falls silent is cut off after so long, and another replica goes on. */
const SILENT = '10s'

function headOf(row: { size: string; range: Buffer } | undefined): HeadRow {
  if (row === undefined) throw new IntegrityError('log-altered', { log_head: 'not there', ...ON_MISFIT })
  return { size: BigInt(row.size), range: row.range }
}

/** Until the end of the transaction no other replica gives places or signs. IntegrityError log-altered where there is no head. */
export async function lockHead(db: Db): Promise<HeadRow> {
  return headOf(await lockedHead(db, 'FOR UPDATE'))
}

/** The same, or null at once where another replica is at it. */
export async function lockFreeHead(db: Db): Promise<HeadRow | null> {
  const row = await lockedHead(db, 'FOR UPDATE SKIP LOCKED')
  if (row !== undefined) return headOf(row)
  await readHead(db) // one that is gone is nobody's
  return null
}

async function lockedHead(db: Db, how: string): Promise<{ size: string; range: Buffer } | undefined> {
  await run(db, "SELECT set_config('idle_in_transaction_session_timeout', $1, true)", [SILENT])
  return (await rows<{ size: string; range: Buffer }>(db, `SELECT size::text AS size, range FROM log_head ${how}`))[0]
}

export async function readHead(db: Db): Promise<HeadRow> {
  return headOf((await rows<{ size: string; range: Buffer }>(db, 'SELECT size::text AS size, range FROM log_head'))[0])
}

/** At most so many places are looked at; a log of so many entries wholly. */
const PROBES = 50_000n

/** The place behind the last entry, and the first that is found empty (null: none) of evenly many before `size`, beginning near `chance`, 0 to 1. */
export async function probeEntries(
  db: Db,
  size: bigint,
  chance: number
): Promise<{ readonly next: bigint; readonly empty: bigint | null }> {
  const step = (size + PROBES - 1n) / PROBES
  const [row] = await rows<{ next: string; empty: string | null }>(
    db,
    `SELECT (SELECT coalesce(max(index), -1) + 1 FROM log_entry)::text AS next, min(place)::text AS empty
     FROM generate_series($1::bigint, $2::bigint - 1, $3::bigint) AS place LEFT JOIN log_entry e ON e.index = place WHERE e.index IS NULL`,
    [String(BigInt(Math.floor(Number(step) * chance))), String(size), String(step === 0n ? 1n : step)]
  )
  return { next: BigInt(row?.next ?? 0), empty: row?.empty === undefined || row.empty === null ? null : BigInt(row.empty) }
}

export async function insertNodes(db: Db, nodes: readonly NodeRow[]): Promise<number> {
  if (nodes.length === 0) return 0
  return run(db, 'INSERT INTO log_node (level, index, hash) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])', [
    nodes.map((n) => n.level),
    nodes.map((n) => String(n.index)),
    nodes.map((n) => n.hash)
  ])
}

const NODE_AT = `(SELECT n.hash FROM log_node n WHERE n.level = w.level AND n.index = w.index
  UNION ALL SELECT e.leaf_hash FROM log_entry e WHERE w.level = 0 AND e.index = w.index) AS hash
  FROM unnest($1::smallint[], $2::bigint[]) WITH ORDINALITY AS w (level, index, n)`

/** The hashes of perfect subtrees, leaves (level 0) among them; of those that are not there, none. One value and a plan that is kept: half the time of rows. */
export async function findNodes(db: Db, nodes: readonly { level: number; index: bigint }[]): Promise<NodeRow[]> {
  if (nodes.length === 0) return []
  const values = [nodes.map((n) => n.level), nodes.map((n) => String(n.index))]
  const [row] = await rows<{ hashes: Buffer | null }>(
    db,
    `SELECT string_agg(hash, '' ORDER BY n) AS hashes FROM (SELECT w.n, ${NODE_AT}) t`,
    values,
    'log-nodes'
  )
  const hashes = row?.hashes ?? Buffer.alloc(0)
  if (hashes.length === nodes.length * HASH_BYTES) return hashesIn(hashes).map((hash, n) => ({ ...(nodes[n] as NodeRow), hash })) // as many
  const found = await rows<{ level: number; index: string; hash: Buffer | null }>(
    db,
    `SELECT w.level, w.index::text AS index, ${NODE_AT}`,
    values
  )
  return found.flatMap(({ level, index, hash }) => (hash === null ? [] : [{ level, index: BigInt(index), hash }]))
}

export async function setHead(db: Db, head: HeadRow): Promise<number> {
  return run(db, 'UPDATE log_head SET size = $1, range = $2', [String(head.size), head.range])
}

const CHECKPOINT = 'SELECT size::text AS size, root, note FROM checkpoint'

function checkpointOf(row: { size: string; root: Buffer; note: string } | undefined): CheckpointRow | null {
  return row === undefined ? null : { ...row, size: BigInt(row.size) }
}

export async function latestCheckpoint(db: Db): Promise<CheckpointRow | null> {
  return checkpointOf(
    (await rows<{ size: string; root: Buffer; note: string }>(db, `${CHECKPOINT} ORDER BY checkpoint.size DESC LIMIT 1`))[0]
  )
}

export async function checkpointOfSize(db: Db, size: bigint): Promise<CheckpointRow | null> {
  return checkpointOf((await rows<{ size: string; root: Buffer; note: string }>(db, `${CHECKPOINT} WHERE size = $1`, [String(size)]))[0])
}

export async function insertCheckpoint(db: Db, row: CheckpointRow): Promise<number> {
  return run(db, 'INSERT INTO checkpoint (size, root, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    String(row.size),
    row.root,
    row.note
  ])
}

/** The index of the entry with this leaf hash, or null. */
export async function indexOfLeaf(db: Db, leafHash: Buffer): Promise<bigint | null> {
  const [row] = await rows<{ index: string }>(db, 'SELECT index::text AS index FROM log_entry WHERE leaf_hash = $1', [leafHash])
  return row === undefined ? null : BigInt(row.index)
}

/** The leaves of `count` entries from `first` on, by index. */
export async function readLeaves(db: Db, first: bigint, count: number): Promise<Buffer[]> {
  const found = await rows<{ entry: Buffer }>(db, 'SELECT entry FROM log_entry WHERE index >= $1 AND index < $2 ORDER BY index', [
    String(first),
    String(first + BigInt(count))
  ])
  return found.map(({ entry }) => entry)
}

/** The leaf hashes of `count` entries from `first` on, made again from the entries by the server: fewer where some are not there. */
export async function rehashLeaves(db: Db, first: bigint, count: number): Promise<Buffer[]> {
  const [row] = await rows<{ hashes: Buffer | null }>(
    db,
    "SELECT string_agg(sha256('\\x00'::bytea || entry), '' ORDER BY index) AS hashes FROM log_entry WHERE index >= $1 AND index < $2",
    [String(first), String(first + BigInt(count))]
  )
  return hashesIn(row?.hashes ?? Buffer.alloc(0))
}

/** The leaves at these indices. */
export async function findLeaves(db: Db, leaves: readonly { readonly index: bigint }[]): Promise<Map<bigint, Buffer>> {
  const found = await rows<{ index: string; entry: Buffer }>(
    db,
    'SELECT index::text AS index, entry FROM log_entry e WHERE e.index = ANY($1::bigint[])',
    [leaves.map(({ index }) => String(index))],
    'log-leaves'
  )
  return new Map(found.map(({ index, entry }) => [BigInt(index), entry]))
}

/** Hashes of `count` perfect subtrees of a level (0: leaves) from an index on, one behind the other. */
export async function readHashes(db: Db, { level, first, count }: { level: number; first: bigint; count: number }): Promise<Buffer> {
  const source = level === 0 ? 'SELECT index, leaf_hash AS hash FROM log_entry' : `SELECT index, hash FROM log_node`
  const [row] = await rows<{ hashes: Buffer | null }>(
    db,
    `SELECT string_agg(hash, '' ORDER BY index) AS hashes FROM (${source} WHERE index >= $1 AND index < $2${level === 0 ? '' : ' AND level = $3'}) n`,
    [String(first), String(first + BigInt(count)), ...(level === 0 ? [] : [level])]
  )
  return row?.hashes ?? Buffer.alloc(0)
}
