/**
 * What a later no of a patient reaches: the datasets its rows are in, the one that is cut again, the ledger as it was, and the surrogates a recipient is to
 * delete. One statement a function; the caller holds opt-outs, releases and agreements.
 */
import type { DisclosureRow } from './disclosures.ts'
import { type Db, rows, run } from './pool.ts'
import type { SubjectKeyRow } from './subject-rows.ts'

/** A row of a subject in a dataset of whatever state, with the key it is sealed under. */
export interface ReachedRow extends SubjectKeyRow {
  readonly name: Buffer
  readonly disclosure: string
  readonly position: number
  readonly subject: number
  readonly row: Buffer
}

/** Everything released of those who may stand in the list under these names. */
export async function reachedRows(db: Db, names: readonly Buffer[]): Promise<ReachedRow[]> {
  return rows<ReachedRow>(
    db,
    `SELECT c.name, k.id, k.year, k.mac, k.sealed, r.disclosure, r.position, r.subject, r.sealed AS row FROM subject_consent c
     JOIN subject_key k ON k.id = c.subject AND k.sealed IS NOT NULL JOIN subject_row r ON r.subject = k.id
     WHERE c.name = ANY($1::bytea[]) ORDER BY r.disclosure, r.position`,
    [names]
  )
}

/** Who of a dataset's subjects is who in the list. */
export async function insertConsentNames(db: Db, names: readonly { name: Buffer; subject: number }[]): Promise<number> {
  if (names.length === 0) return 0
  return run(db, 'INSERT INTO subject_consent (name, subject) SELECT * FROM unnest($1::bytea[], $2::bigint[]) ON CONFLICT DO NOTHING', [
    names.map((one) => one.name),
    names.map((one) => one.subject)
  ])
}

/** Names of keys that were destroyed lead nowhere. */
export async function dropConsentNames(db: Db): Promise<number> {
  return run(db, 'DELETE FROM subject_consent c USING subject_key k WHERE k.id = c.subject AND k.sealed IS NULL')
}

export async function datasetsById(db: Db, ids: readonly string[]): Promise<DisclosureRow[]> {
  return rows<DisclosureRow>(db, 'SELECT * FROM disclosure WHERE id = ANY($1::uuid[]) ORDER BY id', [ids])
}

/** Recorded or ready datasets of a source that nobody has asked for. */
export async function unfetchedDatasets(db: Db, source: string): Promise<DisclosureRow[]> {
  const sql = `SELECT * FROM disclosure WHERE source = $1 AND state IN ('recorded', 'ready') AND fetched_at IS NULL ORDER BY statement::json->>'at', id`
  return rows<DisclosureRow>(db, sql, [source])
}

/** The first access to a file or manifest, and each later one: false when the dataset is not there any more. Locks its row until the caller's end. */
export async function markFetched(db: Db, id: string): Promise<boolean> {
  const sql = "UPDATE disclosure SET fetched_at = COALESCE(fetched_at, clock_timestamp()) WHERE id = $1 AND state = 'ready'"
  return (await run(db, sql, [id])) === 1
}

export async function markShardFetched(db: Db, disclosure: string, part: number): Promise<number> {
  return run(db, 'UPDATE shard SET fetched_at = COALESCE(fetched_at, now()) WHERE disclosure = $1 AND part = $2', [disclosure, part])
}

/** 0 where nobody asked for any of it: then it was not received. */
export async function markAcknowledged(db: Db, id: string): Promise<number> {
  const sql =
    "UPDATE disclosure SET acknowledged_at = COALESCE(acknowledged_at, now()) WHERE id = $1 AND state = 'ready' AND fetched_at IS NOT NULL"
  return run(db, sql, [id])
}

/** Was all of it handed out, or its receipt confirmed? */
export async function isWhollyFetched(db: Db, id: string): Promise<boolean> {
  const [row] = await rows<{ whole: boolean }>(
    db,
    `SELECT d.acknowledged_at IS NOT NULL OR d.fetched_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM shard s WHERE s.disclosure = d.id AND s.records > 0 AND s.fetched_at IS NULL) AS whole FROM disclosure d WHERE d.id = $1`,
    [id]
  )
  return row?.whole === true
}

