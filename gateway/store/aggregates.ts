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
     WHERE a.scope = $1 AND a.disclosure <> $2 AND (d.state IN ('recorded', 'ready', 'recalled', 'expired') OR d.state = 'withdrawn' AND d.fetched_at IS NOT NULL) ORDER BY d.at, d.id`,
    [scope, except]
  )
}

/** Drops what no recipient has any more, by the agreement each was released under, or never had; how many. */
export async function dropTold(db: Db, now: Date): Promise<number> {
  return run(
    db,
    `DELETE FROM aggregate_told a USING disclosure d JOIN policy p ON p.hash = d.agreement_hash WHERE d.id = a.disclosure AND (
       d.state IN ('refused', 'empty') OR d.state = 'withdrawn' AND d.fetched_at IS NULL
       OR d.state IN ('ready', 'recalled', 'expired', 'withdrawn') AND COALESCE(d.released_at, d.at)
       + ((p.body::jsonb -> 'retention' ->> 'gatewayDays')::integer + (p.body::jsonb -> 'retention' ->> 'recipientDays')::integer) * interval '1 day' <= $1)`,
    [now]
  )
}
