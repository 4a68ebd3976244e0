/** Client assertions spent: each jti once per issuer, over all replicas, kept until it would have expired anyway. */
import { sha256 } from '../core/digest.ts'
import { type Db, run } from './pool.ts'

/** True the first time, false for a replay. */
export async function spendJti(db: Db, issuer: string, jti: string, expires: Date): Promise<boolean> {
  const spent = await run(db, 'INSERT INTO spent_jti (issuer, jti_sha256, expires) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    issuer,
    sha256(jti),
    expires
  ])
  return spent === 1
}

/** Drops rows a minute past their expiry: an assertion that old is refused by its exp. */
export async function sweepJti(db: Db): Promise<number> {
  return run(db, "DELETE FROM spent_jti WHERE expires < now() - interval '1 minute'")
}
