/** Uploads: one attempt at one file of a submission, and the issues found in it. One statement a function. */

import { type Db, rows, run } from './pool.ts'
import { isDead } from './replicas.ts'

export interface UploadRow {
  readonly id: string
  readonly submission: string
  readonly ordinal: number
  readonly name_mac: Buffer
  readonly label: string
  readonly key_mac: Buffer | null
  readonly body_sha256: Buffer | null
  readonly state: 'receiving' | 'kept' | 'failed' | 'replaced'
  readonly bytes: number
  readonly received: number
  readonly rejected: Record<string, number>
  readonly index: Buffer | null
}

const VIEW = 'id, submission, ordinal, name_mac, label, key_mac, body_sha256, state, bytes, received, rejected'

/**
 * Gives up attempts that nobody is making any more, so that the file may be sent again at once: of dead replicas at once, and
 * of this one beside `running` after a minute: an attempt that begins while this is asked is not in the list yet.
 */
export async function failDeadUploads(db: Db, submission: string, replica: number, running: readonly string[]): Promise<number> {
  return run(
    db,
    `UPDATE upload SET state = 'failed' WHERE submission = $1 AND state = 'receiving'
     AND (${isDead('replica')} OR (replica = $2 AND NOT id = ANY($3::uuid[]) AND started_at < now() - interval '1 minute'))`,
    [submission, replica, running]
  )
}

/** Claims the name and the key for this attempt; false when another attempt with either is under way. */
export async function beginUpload(
  db: Db,
  row: { id: string; submission: string; nameMac: Buffer; label: string; keyMac: Buffer | null; replica: number }
): Promise<boolean> {
  const inserted = await run(
    db,
    `INSERT INTO upload (id, submission, name_mac, label, key_mac, state, replica) VALUES ($1, $2, $3, $4, $5, 'receiving', $6)
     ON CONFLICT DO NOTHING`,
    [row.id, row.submission, row.nameMac, row.label, row.keyMac, row.replica]
  )
  return inserted === 1
}

export async function failUpload(db: Db, id: string): Promise<number> {
  return run(db, "UPDATE upload SET state = 'failed' WHERE id = $1 AND state = 'receiving'", [id])
}

/** An earlier kept upload of the same name makes way; its id, so that its file can be removed. */
export async function replaceKept(db: Db, submission: string, nameMac: Buffer): Promise<string[]> {
  return (
    await rows<{ id: string }>(
      db,
      "UPDATE upload SET state = 'replaced' WHERE submission = $1 AND name_mac = $2 AND state = 'kept' RETURNING id",
      [submission, nameMac]
    )
  ).map((row) => row.id)
}

export async function keepUpload(
  db: Db,
  row: { id: string; bytes: number; received: number; rejected: Record<string, number>; index: Buffer; bodySha256: Buffer }
): Promise<number> {
  return run(
    db,
    `UPDATE upload SET state = 'kept', kept_at = now(), bytes = $2, received = $3, rejected = $4, index = $5, body_sha256 = $6
     WHERE id = $1 AND state = 'receiving'`,
    [row.id, row.bytes, row.received, JSON.stringify(row.rejected), row.index, row.bodySha256]
  )
}

export async function insertIssues(
  db: Db,
  upload: string,
  issues: readonly { line: number; path: string; code: string }[]
): Promise<number> {
  if (issues.length === 0) return 0
  return run(
    db,
    `INSERT INTO upload_issue (upload, n, line, path, code)
     SELECT $1, n, line, path, code FROM unnest($2::integer[], $3::bigint[], $4::text[], $5::text[]) AS t (n, line, path, code)`,
    [upload, issues.map((_, n) => n), issues.map((i) => i.line), issues.map((i) => i.path), issues.map((i) => i.code)]
  )
}

/** The kept upload that carried this Idempotency-Key in the submission, if any. */
export async function findByKey(db: Db, submission: string, keyMac: Buffer): Promise<UploadRow | null> {
  return (
    (
      await rows<UploadRow>(db, `SELECT ${VIEW} FROM upload WHERE submission = $1 AND key_mac = $2 AND state = 'kept'`, [
        submission,
        keyMac
      ])
    )[0] ?? null
  )
}

export async function listUploads(db: Db, submission: string): Promise<UploadRow[]> {
  return rows<UploadRow>(db, `SELECT ${VIEW} FROM upload WHERE submission = $1 AND state IN ('receiving', 'kept') ORDER BY ordinal`, [
    submission
  ])
}

/** The kept uploads of the submissions of a disclosure, oldest first, each with its segment index. */
export async function uploadsOfDisclosure(db: Db, disclosure: string): Promise<(UploadRow & { index: Buffer; kept_at: Date | null })[]> {
  return rows<UploadRow & { index: Buffer; kept_at: Date | null }>(
    db,
    `SELECT u.* FROM upload u JOIN disclosure_submission d ON d.submission = u.submission JOIN submission s ON s.id = u.submission
     WHERE d.disclosure = $1 AND u.state = 'kept' ORDER BY s.closed_at, u.ordinal`,
    [disclosure]
  )
}

/** Of a submission, in the order they were sent. */
export async function keptIndexes(db: Db, submission: string): Promise<{ id: string; index: Buffer }[]> {
  return rows(db, "SELECT id, index FROM upload WHERE submission = $1 AND state = 'kept' ORDER BY ordinal", [submission])
}

export async function uploadIds(db: Db, submission: string): Promise<string[]> {
  return (await rows<{ id: string }>(db, 'SELECT id FROM upload WHERE submission = $1', [submission])).map((row) => row.id)
}

/** A page of issues after (ordinal, n), in file order. */
export async function issuesPage(
  db: Db,
  submission: string,
  after: { ordinal: number; n: number },
  limit: number
): Promise<{ ordinal: number; n: number; label: string; line: number; path: string; code: string }[]> {
  return rows(
    db,
    `SELECT u.ordinal, i.n, u.label, i.line, i.path, i.code FROM upload_issue i JOIN upload u ON u.id = i.upload
     WHERE u.submission = $1 AND u.state = 'kept' AND (u.ordinal, i.n) > ($2, $3) ORDER BY u.ordinal, i.n LIMIT $4`,
    [submission, after.ordinal, after.n, limit]
  )
}
