/**
 * The log read in bulk, to be verified or exported: hundreds of thousands of rows a second. Rows are packed by the server into one value (PostgreSQL's binary
 * form of a record) and taken apart here; a row object for each from the driver would cost more than all the hashing. Decides nothing.
 */
import type { StoredBody, StoredEntry } from '../core/log/fsck.ts'
import type { CheckpointRow, NodeRow } from './log.ts'
import { type Db, rows } from './pool.ts'

async function packed(db: Db, text: string, values: readonly unknown[]): Promise<Buffer> {
  const [row] = await rows<{ packed: string | null }>(db, `SELECT encode(packed, 'base64') AS packed FROM (${text}) p`, values)
  return Buffer.from(row?.packed ?? '', 'base64')
}

/** Fields of records one behind the other: a count of fields, then type, length and bytes of each. */
class Records {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Moves to the next record; false at the end. */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false
    this.#at += 4
    return true
  }

  field(): Buffer | null {
    const length = this.#bytes.readInt32BE(this.#at + 4)
    this.#at += 8
    if (length < 0) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  bytes(): Buffer {
    return this.field() ?? Buffer.alloc(0)
  }

  text(): string {
    const length = this.#bytes.readInt32BE(this.#at + 4)
    this.#at += 8 + Math.max(0, length)
    return length <= 0 ? '' : this.#bytes.toString('latin1', this.#at - length, this.#at)
  }

  utf8(): string {
    return this.bytes().toString('utf8')
  }

  /** A bigint of the database as a number: exact below 2^53. */
  number(): number {
    this.#at += 16
    return this.#bytes.readInt32BE(this.#at - 8) * 2 ** 32 + this.#bytes.readUInt32BE(this.#at - 4)
  }

  bigint(): bigint {
    this.#at += 16
    return this.#bytes.readBigInt64BE(this.#at - 8)
  }
}

function bodyOf(records: Records): StoredBody | null {
  const moment = records.field()
  const disclosure = records.field()
  const parties = records.utf8()
  const keyed = records.field()
  const salted = records.field()
  if (moment === null || salted === null) return null
  const at = moment.readInt32BE(0) * 2 ** 32 + moment.readUInt32BE(4)
  return { at, disclosure: disclosure?.toString('latin1') ?? null, parties, keyed, salted }
}

/** Entries from `first` up to, not including, `end`, by index, with what they say where that is still there. */
export async function readEntries(db: Db, first: bigint, end: bigint): Promise<StoredEntry[]> {
  const records = new Records(
    await packed(
      db,
      `SELECT string_agg(record_send(t), '') AS packed FROM (
         SELECT e.index, e.at, e.kind, '\\x00'::bytea || e.entry, e.leaf_hash, b.at AS moment, b.disclosure::text, to_json(b.parties)::text, 
           CASE WHEN octet_length(b.seed) = 32 THEN b.seed || convert_to(e.key, 'UTF8') WHEN b.seed IS NOT NULL THEN '' END,
           CASE WHEN octet_length(b.salt) = 32 THEN b.salt || convert_to(b.statement, 'UTF8') WHEN b.salt IS NOT NULL THEN '' END
         FROM log_entry e LEFT JOIN log_body b ON b.index = e.index AND b.index >= $1 AND b.index < $2
         WHERE e.index >= $1 AND e.index < $2 ORDER BY e.index) t`,
      [String(first), String(end)]
    )
  )
  const entries: StoredEntry[] = []
  while (records.next()) {
    const [index, at] = [records.bigint(), records.number()]
    const [kind, leaf, leafHash] = [records.text(), records.bytes(), records.bytes()]
    entries.push({ index, at, kind, leaf, leafHash, body: bodyOf(records) })
  }
  return entries
}

/** The nodes that a tree completes when it grows from `first` to `end` leaves. */
const COMPLETED = `FROM generate_series(1, 62) AS l (level) JOIN log_node n ON n.level = l.level AND n.index >= $1::bigint >> l.level AND n.index < $2::bigint >> l.level
  WHERE $1::bigint >> l.level < $2::bigint >> l.level`

/** The hashes of those nodes, one behind the other, by level and index. */
export async function readNodeHashes(db: Db, first: bigint, end: bigint): Promise<Buffer> {
  return packed(db, `SELECT string_agg(n.hash, '' ORDER BY n.level, n.index) AS packed ${COMPLETED}`, [String(first), String(end)])
}

/** The same row by row: to name the one that is wrong. */
export async function readNodes(db: Db, first: bigint, end: bigint): Promise<NodeRow[]> {
  const found = await rows<{ level: number; index: string; hash: Buffer }>(
    db,
    `SELECT n.level, n.index::text AS index, n.hash ${COMPLETED} ORDER BY n.level, n.index`,
    [String(first), String(end)]
  )
  return found.map((row) => ({ ...row, index: BigInt(row.index) }))
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
