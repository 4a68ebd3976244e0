/** Export jobs: a recipient's request for what an agreement released since a moment. */
import { type Db, rows, run } from './pool.ts'

export interface ExportRow {
  readonly id: string
  readonly party: string
  readonly agreement: string
  readonly since: Date | null
  readonly types: readonly string[]
  readonly created_at: Date
  readonly finished_at: Date | null
}

export async function insertExport(
  db: Db,
  row: { id: string; party: string; agreement: string; since: Date | null; types: readonly string[] }
): Promise<number> {
  return run(db, 'INSERT INTO export_job (id, party, agreement, since, types, created_at) VALUES ($1, $2, $3, $4, $5, clock_timestamp())', [
    row.id,
    row.party,
    row.agreement,
    row.since,
    row.types
  ])
}

export async function findExport(db: Db, id: string, party: string): Promise<ExportRow | null> {
  return (await rows<ExportRow>(db, 'SELECT * FROM export_job WHERE id = $1 AND party = $2', [id, party]))[0] ?? null
}

/** The moment up to which the export is complete: set once, and from then on the same. Await releases first. */
export async function finishExport(db: Db, id: string): Promise<Date | null> {
  const sql = 'UPDATE export_job SET finished_at = coalesce(finished_at, clock_timestamp()) WHERE id = $1 RETURNING finished_at'
  return (await rows<{ finished_at: Date }>(db, sql, [id]))[0]?.finished_at ?? null
}

export async function deleteExport(db: Db, id: string, party: string): Promise<number> {
  return run(db, 'DELETE FROM export_job WHERE id = $1 AND party = $2', [id, party])
}
