/** Gateways under way: a row from the moment one starts until it says that it stops. Decides who is lost: unseen for a minute, its number free. */
import { type Db, rows, run } from './pool.ts'
import { isDead } from './replicas.ts'

export async function insertRun(db: Db, id: string, replica: number): Promise<number> {
  return run(db, 'INSERT INTO gateway_run (id, replica) VALUES ($1, $2)', [id, replica])
}

/** Still here, perhaps under another number. None when it was given up meanwhile. */
export async function seeRun(db: Db, id: string, replica: number): Promise<number> {
  return run(db, 'UPDATE gateway_run SET replica = $2, seen_at = now() WHERE id = $1', [id, replica])
}

export async function deleteRun(db: Db, id: string): Promise<number> {
  return run(db, 'DELETE FROM gateway_run WHERE id = $1', [id])
}

/** Takes the rows of gateways that ended without a word. */
export async function takeLostRuns(db: Db, unseenSeconds: number): Promise<{ id: string; replica: number; seen_at: Date }[]> {
  return rows(
    db,
    `DELETE FROM gateway_run WHERE seen_at < now() - $1 * interval '1 second' AND ${isDead('replica')} RETURNING id, replica, seen_at`,
    [unseenSeconds]
  )
}
