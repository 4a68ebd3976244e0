/** How much an agreement has released, for its limits. Decides nothing; a dataset that was withdrawn, fetched by nobody, does not count. */
import { type Db, rows } from './pool.ts'

/** Of datasets whose moment lies after `since`. Subjects are counted anew in each dataset. */
export async function releasedSince(
  db: Db,
  agreement: string,
  since: Date
): Promise<{ readonly datasets: number; readonly subjects: number; readonly records: number }> {
  const sql = `SELECT count(*)::integer AS datasets, COALESCE(sum((gate ->> 'released')::bigint), 0)::double precision AS subjects,
      COALESCE(sum((counts ->> 'released')::bigint), 0)::double precision AS records
    FROM disclosure WHERE agreement = $1 AND at > $2 AND state IN ('recorded', 'ready', 'recalled', 'expired')`
  const [row] = await rows<{ datasets: number; subjects: number; records: number }>(db, sql, [agreement, since])
  return row ?? { datasets: 0, subjects: 0, records: 0 }
}
