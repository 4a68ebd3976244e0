/** What reviews look at, counted by the database: by party, kind and quarter of an hour, so that a zone's days can be told apart. */
import { type Db, rows } from './pool.ts'

export interface TallyRow {
  readonly party: string | null
  readonly kind: string
  readonly at: Date
  readonly count: number
}

/** Counts what an entry counts (`times` of a refusal, `received` or `records` of what went through), else the entry. */
export async function tallies(db: Db, kinds: readonly string[], from: Date, until: Date): Promise<TallyRow[]> {
  return rows<TallyRow & Record<string, unknown>>(
    db,
    `SELECT party, kind, date_bin('15 minutes', at, 'epoch') AS at, sum(n)::float8 AS count FROM (
       SELECT e.kind, e.at, coalesce(s.said ->> 'party', s.said ->> 'recipient') AS party,
         CASE 'number' WHEN jsonb_typeof(s.said -> 'times') THEN (s.said -> 'times')::numeric WHEN jsonb_typeof(s.said -> 'received') THEN (s.said -> 'received')::numeric
           WHEN jsonb_typeof(s.said -> 'records') THEN (s.said -> 'records')::numeric ELSE 1 END AS n
       FROM log_entry e JOIN log_body b USING (index) CROSS JOIN LATERAL (SELECT b.statement::jsonb AS said) s
       WHERE e.at >= $2 AND e.at < $3 AND e.kind = ANY($1)) counted
     GROUP BY 1, 2, 3 ORDER BY 3, 2, 1`,
    [kinds, from, until]
  )
}

/** Source and recipient of each dataset released in the period that is the first between them, as far as the log still tells. */
export async function firstReleases(db: Db, from: Date, until: Date): Promise<{ source: string; recipient: string; at: Date }[]> {
  return rows<{ source: string; recipient: string; at: Date }>(
    db,
    `SELECT said ->> 'source' AS source, said ->> 'recipient' AS recipient, min(at) AS at FROM (
       SELECT e.at, b.statement::jsonb AS said FROM log_entry e JOIN log_body b USING (index) WHERE e.at >= $1 AND e.at < $2 AND e.kind = 'dataset-released') r
     WHERE NOT EXISTS (SELECT 1 FROM log_body b JOIN log_entry e USING (index)
       WHERE e.kind = 'dataset-released' AND e.at < $1 AND b.parties @> ARRAY[r.said ->> 'source', r.said ->> 'recipient'])
     GROUP BY 1, 2 ORDER BY 3, 1, 2`,
    [from, until]
  )
}
