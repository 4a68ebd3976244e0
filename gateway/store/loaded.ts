/** Policies and keys as they were when a gateway last started. Decides nothing. */
import type { Loaded } from '../core/log/changes.ts'
import { type Db, rows, run } from './pool.ts'

/** All rows; no other transaction compares until this one ends. */
export async function lockLoaded(db: Db): Promise<Loaded[]> {
  await run(db, 'LOCK TABLE loaded IN EXCLUSIVE MODE')
  return rows<Loaded>(db, 'SELECT what, id, state, about FROM loaded')
}

/** A party's row, until the transaction ends; none where it is new. */
export async function lockParty(db: Db, id: string): Promise<Loaded[]> {
  return rows<Loaded>(db, "SELECT what, id, state, about FROM loaded WHERE what = 'party' AND id = $1 FOR UPDATE", [id])
}

export async function keepLoaded(db: Db, row: Loaded): Promise<number> {
  return run(
    db,
    `INSERT INTO loaded (what, id, state, about) VALUES ($1, $2, $3, $4)
     ON CONFLICT (what, id) DO UPDATE SET state = EXCLUDED.state, about = EXCLUDED.about`,
    [row.what, row.id, row.state, JSON.stringify(row.about)]
  )
}

export async function dropLoaded(db: Db, row: Pick<Loaded, 'what' | 'id'>): Promise<number> {
  return run(db, 'DELETE FROM loaded WHERE what = $1 AND id = $2', [row.what, row.id])
}
