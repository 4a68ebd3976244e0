/** Policy documents by their hash, verbatim in canonical form: what a running disclosure enforces on every replica, and what an accounting is in the words of. */
import { sha256Hex } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import { type Db, rows, run } from './pool.ts'

export async function keepPolicy(
  db: Db,
  row: { hash: string; kind: 'agreement' | 'profile' | 'party' | 'officer' | 'log'; body: string }
): Promise<number> {
  return run(db, 'INSERT INTO policy (hash, kind, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [row.hash, row.kind, row.body])
}

/** The document of this hash; null when there is none. IntegrityError policy-invalid when it is another: whatever stands on it says what it should not. */
export async function findPolicy(db: Db, hash: string): Promise<string | null> {
  const body = (await rows<{ body: string }>(db, 'SELECT body FROM policy WHERE hash = $1', [hash]))[0]?.body ?? null
  if (body !== null && `sha256:${sha256Hex(body)}` !== hash) throw new IntegrityError('policy-invalid', { policy: hash })
  return body
}

/** The documents of these hashes, by hash. IntegrityError policy-invalid as above. */
export async function findPolicies(db: Db, hashes: readonly string[]): Promise<Map<string, string>> {
  const found = await rows<{ hash: string; body: string }>(db, 'SELECT hash, body FROM policy WHERE hash = ANY($1::text[])', [hashes])
  for (const { hash, body } of found) if (`sha256:${sha256Hex(body)}` !== hash) throw new IntegrityError('policy-invalid', { policy: hash })
  return new Map(found.map(({ hash, body }) => [hash, body]))
}

/** Hashes under which another document is kept. */
export async function alteredPolicies(db: Db): Promise<string[]> {
  const sql = "SELECT hash FROM policy WHERE hash <> 'sha256:' || encode(sha256(convert_to(body, 'UTF8')), 'hex') ORDER BY hash"
  return (await rows<{ hash: string }>(db, sql)).map(({ hash }) => hash)
}
