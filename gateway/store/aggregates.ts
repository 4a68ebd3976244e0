/** What aggregate-only releases told, per agreement and recipient: sealed bytes. */
import { type Db, rows, run } from './pool.ts'

export interface AggregateRow {
  readonly disclosure: string
  readonly scope: string
  readonly sealed: Buffer
}

/** Kept with the gate's judgement; judged again, it is another. */
export async function keepAggregate(db: Db, row: AggregateRow): Promise<number> {
  return run(
    db,
    `INSERT INTO aggregate_told (disclosure, scope, sealed) VALUES ($1, $2, $3)
     ON CONFLICT (disclosure) DO UPDATE SET sealed = EXCLUDED.sealed`,
    [row.disclosure, row.scope, row.sealed]
  )
}

/** Those of datasets that were recorded, but for this one: whatever became of them since, the recipient may have them. */
export async function recordedAggregates(db: Db, scope: string, except: string): Promise<AggregateRow[]> {
  return rows<AggregateRow>(
    db,
    `SELECT a.* FROM aggregate_told a JOIN disclosure d ON d.id = a.disclosure
     WHERE a.scope = $1 AND a.disclosure <> $2 AND d.state IN ('recorded', 'ready', 'recalled', 'expired') ORDER BY d.at, d.id`,
    [scope, except]
  )
}
