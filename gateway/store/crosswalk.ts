/** The crosswalk: per agreement, a random sealed row for each subject, found by an HMAC. Deleting a row unlinks the subject. */
import { type Db, rows, run } from './pool.ts'

export interface CrosswalkRow {
  readonly key: Buffer
  readonly sealed: Buffer
}

/** Proposes rows (keys sorted by the caller, so that two replicas cannot deadlock); one that is there already stays. */
export async function proposeCrosswalk(db: Db, agreement: string, proposed: readonly CrosswalkRow[]): Promise<number> {
  if (proposed.length === 0) return 0
  return run(
    db,
    `INSERT INTO crosswalk (agreement, key, sealed) SELECT $1, key, sealed FROM unnest($2::bytea[], $3::bytea[]) AS t (key, sealed)
     ON CONFLICT DO NOTHING`,
    [agreement, proposed.map((row) => row.key), proposed.map((row) => row.sealed)]
  )
}

export async function findCrosswalk(db: Db, agreement: string, keys: readonly Buffer[]): Promise<CrosswalkRow[]> {
  if (keys.length === 0) return []
  return rows<CrosswalkRow>(db, 'SELECT key, sealed FROM crosswalk WHERE agreement = $1 AND key = ANY($2::bytea[])', [agreement, keys])
}

/** Unlinks these subjects, for good. */
export async function deleteCrosswalk(db: Db, agreement: string, keys: readonly Buffer[]): Promise<number> {
  return run(db, 'DELETE FROM crosswalk WHERE agreement = $1 AND key = ANY($2::bytea[])', [agreement, keys])
}
