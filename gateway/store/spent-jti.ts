/** Client assertions spent: each jti once per issuer, over all replicas, kept until it would have expired anyway. Refuses nothing but a second time. */
import { sha256 } from '../core/digest.ts'
import type { OutboxRow } from './outbox.ts'
import { type Db, rows, run } from './pool.ts'

export interface Spent {
  readonly issuer: string
  /** of whatever length: its hash is kept */
  readonly jti: string
  readonly expires: Date
}

/** True the first time, false for a replay. */
export async function spendJti(db: Db, { issuer, jti, expires }: Spent): Promise<boolean> {
  const spent = await run(
    db,
    'INSERT INTO spent_jti (issuer, jti_sha256, expires) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [issuer, sha256(jti), expires],
    'spend-jti'
  )
  return spent === 1
}

/** One that is spent together with the entry of what it was spent for: neither stands without the other. */
export interface SpentFor extends Spent {
  readonly entry: OutboxRow
}

/** How many were spent, and the keys of the entries that were added for them: as many. A replay adds none. No two may be of one issuer and jti; sorted, so that replicas wait in one order. */
export async function spendAll(db: Db, spent: readonly SpentFor[]): Promise<{ readonly spent: number; readonly added: readonly string[] }> {
  const [row] = await rows<{ spent: number; added: string[] | null }>(
    db,
    `WITH asked AS (SELECT * FROM unnest($1::text[], $2::bytea[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bytea[], $9::bytea[], $10::timestamptz[])
       AS t (issuer, jti, expires, key, kind, statement, seed, salt, entry, at)),
     spent AS (INSERT INTO spent_jti (issuer, jti_sha256, expires) SELECT issuer, jti, expires FROM asked ORDER BY issuer, jti
       ON CONFLICT DO NOTHING RETURNING issuer, jti_sha256),
     added AS (INSERT INTO outbox (key, kind, statement, seed, salt, entry, parties, at)
       SELECT a.key, a.kind, a.statement, a.seed, a.salt, a.entry, ARRAY[a.issuer], a.at
       FROM asked a JOIN spent s ON s.issuer = a.issuer AND s.jti_sha256 = a.jti RETURNING key)
     SELECT (SELECT count(*) FROM spent)::integer AS spent, (SELECT array_agg(key) FROM added) AS added`,
    [
      spent.map(({ issuer }) => issuer),
      spent.map(({ jti }) => sha256(jti)),
      spent.map(({ expires }) => expires),
      spent.map(({ entry }) => entry.key),
      spent.map(({ entry }) => entry.kind),
      spent.map(({ entry }) => entry.statement),
      spent.map(({ entry }) => entry.seed),
      spent.map(({ entry }) => entry.salt),
      spent.map(({ entry }) => entry.entry),
      spent.map(({ entry }) => entry.at)
    ],
    'spend-all'
  )
  return { spent: row?.spent ?? 0, added: row?.added ?? [] }
}

/** Drops rows ten minutes past their expiry: an assertion that old is refused by its exp, at a gateway, too, whose clock is minutes behind that of the database. */
export async function sweepJti(db: Db): Promise<number> {
  return run(db, "DELETE FROM spent_jti WHERE expires < now() - interval '10 minutes'")
}
