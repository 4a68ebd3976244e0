/** Quality of data: one row for each submission of a disclosure. Numbers only. One statement a function. */
import type { Figures, Promised, Shortfall } from '../core/quality/figures.ts'
import { type Db, rows, run } from './pool.ts'

export interface QualityRow {
  readonly disclosure: string
  readonly submission: string
  readonly agreement: string
  readonly figures: Figures
  readonly shortfalls: readonly Shortfall[]
  /** the officer who released the dataset though it was below what is promised */
  readonly accepted_by: string | null
  readonly at: Date
}

/** With what was promised when it was judged. */
export interface JudgedRow extends QualityRow {
  readonly promised: Promised | null
}

/** Keeps the figures of a submission; those of an earlier judgement of the same dataset make way, the officer's word stays. */
export async function keepQuality(
  db: Db,
  row: Pick<QualityRow, 'disclosure' | 'submission' | 'agreement' | 'figures' | 'shortfalls'>
): Promise<number> {
  return run(
    db,
    `INSERT INTO quality (disclosure, submission, agreement, figures, shortfalls) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (disclosure, submission) DO UPDATE SET figures = EXCLUDED.figures, shortfalls = EXCLUDED.shortfalls, at = now()`,
    [row.disclosure, row.submission, row.agreement, JSON.stringify(row.figures), JSON.stringify(row.shortfalls)]
  )
}

export async function qualityOf(db: Db, disclosure: string): Promise<QualityRow[]> {
  return rows<QualityRow>(db, 'SELECT * FROM quality WHERE disclosure = $1 ORDER BY submission', [disclosure])
}

export async function qualityOfSubmission(db: Db, submission: string): Promise<QualityRow[]> {
  return rows<QualityRow>(db, 'SELECT * FROM quality WHERE submission = $1', [submission])
}

/** An officer released the dataset: its shortfalls hold it no more. */
export async function acceptQuality(db: Db, disclosure: string, officer: string): Promise<number> {
  return run(db, 'UPDATE quality SET accepted_by = $2 WHERE disclosure = $1', [disclosure, officer])
}

/** The last submissions of an agreement, or of each (null), newest first: at most `limit` of each agreement. */
export async function latestQuality(db: Db, agreement: string | null, limit: number): Promise<JudgedRow[]> {
  return rows<JudgedRow>(
    db,
    `SELECT r.disclosure, r.submission, r.agreement, figures, shortfalls, accepted_by, r.at, p.body::jsonb -> 'quality' AS promised FROM (
       SELECT q.*, row_number() OVER (PARTITION BY agreement ORDER BY at DESC, submission) AS place FROM quality q WHERE $1::text IS NULL OR agreement = $1
     ) r JOIN disclosure d ON d.id = r.disclosure JOIN policy p ON p.hash = d.agreement_hash
     WHERE place <= $2 ORDER BY r.agreement, r.at DESC, r.submission`,
    [agreement, limit]
  )
}
