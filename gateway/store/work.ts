/** The queue of work: claimed by any replica with SKIP LOCKED, free again when nobody does it any more, deleted when done. */

import { SUSPENDED } from './agreements.ts'
import { type Db, rows, run } from './pool.ts'
import { isDead } from './replicas.ts'

export type WorkKind = 'bucket' | 'gate' | 'seal' | 'record' | 'destroy'

export interface Work {
  readonly id: number
  readonly kind: WorkKind
  readonly target: string
  readonly part: number
  readonly attempts: number
}

/** Adds parts of work; one that is already there stays as it is. Wakes every replica. */
export async function addWork(db: Db, kind: WorkKind, target: string, parts: readonly number[]): Promise<void> {
  await run(db, 'INSERT INTO work (kind, target, part) SELECT $1, $2, unnest($3::integer[]) ON CONFLICT DO NOTHING', [kind, target, parts])
  await run(db, 'NOTIFY sallyport_work')
}

/** Nothing is done for an agreement while it is suspended, but to destroy; it goes on from there when it is resumed. */
const RESTS = `(kind <> 'destroy' AND target IN (SELECT d.id FROM disclosure d WHERE d.agreement IN (${SUSPENDED})))`

/** Claims for `replica`, which is doing `underWay`: what it claimed before and is not doing was given up without a word, and is free. */
export async function claimWork(db: Db, replica: number, underWay: readonly number[], limit: number): Promise<Work[]> {
  return rows<Work>(
    db,
    `UPDATE work SET replica = $1, attempts = attempts + 1 WHERE id IN (
       SELECT id FROM work WHERE ready_at <= now() AND NOT ${RESTS} AND (${isDead('replica')} OR (replica = $1 AND id <> ALL($3::bigint[]))) ORDER BY ready_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id, kind, target, part, attempts`,
    [replica, limit, underWay]
  )
}

/** Deletes the claim; 0 means another replica took it over, and the caller's transaction must roll back. */
export async function finishWork(db: Db, id: number, replica: number): Promise<number> {
  return run(db, 'DELETE FROM work WHERE id = $1 AND replica = $2', [id, replica])
}

export async function retryWork(db: Db, id: number, replica: number, afterSeconds: number): Promise<number> {
  return run(db, "UPDATE work SET replica = NULL, ready_at = now() + $3 * interval '1 second' WHERE id = $1 AND replica = $2", [
    id,
    replica,
    afterSeconds
  ])
}

/** Drops what is left to do on a target that came to an end (refused, withdrawn). */
export async function dropWork(db: Db, target: string): Promise<number> {
  return run(db, 'DELETE FROM work WHERE target = $1', [target])
}
