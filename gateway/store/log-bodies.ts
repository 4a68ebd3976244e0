/** What keeps and deletes what entries say: the bodies that are old enough, and the legal holds that keep them all the same. Triggers refuse what the statements here do not ask for. */
import { type Db, rows, run } from './pool.ts'

export interface LegalHoldRow {
  readonly id: string
  /** null: from the beginning */
  readonly first: Date | null
  /** null: without end */
  readonly last: Date | null
  readonly reason: string
  readonly officer: string
  readonly placed_at: Date
  readonly lifted_at: Date | null
}

export interface ExpiredRange {
  readonly entries: number
  readonly first: number | null
  readonly last: number | null
  readonly from: Date | null
  readonly until: Date | null
}

/** Until the end of the transaction nobody places a hold: one that is placed holds from then on, without a gap. */
export async function lockHolds(db: Db): Promise<number> {
  return run(db, 'LOCK TABLE legal_hold IN SHARE MODE')
}

/** Deletes up to `limit` bodies from before a moment that no legal hold covers, oldest first; those of the last six years never. */
export async function deleteBodies(db: Db, before: Date, limit: number): Promise<ExpiredRange> {
  const [range] = await rows<ExpiredRange & Record<string, unknown>>(
    db,
    `WITH old AS (SELECT index FROM log_body b WHERE b.at < $1 AND b.at <= now() - interval '6 years'
       AND NOT EXISTS (SELECT 1 FROM legal_hold h WHERE h.lifted_at IS NULL AND b.at BETWEEN h.first AND h.last) ORDER BY b.at, b.index LIMIT $2),
     gone AS (DELETE FROM log_body b USING old WHERE b.index = old.index RETURNING b.index, b.at)
     SELECT count(*)::integer AS entries, min(index) AS first, max(index) AS last, min(at) AS from, max(at) AS until FROM gone`,
    [before, limit]
  )
  return range ?? { entries: 0, first: null, last: null, from: null, until: null }
}

export async function insertHold(
  db: Db,
  hold: Pick<LegalHoldRow, 'id' | 'first' | 'last' | 'reason' | 'officer'>,
  at: Date
): Promise<number> {
  return run(
    db,
    `INSERT INTO legal_hold (id, first, last, reason, officer, placed_at)
     VALUES ($1, coalesce($2::timestamptz, '-infinity'), coalesce($3::timestamptz, 'infinity'), $4, $5, $6)`,
    [hold.id, hold.first, hold.last, hold.reason, hold.officer, at]
  )
}

/** 0: there is none in force under this id. */
export async function liftHold(db: Db, id: string, at: Date): Promise<number> {
  return run(db, 'UPDATE legal_hold SET lifted_at = $2 WHERE id = $1 AND lifted_at IS NULL', [id, at])
}

export async function listHolds(db: Db): Promise<LegalHoldRow[]> {
  return rows<LegalHoldRow & Record<string, unknown>>(
    db,
    `SELECT id, CASE WHEN isfinite(first) THEN first END AS first, CASE WHEN isfinite(last) THEN last END AS last, reason, officer, placed_at, lifted_at
     FROM legal_hold ORDER BY placed_at, id`
  )
}