/** The dataset that takes the place of another: of the same submissions, policies and moment, under a key of its own; its buckets are still to be cut. */
export async function insertRecut(db: Db, of: string, row: { id: string; sealedKey: Buffer; buckets: number }): Promise<number> {
  await run(
    db,
    `INSERT INTO disclosure (id, agreement, agreement_hash, profile_hash, recipient, source, state, due_at, at, sealed_key, buckets_left, recut_of)
     SELECT $2, agreement, agreement_hash, profile_hash, recipient, source, 'releasing', due_at, at, $3, $4, id FROM disclosure WHERE id = $1`,
    [of, row.id, row.sealedKey, row.buckets]
  )
  return run(
    db,
    'INSERT INTO disclosure_submission (disclosure, submission) SELECT $2, submission FROM disclosure_submission WHERE disclosure = $1',
    [of, row.id]
  )
}

/** Are the buckets of this dataset still to be cut again into another? */
export async function isBeingRecut(db: Db, id: string): Promise<boolean> {
  return (await rows(db, "SELECT FROM disclosure WHERE recut_of = $1 AND state = 'releasing'", [id])).length > 0
}

/** The ledger as it was before this dataset, which nobody received. Withdraw the newest of an agreement first. */
export async function restoreLedger(db: Db, disclosure: string): Promise<void> {
  await run(db, 'DELETE FROM released_subject WHERE disclosure = $1', [disclosure])
  await run(
    db,
    `INSERT INTO released_subject (agreement, key, level, class_mac, declaration, node, view_mac, told, disclosure)
     SELECT agreement, key, level, class_mac, declaration, node, view_mac, told, disclosure FROM released_before WHERE until = $1 ON CONFLICT DO NOTHING`,
    [disclosure]
  )
  await dropLedgerBefore(db, disclosure)
}

/** What stood in the ledger before a dataset that can no longer be withdrawn. */
export async function dropLedgerBefore(db: Db, disclosure: string): Promise<number> {
  return run(db, 'DELETE FROM released_before WHERE until = $1', [disclosure])
}

export interface DeletedRow {
  readonly agreement: string
  readonly key: Buffer
  readonly sealed: Buffer
}

/** Surrogates to delete, from now on; `clock_timestamp()`, so that it lies after every export that finished. Hold releases first. */
export async function insertDeleted(db: Db, deleted: readonly DeletedRow[]): Promise<number> {
  if (deleted.length === 0) return 0
  return run(
    db,
    `INSERT INTO surrogate_deleted (agreement, key, sealed, at)
     SELECT agreement, key, sealed, clock_timestamp() FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS t (agreement, key, sealed)
     ON CONFLICT (agreement, key) DO UPDATE SET sealed = EXCLUDED.sealed, at = EXCLUDED.at`,
    [deleted.map((row) => row.agreement), deleted.map((row) => row.key), deleted.map((row) => row.sealed)]
  )
}

/** Who is released again is no longer to be deleted. */
export async function undelete(db: Db, agreement: string, keys: readonly Buffer[]): Promise<number> {
  return run(db, 'DELETE FROM surrogate_deleted WHERE agreement = $1 AND key = ANY($2::bytea[])', [agreement, keys])
}

export async function deletedBetween(db: Db, agreement: string, since: Date | null, until: Date): Promise<DeletedRow[]> {
  return rows<DeletedRow>(
    db,
    'SELECT agreement, key, sealed FROM surrogate_deleted WHERE agreement = $1 AND ($2::timestamptz IS NULL OR at > $2) AND at <= $3 ORDER BY key',
    [agreement, since, until]
  )
}

/** How many there are to delete. */
export async function countDeleted(db: Db, agreement: string, since: Date | null, until: Date | null): Promise<number> {
  const [row] = await rows<{ n: number }>(
    db,
    'SELECT count(*) AS n FROM surrogate_deleted WHERE agreement = $1 AND ($2::timestamptz IS NULL OR at > $2) AND ($3::timestamptz IS NULL OR at <= $3)',
    [agreement, since, until]
  )
  return row?.n ?? 0
}
