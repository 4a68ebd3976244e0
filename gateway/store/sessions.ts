/** Sessions of officers, for all replicas: found by the SHA-256 of what a cookie holds. Decides nothing; whether one still stands is core/identity/session.ts. */
import { type Db, rows, run } from './pool.ts'

export interface SessionRow {
  readonly id: string
  readonly officer: string
  readonly secret_sha256: Buffer
  readonly before_sha256: Buffer | null
  readonly before_until: Date | null
  readonly subject_sha256: Buffer
  readonly provider_sha256: Buffer | null
  readonly made: Date
  readonly rotated: Date
  readonly seen: Date
  readonly ends: Date
}

/** What is told of a session to operators. */
export type SessionMetadata = Pick<SessionRow, 'id' | 'officer' | 'made' | 'seen' | 'ends'>

/** One that was just made. */
export type NewSession = Pick<SessionRow, 'id' | 'officer' | 'secret_sha256' | 'subject_sha256' | 'provider_sha256' | 'made' | 'ends'>

export async function insertSession(db: Db, session: NewSession): Promise<number> {
  const { id, officer, secret_sha256, subject_sha256, provider_sha256, made, ends } = session
  return run(
    db,
    `INSERT INTO officer_session (id, officer, secret_sha256, subject_sha256, provider_sha256, made, rotated, seen, ends)
     VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7)`,
    [id, officer, secret_sha256, subject_sha256, provider_sha256, made, ends]
  )
}

const ROW = 'id, officer, secret_sha256, before_sha256, before_until, subject_sha256, provider_sha256, made, rotated, seen, ends'

/** By what its cookie holds now, or ever held. Asked at every request: planned once a connection. */
export async function findSession(db: Db, secret: Buffer): Promise<SessionRow | null> {
  const found = await rows<SessionRow>(
    db,
    `SELECT ${ROW} FROM officer_session WHERE secret_sha256 = $1 OR before_sha256 = $1 OR earlier_sha256 @> ARRAY[$1::bytea]`,
    [secret],
    'find-session'
  )
  return found[0] ?? null
}

export async function touchSession(db: Db, id: string, at: Date): Promise<number> {
  return run(db, 'UPDATE officer_session SET seen = $2 WHERE id = $1 AND seen < $2', [id, at])
}

export interface Rotation {
  readonly id: string
  readonly from: Buffer
  readonly to: Buffer
  readonly at: Date
  /** until then `from` is good, too */
  readonly until: Date
}

/** 1 for the one request that may do it, 0 for others beside it. */
export async function rotateSession(db: Db, { id, from, to, at, until }: Rotation): Promise<number> {
  return run(
    db,
    `UPDATE officer_session SET secret_sha256 = $3, before_sha256 = $2, before_until = $5, rotated = $4, seen = $4,
       earlier_sha256 = array_remove(earlier_sha256 || before_sha256, NULL)
     WHERE id = $1 AND secret_sha256 = $2`,
    [id, from, to, at, until]
  )
}

/** 1, or 0 where it had ended. */
export async function deleteSession(db: Db, id: string): Promise<number> {
  return run(db, 'DELETE FROM officer_session WHERE id = $1', [id])
}

/** All of an officer's. How many. */
export async function deleteSessionsOf(db: Db, officer: string): Promise<number> {
  return run(db, 'DELETE FROM officer_session WHERE officer = $1', [officer])
}

/** Which of these officers have one left that stands. */
export async function officersWithSession(db: Db, officers: readonly string[], at: Date, idleSince: Date): Promise<string[]> {
  const text = 'SELECT DISTINCT officer FROM officer_session WHERE officer = ANY($1::text[]) AND ends > $2 AND seen > $3'
  return (await rows<{ officer: string }>(db, text, [officers, at, idleSince])).map(({ officer }) => officer)
}

/** Of a subject of the provider, or of one session there, or of that session of that subject where both are named. Those that ended. */
export async function deleteSessionsAt(
  db: Db,
  subject: Buffer | null,
  provider: Buffer | null
): Promise<Pick<SessionRow, 'id' | 'officer'>[]> {
  return rows(
    db,
    `DELETE FROM officer_session WHERE ($1::bytea IS NOT NULL OR $2::bytea IS NOT NULL)
       AND ($1::bytea IS NULL OR subject_sha256 = $1) AND ($2::bytea IS NULL OR provider_sha256 = $2) RETURNING id, officer`,
    [subject, provider]
  )
}

/** Those that nothing ended yet, the latest first. */
export async function listSessions(db: Db, at: Date, idleSince: Date): Promise<SessionMetadata[]> {
  return rows<SessionMetadata>(
    db,
    'SELECT id, officer, made, seen, ends FROM officer_session WHERE ends > $1 AND seen > $2 ORDER BY made DESC, id LIMIT 1000',
    [at, idleSince]
  )
}

/** Drops those that time has ended, a thousand at once. Those that ended. */
export async function sweepSessions(db: Db, at: Date, idleSince: Date): Promise<Pick<SessionRow, 'id' | 'officer'>[]> {
  return rows(
    db,
    'DELETE FROM officer_session WHERE id IN (SELECT id FROM officer_session WHERE ends <= $1 OR seen <= $2 LIMIT 1000) RETURNING id, officer',
    [at, idleSince]
  )
}
