/** Opt-outs: subjects, by an HMAC of who they are, whose records leave under no agreement. In force from the commit on. */
import { type Db, rows, run } from './pool.ts'

export interface OptOutRow {
  readonly key: Buffer
  readonly party: string
  readonly sealed: Buffer
  readonly at: Date
}

export async function insertOptOut(db: Db, row: { key: Buffer; party: string; sealed: Buffer }): Promise<number> {
  return run(db, 'INSERT INTO opt_out (key, party, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [row.key, row.party, row.sealed])
}

export async function deleteOptOut(db: Db, key: Buffer): Promise<number> {
  return run(db, 'DELETE FROM opt_out WHERE key = $1', [key])
}

export async function listOptOuts(db: Db, party: string | null): Promise<OptOutRow[]> {
  return rows<OptOutRow>(db, 'SELECT * FROM opt_out WHERE $1::text IS NULL OR party = $1 ORDER BY at, key', [party])
}

/** Which of these keys are opted out. */
export async function optedOut(db: Db, keys: readonly Buffer[]): Promise<Buffer[]> {
  if (keys.length === 0) return []
  return (await rows<{ key: Buffer }>(db, 'SELECT key FROM opt_out WHERE key = ANY($1::bytea[])', [keys])).map((row) => row.key)
}

/** No opt-out or opt-in commits until the caller's transaction ends. Take it before anything that `append` touches. */
export async function holdOptOuts(db: Db): Promise<void> {
  await run(db, 'LOCK TABLE opt_out IN SHARE MODE')
}
