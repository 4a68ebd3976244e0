/** What the log keeps of subjects: their keys, their other names, the rows of each dataset and the tiles of its tree. Rows and tiles are append-only; a key is destroyed once. */
import type { Pool } from 'pg'
import { type Db, rows, run } from './pool.ts'

/** A subject's key of one year; `mac` names the subject. */
export interface SubjectKeyRow {
  readonly id: number
  readonly party: string
  readonly year: number
  readonly mac: Buffer
  readonly sealed: Buffer
}

/** A row of a dataset, at its place in the tree. */
export interface SubjectRowAt {
  readonly disclosure: string
  readonly position: number
  readonly subject: number
  readonly sealed: Buffer
}

/** Proposes keys (sorted by mac by the caller, so that two replicas cannot deadlock); one that is there already stays. */
export async function proposeSubjectKeys(
  db: Db,
  party: string,
  year: number,
  proposed: readonly { mac: Buffer; sealed: Buffer }[]
): Promise<number> {
  if (proposed.length === 0) return 0
  return run(
    db,
    `INSERT INTO subject_key (party, year, mac, sealed) SELECT $1, $2, mac, sealed FROM unnest($3::bytea[], $4::bytea[]) AS t (mac, sealed)
     ON CONFLICT DO NOTHING`,
    [party, year, proposed.map((row) => row.mac), proposed.map((row) => row.sealed)]
  )
}

export async function findSubjectKeys(db: Db, year: number, macs: readonly Buffer[]): Promise<SubjectKeyRow[]> {
  if (macs.length === 0) return []
  return rows<SubjectKeyRow>(db, 'SELECT id, party, year, mac, sealed FROM subject_key WHERE year = $1 AND mac = ANY($2::bytea[])', [
    year,
    macs
  ])
}

/** The keys of all years of whom these names name, under its own name or another. */
export async function subjectKeysNamed(db: Db, macs: readonly Buffer[]): Promise<SubjectKeyRow[]> {
  return rows<SubjectKeyRow>(
    db,
    `SELECT id, party, year, mac, sealed FROM subject_key WHERE mac = ANY($1::bytea[])
     UNION SELECT k.id, k.party, k.year, k.mac, k.sealed FROM subject_alias a JOIN subject_key k ON k.id = a.subject WHERE a.mac = ANY($1::bytea[]) AND k.sealed IS NOT NULL`,
    [macs]
  )
}

/** The keys with these numbers, the destroyed ones not. */
export async function subjectKeysById(db: Db, ids: readonly number[]): Promise<SubjectKeyRow[]> {
  const sql = 'SELECT id, party, year, mac, sealed FROM subject_key WHERE id = ANY($1::bigint[]) AND sealed IS NOT NULL'
  return rows<SubjectKeyRow>(db, sql, [ids])
}

/** Another name of a subject, and the number of the key it leads to. */
export interface AliasRow {
  readonly mac: Buffer
  readonly subject: number
}

/** A page of the other names of whose keys are there, by key, behind `after`. */
export async function aliasesFrom(db: Db, after: AliasRow | null, limit: number): Promise<AliasRow[]> {
  return rows<AliasRow & Record<string, unknown>>(
    db,
    `SELECT a.mac, a.subject FROM subject_alias a JOIN subject_key k ON k.id = a.subject
     WHERE k.sealed IS NOT NULL AND (a.subject, a.mac) > ($1::bigint, $2::bytea) ORDER BY a.subject, a.mac LIMIT $3`,
    [after?.subject ?? -1, after?.mac ?? Buffer.of(), limit]
  )
}

/** How many of these names lead to their key. */
export async function countAliases(db: Db, aliases: readonly AliasRow[]): Promise<number> {
  const [row] = await rows<{ n: number }>(
    db,
    `SELECT count(*) AS n FROM unnest($1::bytea[], $2::bigint[]) AS w (mac, subject)
     WHERE EXISTS (SELECT FROM subject_alias a WHERE a.mac = w.mac AND a.subject = w.subject)`,
    [aliases.map((a) => a.mac), aliases.map((a) => a.subject)]
  )
  return row?.n ?? 0
}

/** How many of these numbers are keys, destroyed ones too. */
export async function countSubjectKeys(db: Db, ids: readonly number[]): Promise<number> {
  return (await rows<{ n: number }>(db, 'SELECT count(*) AS n FROM subject_key WHERE id = ANY($1::bigint[])', [ids]))[0]?.n ?? 0
}

/** Adds them (sorted by the caller, so that two replicas cannot deadlock); one that is there already stays. */
export async function insertAliases(db: Db, aliases: readonly AliasRow[]): Promise<number> {
  if (aliases.length === 0) return 0
  return run(db, 'INSERT INTO subject_alias (mac, subject) SELECT * FROM unnest($1::bytea[], $2::bigint[]) ON CONFLICT DO NOTHING', [
    aliases.map((a) => a.mac),
    aliases.map((a) => a.subject)
  ])
}

/** Adds rows of a dataset from `first` on, in their order. Sealed bytes go as one binary value: five times as fast as an array of them. */
export async function insertSubjectRows(
  db: Db,
  disclosure: string,
  first: number,
  added: readonly { subject: number; sealed: Buffer }[]
): Promise<number> {
  const ends: number[] = []
  for (const { sealed } of added) ends.push((ends.at(-1) ?? 0) + sealed.length)
  return run(
    db,
    `INSERT INTO subject_row (disclosure, position, subject, sealed)
     SELECT $1, $2::integer + n - 1, subject, substring($3::bytea FROM last - length + 1 FOR length)
     FROM unnest($4::bigint[], $5::integer[], $6::integer[]) WITH ORDINALITY AS t (subject, last, length, n)`,
    [
      disclosure,
      first,
      Buffer.concat(added.map((row) => row.sealed)),
      added.map((row) => row.subject),
      ends,
      added.map((row) => row.sealed.length)
    ]
  )
}

