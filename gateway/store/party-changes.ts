/** What one operator began about a party and another has to confirm. Decides nothing; who began it never confirms it, as the database refuses itself (033_party_changes.sql). */
import { type Db, rows, run } from './pool.ts'

export interface ChangeRow {
  readonly party: string
  readonly what: 'key' | 'secret' | 'amendment'
  /** RFC 7638 of a key, a hash of all else */
  readonly hash: string
  /** JSON */
  readonly content: string
  readonly officer: string
  /** RFC 7638; null: who began it signed in */
  readonly signer: string | null
  readonly expires: Date
}

const CHANGE = 'party, what, hash, content, officer, signer, expires'

/** 0: the same waits already. */
export async function insertChange(db: Db, row: ChangeRow, at: Date): Promise<number> {
  const text = `INSERT INTO party_change (${CHANGE}, made, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting') ON CONFLICT DO NOTHING`
  return run(db, text, [row.party, row.what, row.hash, row.content, row.officer, row.signer, row.expires, at])
}

/** Those that wait and are not too old; of one party. */
export async function waitingChanges(db: Db, party: string, at: Date): Promise<ChangeRow[]> {
  const text = `SELECT ${CHANGE} FROM party_change WHERE party = $1 AND state = 'waiting' AND expires > $2 ORDER BY made, hash`
  return rows<ChangeRow>(db, text, [party, at])
}

/** `by` null: declined. How many were waiting. `hash` null: all of the party. */
export async function endChange(db: Db, party: string, hash: string | null, by: string | null): Promise<number> {
  const text = `UPDATE party_change SET state = $3, confirmed_by = $4 WHERE party = $1 AND ($2::text IS NULL OR hash = $2) AND state = 'waiting'`
  return run(db, text, [party, hash, by === null ? 'declined' : 'confirmed', by])
}
