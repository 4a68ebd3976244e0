/**
 * How much an agreement has released, for its limits. Decides that what was withdrawn before anybody asked for it does not count, nor what was cut again from
 * then on: what takes its place does.
 */
import { type Db, rows } from './pool.ts'

/**
 * Of datasets whose statement was made after `since`: a held one counts from when it left, not from when it began. `recording`: not counted itself, nor what
 * it takes the place of. Subjects are counted anew in each dataset.
 */
export async function releasedSince(
  db: Db,
  { agreement, recording }: { readonly agreement: string; readonly recording: string },
  since: Date
): Promise<{ readonly datasets: number; readonly subjects: number; readonly records: number }> {
  const sql = `WITH RECURSIVE there AS (SELECT id, recut_of FROM disclosure WHERE agreement = $1 AND state IN ('recorded', 'ready', 'recalled', 'expired')),
    replaced AS (SELECT recut_of AS id FROM there UNION SELECT recut_of FROM disclosure WHERE id = $3
      UNION SELECT d.recut_of FROM disclosure d JOIN replaced r ON d.id = r.id)
    SELECT count(*)::integer AS datasets, COALESCE(sum((gate ->> 'released')::bigint), 0)::double precision AS subjects,
      COALESCE(sum((counts ->> 'released')::bigint), 0)::double precision AS records
    FROM disclosure d WHERE agreement = $1 AND (statement::jsonb ->> 'at')::timestamptz > $2
      AND (id IN (SELECT id FROM there) OR state = 'withdrawn' AND fetched_at IS NOT NULL AND NOT EXISTS (SELECT FROM replaced r WHERE r.id = d.id))`
  const [row] = await rows<{ datasets: number; subjects: number; records: number }>(db, sql, [agreement, since, recording])
  return row ?? { datasets: 0, subjects: 0, records: 0 }
}
