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

/** The document of this hash. IntegrityError policy-missing, or policy-altered when it is another: whatever stands on it would say what it should not. */
export async function findPolicy(db: Db, hash: string): Promise<string> {
  const body = (await rows<{ body: string }>(db, 'SELECT body FROM policy WHERE hash = $1', [hash]))[0]?.body
  if (body === undefined) throw new IntegrityError('policy-missing', { policy: hash })
  if (`sha256:${sha256Hex(body)}` !== hash) throw new IntegrityError('policy-altered', { policy: hash })
  return body
}

/** The documents of these hashes that are there and are what their hash says. */
export async function keptPolicies(db: Db, hashes: readonly string[]): Promise<Map<string, string>> {
  const found = await rows<{ hash: string; body: string }>(db, 'SELECT hash, body FROM policy WHERE hash = ANY($1::text[])', [hashes])
  return new Map(found.filter(({ hash, body }) => `sha256:${sha256Hex(body)}` === hash).map(({ hash, body }) => [hash, body]))
}

/** Hashes that entries under the newest checkpoint name as those of a policy, and under which no document is kept. */
export async function missingPolicies(db: Db): Promise<string[]> {
  const sql = `WITH said AS (SELECT kind, CASE WHEN statement IS JSON OBJECT THEN statement::jsonb END AS told FROM logged
      WHERE kind IN ('dataset-released', 'policy-changed') AND index < (SELECT max(size) FROM checkpoint)),
    named AS (SELECT told #>> '{agreement,hash}' AS hash FROM said WHERE kind = 'dataset-released'
      UNION SELECT told #>> '{profile,hash}' FROM said WHERE kind = 'dataset-released'
      UNION SELECT unnest(ARRAY[told ->> 'before', told ->> 'after']) FROM said WHERE kind = 'policy-changed')
    SELECT hash FROM named WHERE hash IS NOT NULL AND NOT EXISTS (SELECT FROM policy p WHERE p.hash = named.hash) ORDER BY hash`
  return (await rows<{ hash: string }>(db, sql)).map(({ hash }) => hash)
}

/** Hashes under which another document is kept. */
export async function alteredPolicies(db: Db): Promise<string[]> {
  const sql = "SELECT hash FROM policy WHERE hash <> 'sha256:' || encode(sha256(convert_to(body, 'UTF8')), 'hex') ORDER BY hash"
  return (await rows<{ hash: string }>(db, sql)).map(({ hash }) => hash)
}
