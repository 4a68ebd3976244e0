/**
 * What reviews look at, counted by the database: by party, kind and quarter of an hour, so that a zone's days can be told apart. Each entry is held against
 * what its leaf commits to first; one that says something else is counted apart, and nothing of it is read.
 */
import { type Db, rows } from './pool.ts'

export interface TallyRow {
  readonly party: string | null
  readonly kind: string
  readonly at: Date
  readonly count: number
  /** whether the party was proved, or only claimed; or that entries do not say what the log commits to */
  readonly by: 'proved' | 'claimed' | 'altered'
}

/** What entry e says (body b), once its leaf and kind were made again from it; null where they are others. */
const SAID = `CASE WHEN e.leaf_hash = sha256('\\x00'::bytea || e.entry)
    AND position(convert_to('"commitment":"sha256:' || encode(sha256(b.salt || convert_to(b.statement, 'UTF8')), 'hex') || '"', 'UTF8') IN e.entry) > 0
  THEN CASE WHEN b.statement::jsonb ->> 'kind' = e.kind THEN b.statement::jsonb END END`

/** Counts what an entry counts (`times` of a refusal, `received` or `records` of what went through), else the entry. */
export async function tallies(db: Db, kinds: readonly string[], from: Date, until: Date): Promise<TallyRow[]> {
  return rows<TallyRow & Record<string, unknown>>(
    db,
    `SELECT party, kind, by, date_bin('15 minutes', at, 'epoch') AS at, sum(n)::float8 AS count FROM (
       SELECT e.kind, e.at, coalesce(s.said ->> 'party', s.said ->> 'recipient') AS party,
         CASE WHEN s.said IS NULL THEN 'altered' WHEN s.said ->> 'proved' = 'false' THEN 'claimed' ELSE 'proved' END AS by,
         CASE 'number' WHEN jsonb_typeof(s.said -> 'times') THEN (s.said -> 'times')::numeric WHEN jsonb_typeof(s.said -> 'received') THEN (s.said -> 'received')::numeric
           WHEN jsonb_typeof(s.said -> 'records') THEN (s.said -> 'records')::numeric ELSE 1 END AS n
       FROM log_entry e JOIN log_body b USING (index) CROSS JOIN LATERAL (SELECT ${SAID} AS said) s
       WHERE e.at >= $2 AND e.at < $3 AND e.kind = ANY($1)) counted
     GROUP BY 1, 2, 3, 4 ORDER BY 4, 2, 1, 3`,
    [kinds, from, until]
  )
}

/** Source and recipient of each dataset released in the period that is the first between them, as far as the log still tells. */
export async function firstReleases(db: Db, from: Date, until: Date): Promise<{ source: string; recipient: string; at: Date }[]> {
  return rows<{ source: string; recipient: string; at: Date }>(
    db,
    `SELECT said ->> 'source' AS source, said ->> 'recipient' AS recipient, min(at) AS at FROM (
       SELECT e.at, ${SAID} AS said FROM log_entry e JOIN log_body b USING (index) WHERE e.at >= $1 AND e.at < $2 AND e.kind = 'dataset-released') r
     WHERE said IS NOT NULL AND NOT EXISTS (SELECT 1 FROM log_body b JOIN log_entry e USING (index)
       WHERE e.kind = 'dataset-released' AND e.at < $1 AND b.parties @> ARRAY[r.said ->> 'source', r.said ->> 'recipient'] AND ${SAID} IS NOT NULL)
     GROUP BY 1, 2 ORDER BY 3, 1, 2`,
    [from, until]
  )
}
