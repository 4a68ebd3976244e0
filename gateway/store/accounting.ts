/** What an accounting of disclosures is made of beside the subjects' rows: entries of the log, and the tables of incidents and suspensions that are held against them. */
import { type Db, rows, run } from './pool.ts'

/** The entry that released a dataset; what it says is null once that has expired. */
export interface ReleaseEntry {
  readonly index: number
  readonly entry: Buffer
  readonly disclosure: string
  readonly statement: string | null
  readonly salt: Buffer | null
}

/** The entries of these datasets. An expired body no longer names its dataset, so the key does. */
export async function releaseEntries(db: Db, disclosures: readonly string[]): Promise<ReleaseEntry[]> {
  return rows<ReleaseEntry>(
    db,
    `SELECT index, entry, substr(key, 18)::uuid AS disclosure, statement, salt FROM logged
     WHERE key = ANY(SELECT 'dataset-released:' || d FROM unnest($1::text[]) AS d)`,
    [disclosures]
  )
}

/** Datasets with rows of subjects, oldest first, as the entries under the newest checkpoint say: rows that are gone are missed. */
export async function datasetsWithSubjects(db: Db): Promise<string[]> {
  const found = await rows<{ disclosure: string }>(
    db,
    `SELECT disclosure FROM logged WHERE kind = 'dataset-released' AND index < (SELECT max(size) FROM checkpoint)
     AND statement::jsonb ->> 'subjectsRoot' IS NOT NULL ORDER BY index`
  )
  return found.map((row) => row.disclosure)
}

/** An entry by its kind; `index` is null while it waits for its place, what it says once that has expired. */
export interface ToldEntry {
  readonly index: number | null
  readonly key: string
  readonly entry: Buffer
  readonly statement: string | null
  readonly salt: Buffer | null
}

/** Which entries of a kind: all, or those whose statement holds one of these parts, from a moment on. */
export interface Sought {
  readonly holding?: readonly Readonly<Record<string, unknown>>[]
  readonly since?: Date
}

/** Entries of a kind in the order of the log; those that wait come last. What has expired is among them where all are sought. */
export async function toldEntries(db: Db, kind: string, { holding, since }: Sought): Promise<ToldEntry[]> {
  return rows<ToldEntry>(
    db,
    `SELECT index, key, entry, statement, salt FROM (
       SELECT e.index, e.key, e.entry, b.statement, b.salt, e.at FROM log_entry e LEFT JOIN log_body b USING (index) WHERE e.kind = $1
       UNION ALL SELECT NULL, o.key, o.entry, o.statement, o.salt, o.at FROM outbox o WHERE o.kind = $1) t
     WHERE ($2::jsonb[] IS NULL OR statement::jsonb @> ANY($2::jsonb[])) AND at >= $3 ORDER BY index`,
    [kind, holding?.map((part) => JSON.stringify(part)) ?? null, since ?? '-infinity']
  )
}

/** The first entry of each of these datasets that says that a file of it was handed over; those that wait are not looked at. */
export async function firstDeliveries(db: Db, disclosures: readonly string[]): Promise<(ToldEntry & { readonly index: number })[]> {
  return rows<ToldEntry & { readonly index: number }>(
    db,
    `SELECT DISTINCT ON (b.disclosure) index, e.key, e.entry, b.statement, b.salt FROM log_body b JOIN log_entry e USING (index)
     WHERE b.disclosure = ANY($1::uuid[]) AND e.kind = 'file-delivered' AND index < (SELECT max(size) FROM checkpoint) ORDER BY b.disclosure, e.at`,
    [disclosures]
  )
}

export interface IncidentRow {
  readonly disclosure: string
  readonly at: Date
}

export async function listIncidents(db: Db): Promise<IncidentRow[]> {
  return rows<IncidentRow & Record<string, unknown>>(db, 'SELECT disclosure, at FROM incident')
}

/** False when one is open for the dataset already. */
export async function insertIncident(db: Db, row: { disclosure: string; at: Date; officer: string; reason: string }): Promise<boolean> {
  const sql = 'INSERT INTO incident (disclosure, at, officer, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING'
  return (await run(db, sql, [row.disclosure, row.at, row.officer, row.reason])) === 1
}

export interface SuspensionRow {
  readonly id: string
  readonly party: string
  readonly recipient: string
  readonly mac: Buffer
  /** YYYY-MM-DD */
  readonly first: string
  readonly last: string
}

export async function insertSuspension(db: Db, row: SuspensionRow & { at: Date }): Promise<number> {
  const sql = 'INSERT INTO suspension (id, party, recipient, mac, first, last, placed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)'
  return run(db, sql, [row.id, row.party, row.recipient, row.mac, row.first, row.last, row.at])
}

/** The suspension as it was; null when there is none of that number in force. */
export async function liftSuspension(db: Db, id: string, at: Date): Promise<SuspensionRow | null> {
  const sql = `UPDATE suspension SET lifted_at = $2 WHERE id = $1 AND lifted_at IS NULL
    RETURNING id, party, recipient, mac, first::text AS first, last::text AS last`
  return (await rows<SuspensionRow>(db, sql, [id, at]))[0] ?? null
}

export interface KeptSuspension extends SuspensionRow {
  readonly lifted: boolean
}

export async function listSuspensions(db: Db): Promise<KeptSuspension[]> {
  return rows<KeptSuspension & Record<string, unknown>>(
    db,
    'SELECT id, party, recipient, mac, first::text AS first, last::text AS last, lifted_at IS NOT NULL AS lifted FROM suspension'
  )
}
