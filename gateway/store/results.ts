/** What the release pass leaves on the way: per bucket a file and an index, then the shards made of them, and the ledger of released subjects. */
import { type Db, rows, run } from './pool.ts'

/** Where a bucket's lines of one resource type lie in its file: packed and sealed. */
export interface Segment {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly records: number
  readonly plainBytes: number
}

interface BucketCounts {
  readonly received: number
  readonly withheld: Record<string, number>
  /** subjects of whom all or some stay back because they said so */
  readonly optedOut?: number
  /** subjects with records that stay back for their sensitive categories, by the codes of these */
  readonly sensitive?: Record<string, number>
  readonly refusedTexts?: Record<string, number>
}

export interface BucketRow {
  readonly disclosure: string
  readonly bucket: number
  readonly file: string
  readonly index: Segment[]
  readonly counts: BucketCounts
  readonly subjects: Buffer
  readonly levels: Buffer | null
  /** sealed counts of the quality of its records; absent where there are none */
  readonly quality?: Buffer | null
}

export interface ShardRow {
  readonly disclosure: string
  readonly part: number
  readonly name: string
  readonly type: string
  readonly first_bucket: number
  readonly last_bucket: number
  readonly file: string | null
  readonly records: number | null
  readonly bytes: number | null
  readonly sha256: Buffer | null
  readonly plain_bytes: number | null
  readonly plain_sha256: Buffer | null
}

/** False when the bucket was already done by another attempt. */
export async function insertBucket(db: Db, row: Omit<BucketRow, 'levels'>): Promise<boolean> {
  const inserted = await run(
    db,
    `INSERT INTO bucket_result (disclosure, bucket, file, index, counts, subjects, quality) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT DO NOTHING`,
    [row.disclosure, row.bucket, row.file, JSON.stringify(row.index), JSON.stringify(row.counts), row.subjects, row.quality ?? null]
  )
  return inserted === 1
}

export async function listBuckets(db: Db, disclosure: string, first = 0, last = 2 ** 31 - 1): Promise<BucketRow[]> {
  return rows<BucketRow>(db, 'SELECT * FROM bucket_result WHERE disclosure = $1 AND bucket BETWEEN $2 AND $3 ORDER BY bucket', [
    disclosure,
    first,
    last
  ])
}

/** Bucket rows read at a time: each holds the sealed rows of its subjects. */
const BUCKET_PAGE = 8

/** The rows of buckets `first` to `last`, in order, a page in memory at a time. */
export async function* bucketPages(db: Db, disclosure: string, first: number, last: number): AsyncGenerator<BucketRow> {
  for (let from = first; from <= last; from += BUCKET_PAGE)
    yield* await listBuckets(db, disclosure, from, Math.min(from + BUCKET_PAGE - 1, last))
}

export async function setLevels(db: Db, disclosure: string, bucket: number, levels: Buffer): Promise<number> {
  return run(db, 'UPDATE bucket_result SET levels = $3 WHERE disclosure = $1 AND bucket = $2', [disclosure, bucket, levels])
}

/** Drops one bucket, to be made anew; its file, to be removed after the commit. */
export async function dropBucket(db: Db, disclosure: string, bucket: number): Promise<string[]> {
  const gone = await rows<{ file: string }>(db, 'DELETE FROM bucket_result WHERE disclosure = $1 AND bucket = $2 RETURNING file', [
    disclosure,
    bucket
  ])
  return gone.map((row) => row.file)
}

export async function deleteBuckets(db: Db, disclosure: string): Promise<string[]> {
  return (await rows<{ file: string }>(db, 'DELETE FROM bucket_result WHERE disclosure = $1 RETURNING file', [disclosure])).map(
    (row) => row.file
  )
}

export async function planShards(
  db: Db,
  disclosure: string,
  shards: readonly { name: string; type: string; firstBucket: number; lastBucket: number }[]
): Promise<number> {
  return run(
    db,
    `INSERT INTO shard (disclosure, part, name, type, first_bucket, last_bucket)
     SELECT $1, (n - 1)::integer, name, type, f, l FROM unnest($2::text[], $3::text[], $4::integer[], $5::integer[]) WITH ORDINALITY AS t (name, type, f, l, n)
     ON CONFLICT DO NOTHING`,
    [disclosure, shards.map((s) => s.name), shards.map((s) => s.type), shards.map((s) => s.firstBucket), shards.map((s) => s.lastBucket)]
  )
}

export async function findShard(db: Db, disclosure: string, part: number): Promise<ShardRow | null> {
  return (await rows<ShardRow>(db, 'SELECT * FROM shard WHERE disclosure = $1 AND part = $2', [disclosure, part]))[0] ?? null
}

