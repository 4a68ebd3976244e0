/** Access tokens revoked one by one, until they would have expired anyway. Each tells the replicas by itself (027_tokens.sql); deleted only when it is over. */
import { type Db, run } from './pool.ts'

export interface RevokedToken {
  readonly jti: string
  readonly party: string
  readonly expires: Date
}

/** False where it is revoked already. */
export async function insertRevoked(db: Db, { jti, party, expires }: RevokedToken, at: Date): Promise<boolean> {
  const text = 'INSERT INTO revoked_token (jti, party, expires, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING'
  return (await run(db, text, [jti, party, expires, at])) === 1
}

/** Drops rows ten minutes past their expiry: a gateway's clock may be behind that of the database. */
export async function sweepRevoked(db: Db): Promise<number> {
  return run(db, "DELETE FROM revoked_token WHERE expires < now() - interval '10 minutes'")
}
