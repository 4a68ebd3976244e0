/** Secrets of parties, as hashes: one each. Decides nothing. */
import { type Db, rows, run } from './pool.ts'

export interface SecretRow extends Record<string, unknown> {
  readonly salt: Buffer
  readonly hash: Buffer
}

export async function findSecret(db: Db, party: string): Promise<SecretRow | null> {
  return (await rows<SecretRow>(db, 'SELECT salt, hash FROM client_secret WHERE party = $1', [party], 'client-secret'))[0] ?? null
}

/** In place of any there was. */
export async function setSecret(db: Db, party: string, { salt, hash }: Pick<SecretRow, 'salt' | 'hash'>, at: Date): Promise<number> {
  const text = `INSERT INTO client_secret (party, salt, hash, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (party) DO UPDATE SET salt = EXCLUDED.salt, hash = EXCLUDED.hash, at = EXCLUDED.at`
  return run(db, text, [party, salt, hash, at])
}

/** False where there was none. */
export async function deleteSecret(db: Db, party: string): Promise<boolean> {
  return (await run(db, 'DELETE FROM client_secret WHERE party = $1', [party])) === 1
}
