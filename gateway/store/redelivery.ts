/** Datasets that were offered again. */
import { type Db, rows } from './pool.ts'

/** A ready dataset stands in its recipient's next export once more; the moment, or null where it is not ready. Hold releases first. */
export async function offerAgain(db: Db, id: string): Promise<Date | null> {
  const sql =
    "INSERT INTO redelivery (disclosure, at) SELECT id, clock_timestamp() FROM disclosure WHERE id = $1 AND state = 'ready' RETURNING at"
  return (await rows<{ at: Date }>(db, sql, [id]))[0]?.at ?? null
}
