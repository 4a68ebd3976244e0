/** Refusals of a minute, counted over all replicas until the minute is over. Decides nothing. */
import { type Db, rows, run } from './pool.ts'

export interface RefusalRow {
  readonly minute: Date
  readonly kind: string
  /** '' where nobody could be named */
  readonly party: string
  /** HMAC; '' where the party says enough */
  readonly address: string
  readonly route: string
  readonly reason: string
  readonly agreement: string
  readonly times: number
}

/** Adds to the counts, one statement for all. The rows MUST be in one order on every replica, or two of them wait for each other. */
export async function addRefusals(db: Db, refused: readonly RefusalRow[]): Promise<number> {
  return run(
    db,
    `INSERT INTO refusal (minute, kind, party, address, route, reason, agreement, times)
     SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[])
     ON CONFLICT (minute, kind, party, address, route, reason, agreement) DO UPDATE SET times = refusal.times + EXCLUDED.times`,
    [
      refused.map((row) => row.minute),
      refused.map((row) => row.kind),
      refused.map((row) => row.party),
      refused.map((row) => row.address),
      refused.map((row) => row.route),
      refused.map((row) => row.reason),
      refused.map((row) => row.agreement),
      refused.map((row) => row.times)
    ]
  )
}

/** Takes the counts of minutes that began before `before`: whoever takes them MUST make their entries in the same transaction. */
export async function takeRefusals(db: Db, before: Date): Promise<RefusalRow[]> {
  return rows<RefusalRow>(db, 'DELETE FROM refusal WHERE minute < $1 RETURNING *', [before])
}
