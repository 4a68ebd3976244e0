/** Submissions: what a hospital opened, until its key is destroyed. One statement a function; the caller holds the rights. */
import { type Db, rows, run } from './pool.ts'

export interface SubmissionRow {
  readonly id: string
  readonly party: string
  /** who opened it in the party's name; null: the party itself */
  readonly sent_by: string | null
  readonly agreements: readonly string[]
  readonly state: 'open' | 'closed' | 'destroyed'
  readonly sealed_key: Buffer | null
  readonly opened_at: Date
  readonly closed_at: Date | null
}

/** Inserts, or answers the one the same party opened under the same key. */
export async function insertSubmission(
  db: Db,
  row: { id: string; party: string; sentBy: string | null; agreements: readonly string[]; sealedKey: Buffer; keyMac: Buffer | null }
): Promise<SubmissionRow> {
  const inserted = await rows<SubmissionRow>(
    db,
    `INSERT INTO submission (id, party, agreements, sealed_key, key_mac, sent_by) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (party, key_mac) WHERE key_mac IS NOT NULL DO UPDATE SET key_mac = EXCLUDED.key_mac RETURNING *`,
    [row.id, row.party, row.agreements, row.sealedKey, row.keyMac, row.sentBy]
  )
  return inserted[0] as SubmissionRow // RETURNING of an upsert always gives its row
}

/** One of the party's, or one that it opened in another's name. */
export async function findSubmission(db: Db, id: string, party: string): Promise<SubmissionRow | null> {
  return (await rows<SubmissionRow>(db, 'SELECT * FROM submission WHERE id = $1 AND (party = $2 OR sent_by = $2)', [id, party]))[0] ?? null
}

/** Open submissions to which nothing was sent since `before`. */
export async function abandonedSubmissions(db: Db, before: Date): Promise<string[]> {
  const found = await rows<{ id: string }>(
    db,
    `SELECT s.id FROM submission s WHERE s.state = 'open' AND s.opened_at < $1
     AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.submission = s.id AND (u.started_at >= $1 OR u.state = 'receiving')) LIMIT 100`,
    [before]
  )
  return found.map((row) => row.id)
}

/** The row, locked so that closing and keeping an upload cannot cross. */
export async function lockSubmission(db: Db, id: string): Promise<SubmissionRow | null> {
  return (await rows<SubmissionRow>(db, 'SELECT * FROM submission WHERE id = $1 FOR UPDATE', [id]))[0] ?? null
}

export async function closeSubmission(db: Db, id: string): Promise<number> {
  return run(db, "UPDATE submission SET state = 'closed', closed_at = now() WHERE id = $1 AND state = 'open'", [id])
}

/** The keys of the submissions of a disclosure, in the order they were closed: later copies supersede earlier ones. */
export async function submissionsOfDisclosure(db: Db, disclosure: string): Promise<SubmissionRow[]> {
  return rows<SubmissionRow>(
    db,
    `SELECT s.* FROM submission s JOIN disclosure_submission d ON d.submission = s.id
     WHERE d.disclosure = $1 ORDER BY s.closed_at, s.id`,
    [disclosure]
  )
}

/** Destroys the key of a submission whose every disclosure has come to its end; whose it was, null when nothing was done. */
export async function destroySubmission(db: Db, id: string): Promise<string | null> {
  const [gone] = await rows<{ party: string }>(
    db,
    `UPDATE submission SET state = 'destroyed', sealed_key = NULL, destroyed_at = now() WHERE id = $1 AND state = 'closed'
     AND NOT EXISTS (SELECT 1 FROM disclosure_submission ds JOIN disclosure d ON d.id = ds.disclosure WHERE ds.submission = $1
       AND d.state IN ('waiting', 'releasing', 'gating', 'held', 'sealing', 'recording')) RETURNING party`,
    [id]
  )
  return gone?.party ?? null
}