/** The file a shard was sealed into; 0 when another attempt was first. */
export async function keepShard(
  db: Db,
  row: {
    disclosure: string
    part: number
    file: string
    records: number
    bytes: number
    sha256: Buffer
    plainBytes: number
    plainSha256: Buffer
  }
): Promise<number> {
  return run(
    db,
    `UPDATE shard SET file = $3, records = $4, bytes = $5, sha256 = $6, plain_bytes = $7, plain_sha256 = $8
     WHERE disclosure = $1 AND part = $2 AND file IS NULL`,
    [row.disclosure, row.part, row.file, row.records, row.bytes, row.sha256, row.plainBytes, row.plainSha256]
  )
}

/** Drops the plan and what was sealed by it, where the gate has to judge again or nothing is released; the files, to be removed after the commit. */
export async function dropShards(db: Db, disclosure: string): Promise<string[]> {
  const gone = await rows<{ file: string | null }>(db, 'DELETE FROM shard WHERE disclosure = $1 RETURNING file', [disclosure])
  return gone.flatMap((row) => (row.file === null ? [] : [row.file]))
}

/** The files of a dataset that is past its time: their rows stay, without them. */
export async function forgetShardFiles(db: Db, disclosure: string): Promise<string[]> {
  const gone = await rows<{ file: string }>(
    db,
    'UPDATE shard s SET file = NULL FROM shard old WHERE s.disclosure = $1 AND old.disclosure = s.disclosure AND old.part = s.part AND old.file IS NOT NULL RETURNING old.file',
    [disclosure]
  )
  return gone.map((row) => row.file)
}

/** The sealed shards that hold at least one record, by name. */
export async function listShards(db: Db, disclosure: string): Promise<ShardRow[]> {
  return rows<ShardRow>(db, 'SELECT * FROM shard WHERE disclosure = $1 AND records > 0 ORDER BY type, part', [disclosure])
}

export interface ReleasedSubject {
  readonly key: Buffer
  readonly level: number
  readonly class_mac: Buffer
  /** where the profile declares quasi-identifiers; else null */
  readonly declaration: string | null
  readonly node: readonly number[] | null
  readonly view_mac: Buffer | null
  /** which sensitive attributes were asked, and their values; null where none */
  readonly told: readonly Buffer[] | null
}

/** Adds to the ledger of an agreement; a subject released again takes its latest class, unless it came without characteristics this time (`class_mac` null). */
export async function keepReleased(db: Db, agreement: string, disclosure: string, subjects: readonly ReleasedSubject[]): Promise<number> {
  if (subjects.length === 0) return 0
  // what stood there comes back if nobody receives this dataset
  await run(
    db,
    'INSERT INTO released_before SELECT $2::uuid, r.* FROM released_subject r WHERE r.agreement = $1 AND r.key = ANY($3::bytea[]) ON CONFLICT DO NOTHING',
    [agreement, disclosure, subjects.map((s) => s.key)]
  )
  return run(
    db,
    `INSERT INTO released_subject (agreement, key, level, class_mac, declaration, node, view_mac, told, disclosure)
     SELECT $1, key, level, class_mac, declaration, node::smallint[], view_mac, told::bytea[], $9
     FROM unnest($2::bytea[], $3::smallint[], $4::bytea[], $5::text[], $6::text[], $7::bytea[], $8::text[])
       AS t (key, level, class_mac, declaration, node, view_mac, told)
     ON CONFLICT (agreement, key) DO UPDATE SET level = EXCLUDED.level, class_mac = EXCLUDED.class_mac,
       declaration = EXCLUDED.declaration, node = EXCLUDED.node, view_mac = EXCLUDED.view_mac, told = EXCLUDED.told, disclosure = EXCLUDED.disclosure`,
    [
      agreement,
      subjects.map((s) => s.key),
      subjects.map((s) => s.level),
      subjects.map((s) => s.class_mac),
      subjects.map((s) => s.declaration),
      subjects.map((s) => (s.node === null ? null : `{${s.node.join()}}`)),
      subjects.map((s) => s.view_mac),
      // an array of arrays of different lengths is none in SQL, so each goes as a text
      subjects.map((s) => (s.told === null ? null : `{${s.told.map((name) => `"\\\\x${name.toString('hex')}"`).join()}}`)),
      disclosure
    ]
  )
}

/** A page of the ledger after `key`. */
export async function releasedPage(db: Db, agreement: string, after: Buffer, limit: number): Promise<ReleasedSubject[]> {
  return rows<ReleasedSubject>(
    db,
    'SELECT key, level, class_mac, declaration, node, view_mac, told FROM released_subject WHERE agreement = $1 AND key > $2 ORDER BY key LIMIT $3',
    [agreement, after, limit]
  )
}