export async function insertTiles(
  db: Db,
  disclosure: string,
  tiles: readonly { level: number; index: number; hashes: Buffer }[]
): Promise<number> {
  return run(
    db,
    'INSERT INTO subject_tile (disclosure, level, index, hashes) SELECT $1, * FROM unnest($2::smallint[], $3::integer[], $4::bytea[])',
    [disclosure, tiles.map((t) => t.level), tiles.map((t) => t.index), tiles.map((t) => t.hashes)]
  )
}

/** All rows under these keys. */
export async function rowsOfSubjects(db: Db, subjects: readonly number[]): Promise<SubjectRowAt[]> {
  return rows<SubjectRowAt>(
    db,
    'SELECT disclosure, position, subject, sealed FROM subject_row WHERE subject = ANY($1::bigint[]) ORDER BY disclosure, position',
    [subjects]
  )
}

/** A page of a dataset's rows from `first` on. */
export async function rowsOfDataset(db: Db, disclosure: string, first: number, limit: number): Promise<SubjectRowAt[]> {
  return rows<SubjectRowAt>(
    db,
    'SELECT disclosure, position, subject, sealed FROM subject_row WHERE disclosure = $1 AND position >= $2 ORDER BY position LIMIT $3',
    [disclosure, first, limit]
  )
}

export interface TileRow {
  readonly disclosure: string
  readonly level: number
  readonly index: number
  readonly hashes: Buffer
}

export async function findTiles(db: Db, tiles: readonly { disclosure: string; level: number; index: number }[]): Promise<TileRow[]> {
  return rows<TileRow>(
    db,
    `SELECT t.disclosure, t.level, t.index, t.hashes FROM subject_tile t
     JOIN unnest($1::uuid[], $2::smallint[], $3::integer[]) AS w (disclosure, level, index) USING (disclosure, level, index)`,
    [tiles.map((t) => t.disclosure), tiles.map((t) => t.level), tiles.map((t) => t.index)]
  )
}

export async function tilesOfDataset(db: Db, disclosure: string): Promise<TileRow[]> {
  return rows<TileRow>(db, 'SELECT disclosure, level, index, hashes FROM subject_tile WHERE disclosure = $1 ORDER BY level, index', [
    disclosure
  ])
}

export interface ShreddedYear {
  readonly party: string
  readonly year: number
  readonly keys: number
}

/** How many keys are destroyed, by party and year. */
export async function shreddedYears(db: Db): Promise<ShreddedYear[]> {
  return rows<ShreddedYear & Record<string, unknown>>(
    db,
    'SELECT party, year, count(*) AS keys FROM subject_key WHERE sealed IS NULL GROUP BY party, year ORDER BY party, year'
  )
}

/** How many rows this name finds. */
export async function countRowsNamed(db: Db, mac: Buffer): Promise<number> {
  const keys = await subjectKeysNamed(db, [mac])
  return (
    (
      await rows<{ n: number }>(db, 'SELECT count(*) AS n FROM subject_row WHERE subject = ANY($1::bigint[])', [keys.map(({ id }) => id)])
    )[0]?.n ?? 0
  )
}

/**
 * Gives the room of destroyed keys and names back, so that their bytes are written over sooner. Outside a transaction. 'skipped': the role may not, or the
 * database would not.
 */
export async function vacuumShredded(pool: Pool): Promise<'done' | 'skipped'> {
  try {
    const client = await pool.connect()
    const warned: string[] = []
    const hear = ({ severity = '' }: { severity?: string | undefined }): void => void warned.push(severity)
    client.on('notice', hear)
    try {
      await run(client, 'SET statement_timeout = 0')
      await run(client, 'VACUUM subject_key, subject_alias')
      return warned.includes('WARNING') ? 'skipped' : 'done'
    } finally {
      client.off('notice', hear)
      client.release(true) // nothing else runs without a limit
    }
  } catch {
    return 'skipped'
  }
}

/** Destroys up to `limit` keys of years that are over for six years and under no legal hold: how many of each party and year. */
export async function shredKeys(db: Db, at: Date, limit: number): Promise<{ party: string; year: number; keys: number }[]> {
  return rows<{ party: string; year: number; keys: number }>(
    db,
    `WITH years AS (SELECT y AS year FROM generate_series((SELECT min(year) FROM subject_key WHERE sealed IS NOT NULL), extract(year FROM $1::timestamptz)::integer - 6) AS y
       WHERE may_shred(y, $1)),
     old AS (SELECT k.id FROM subject_key k JOIN years USING (year) WHERE k.sealed IS NOT NULL LIMIT $2 FOR UPDATE OF k SKIP LOCKED),
     gone AS (UPDATE subject_key k SET mac = NULL, sealed = NULL, shredded_at = $1 FROM old WHERE k.id = old.id RETURNING k.party, k.year)
     SELECT party, year, count(*) AS keys FROM gone GROUP BY party, year ORDER BY party, year`,
    [at, limit]
  )
}

/** Forgets the other names of whose keys are destroyed. */
export async function dropAliases(db: Db): Promise<number> {
  return run(db, 'DELETE FROM subject_alias a USING subject_key k WHERE k.id = a.subject AND k.sealed IS NULL')
}
