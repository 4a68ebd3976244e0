/** Policy documents by their hash, verbatim in canonical form: what a running disclosure enforces on every replica. */
import { type Db, rows, run } from './pool.ts'

export async function keepPolicy(db: Db, row: { hash: string; kind: 'agreement' | 'profile' | 'party' | 'log'; body: string }): Promise<number> {
  return run(db, 'INSERT INTO policy (hash, kind, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [row.hash, row.kind, row.body])
}

export async function findPolicy(db: Db, hash: string): Promise<string | null> {
  return (await rows<{ body: string }>(db, 'SELECT body FROM policy WHERE hash = $1', [hash]))[0]?.body ?? null
}
