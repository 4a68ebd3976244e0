/** Requests for roles beyond a file, and who approved them. Decides nothing; triggers keep a request from becoming another, and what has ended from standing again. */
import type { EmergencyRequest } from '../core/identity/emergency.ts'
import type { Emergency } from '../core/identity/registry.ts'
import { type Db, rows, run } from './pool.ts'

export interface EmergencyRow {
  readonly id: string
  readonly officer: string
  readonly request: EmergencyRequest
  readonly hash: string
  readonly asked: Date
  readonly state: 'asked' | 'standing' | 'ended'
  readonly begun: Date | null
  readonly until: Date | null
  readonly ended: Date | null
  readonly ended_by: string | null
}

const COLUMNS = 'id, officer, request::json AS request, hash, asked, state, begun, until, ended, ended_by'

export async function insertEmergency(
  db: Db,
  request: EmergencyRequest,
  { text, hash }: { readonly text: string; readonly hash: string }
): Promise<void> {
  await run(db, "INSERT INTO emergency (id, officer, request, hash, asked, state) VALUES ($1, $2, $3, $4, $5, 'asked')", [
    request.id,
    request.officer,
    text,
    hash,
    request.at
  ])
}

/** Of an officer: how many wait or stand. Callers that ask at once wait for each other until they commit. */
export async function countOpen(db: Db, officer: string): Promise<number> {
  await run(db, "SELECT pg_advisory_xact_lock(hashtextextended('emergency ' || $1, 0))", [officer])
  const [row] = await rows<{ n: number }>(db, "SELECT count(*)::integer AS n FROM emergency WHERE state <> 'ended' AND officer = $1", [
    officer
  ])
  return row?.n ?? 0
}

/** Held until the transaction ends. */
export async function lockEmergency(db: Db, id: string): Promise<EmergencyRow | null> {
  return (await rows<EmergencyRow>(db, `SELECT ${COLUMNS} FROM emergency WHERE id = $1 FOR UPDATE`, [id]))[0] ?? null
}

/** The open ones and the newest of the others. */
export async function listEmergencies(db: Db, most: number): Promise<EmergencyRow[]> {
  return rows<EmergencyRow>(db, `SELECT ${COLUMNS} FROM emergency ORDER BY (state = 'ended'), asked DESC LIMIT $1`, [most])
}

export async function readEmergency(db: Db, id: string): Promise<EmergencyRow | null> {
  return (await rows<EmergencyRow>(db, `SELECT ${COLUMNS} FROM emergency WHERE id = $1`, [id]))[0] ?? null
}

export interface ApprovalRow {
  readonly emergency: string
  readonly officer: string
  readonly role: 'privacy-officer' | 'another'
  readonly key: string | null
  readonly jws: string | null
  readonly at: Date
}

export async function insertApproval(db: Db, { emergency, officer, role, key, jws, at }: ApprovalRow): Promise<void> {
  await run(db, 'INSERT INTO emergency_approval (emergency, officer, role, key, jws, at) VALUES ($1, $2, $3, $4, $5, $6)', [
    emergency,
    officer,
    role,
    key,
    jws,
    at
  ])
}

export async function listApprovals(db: Db, ids: readonly string[]): Promise<ApprovalRow[]> {
  return rows<ApprovalRow>(
    db,
    'SELECT emergency, officer, role, key, jws, at FROM emergency_approval WHERE emergency = ANY ($1::uuid[]) ORDER BY at, officer',
    [ids]
  )
}

export async function beginEmergency(db: Db, id: string, begun: Date, until: Date): Promise<void> {
  await run(db, "UPDATE emergency SET state = 'standing', begun = $2, until = $3 WHERE id = $1", [id, begun, until])
}

export async function endEmergency(db: Db, id: string, { at, by }: { readonly at: Date; readonly by: string }): Promise<void> {
  await run(db, "UPDATE emergency SET state = 'ended', ended = $2, ended_by = $3 WHERE id = $1", [id, at, by])
}

/** Those whose time is over, held until the transaction ends; another replica's are left to it. */
export async function lockOverdue(db: Db, at: Date, askedBefore: Date): Promise<EmergencyRow[]> {
  return rows<EmergencyRow>(
    db,
    `SELECT ${COLUMNS} FROM emergency WHERE (state = 'standing' AND until <= $1) OR (state = 'asked' AND asked <= $2)
     ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED`,
    [at, askedBefore]
  )
}

/** What stands, and what was granted and ended after `since`. */
export async function begunLately(db: Db, since: Date): Promise<Pick<EmergencyRow, 'id' | 'officer' | 'state'>[]> {
  return rows<EmergencyRow>(
    db,
    'SELECT id, officer, state FROM emergency WHERE begun IS NOT NULL AND (ended IS NULL OR ended > $1) ORDER BY begun, id',
    [since]
  )
}

/** For the registry: what was granted and has not ended; whoever asks looks at `until`, too. */
export async function standingEmergencies(db: Db): Promise<Emergency[]> {
  const standing = await rows<EmergencyRow>(db, `SELECT ${COLUMNS} FROM emergency WHERE state = 'standing' ORDER BY id`)
  return standing.flatMap(({ id, officer, until, request: { roles, sees } }) =>
    until === null ? [] : [{ id, officer, roles, sees, until }]
  )
}
