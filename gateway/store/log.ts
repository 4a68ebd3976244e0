/**
 * The log's tables: the outbox that business transactions write to, the entries in their final order, the head, the
 * checkpoints. The order is given by whoever holds the row lock on the head: any replica may, one at a time.
 */
import { type Db, rows, run } from './pool.ts'

export interface OutboxRow {
  readonly id: number
  readonly key: string
  readonly disclosure: string | null
  readonly kind: string
  readonly statement: string
  readonly salt: Buffer
  readonly entry: Buffer
  /** who may read what it says, beside officers and auditors */
  readonly parties: readonly string[]
  readonly at: Date
}

export interface CheckpointRow {
  readonly size: number
  readonly root: Buffer
  readonly note: string
  readonly at: Date
}

/** Adds to the outbox in the caller's transaction. MUST be durable with it, and MUST NOT add a key twice, before or after sequencing. */
export async function insertOutbox(db: Db, row: Omit<OutboxRow, 'id'>): Promise<number> {
  return run(
    db,
    `INSERT INTO outbox (key, disclosure, kind, statement, salt, entry, parties, at) SELECT $1, $2, $3, $4, $5, $6, $7, $8
     WHERE NOT EXISTS (SELECT 1 FROM log_entry WHERE key = $1) ON CONFLICT (key) DO NOTHING`,
    [row.key, row.disclosure, row.kind, row.statement, row.salt, row.entry, row.parties, row.at]
  )
}

export async function lockHead(db: Db): Promise<{ size: number; range: Buffer }> {
  const [head] = await rows<{ size: number; range: Buffer }>(db, 'SELECT size, range FROM log_head FOR UPDATE')
  return head as { size: number; range: Buffer } // the migration inserts the one row
}

/** Drops what the log holds already: an entry added again in the very moment it was given its place. MUST run under the head's lock. */
export async function dropPlaced(db: Db): Promise<number> {
  return run(db, 'DELETE FROM outbox o USING log_entry l WHERE l.key = o.key')
}

/** What waits, oldest first; drained by presence, since ids may commit out of order. */
export async function takeOutbox(db: Db, limit: number): Promise<OutboxRow[]> {
  return rows<OutboxRow>(
    db,
    'DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $1) RETURNING id, key, disclosure, kind, statement, salt, entry, parties, at',
    [limit]
  )
}

export async function insertEntries(db: Db, first: number, entries: readonly (OutboxRow & { leafHash: Buffer })[]): Promise<number> {
  await run(
    db,
    `INSERT INTO log_body (index, at, disclosure, parties, statement, salt)
     SELECT $1::bigint + n - 1, at, disclosure, ARRAY(SELECT jsonb_array_elements_text(parties)), statement, salt
     FROM unnest($2::timestamptz[], $3::uuid[], $4::jsonb[], $5::text[], $6::bytea[]) WITH ORDINALITY AS t (at, disclosure, parties, statement, salt, n)`,
    [
      first,
      entries.map((e) => e.at),
      entries.map((e) => e.disclosure),
      entries.map((e) => JSON.stringify(e.parties)),
      entries.map((e) => e.statement),
      entries.map((e) => e.salt)
    ]
  )
  return run(
    db,
    `INSERT INTO log_entry (index, key, disclosure, kind, entry, leaf_hash, at)
     SELECT $1::bigint + n - 1, key, disclosure, kind, entry, leaf_hash, at
     FROM unnest($2::text[], $3::uuid[], $4::text[], $5::bytea[], $6::bytea[], $7::timestamptz[])
       WITH ORDINALITY AS t (key, disclosure, kind, entry, leaf_hash, at, n)`,
    [
      first,
      entries.map((e) => e.key),
      entries.map((e) => e.disclosure),
      entries.map((e) => e.kind),
      entries.map((e) => e.entry),
      entries.map((e) => e.leafHash),
      entries.map((e) => e.at)
    ]
  )
}

export async function insertNodes(db: Db, nodes: readonly { level: number; index: bigint; hash: Buffer }[]): Promise<number> {
  if (nodes.length === 0) return 0
  return run(db, 'INSERT INTO log_node (level, index, hash) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])', [
    nodes.map((n) => n.level),
    nodes.map((n) => n.index.toString()),
    nodes.map((n) => n.hash)
  ])
}

/** The hashes of perfect subtrees, leaves (level 0) among them, in any order. */
export async function findNodes(
  db: Db,
  nodes: readonly { level: number; index: bigint }[]
): Promise<{ level: number; index: number; hash: Buffer }[]> {
  return rows<{ level: number; index: number; hash: Buffer }>(
    db,
    `WITH wanted AS (SELECT * FROM unnest($1::smallint[], $2::bigint[]) AS t (level, index))
     SELECT n.level, n.index, n.hash FROM log_node n JOIN wanted USING (level, index)
     UNION ALL SELECT 0, e.index, e.leaf_hash FROM log_entry e JOIN wanted w ON w.index = e.index AND w.level = 0`,
    [nodes.map((n) => n.level), nodes.map((n) => n.index.toString())]
  )
}

export async function setHead(db: Db, size: number, range: Buffer): Promise<number> {
  return run(db, 'UPDATE log_head SET size = $1, range = $2', [size, range])
}

export async function latestCheckpoint(db: Db): Promise<CheckpointRow | null> {
  return (await rows<CheckpointRow>(db, 'SELECT * FROM checkpoint ORDER BY size DESC LIMIT 1'))[0] ?? null
}

export async function insertCheckpoint(db: Db, row: { size: number; root: Buffer; note: string }): Promise<number> {
  return run(db, 'INSERT INTO checkpoint (size, root, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [row.size, row.root, row.note])
}
