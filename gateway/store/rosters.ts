/** Rosters: who is a member of a Group, by an HMAC of who they are. A list is replaced as a whole. In force from the commit on. */
import { type Db, rows, run } from './pool.ts'

export interface RosterName {
  readonly party: string
  readonly roster: string
}

/** Lists are replaced one after the other: of two at once neither would see the other's members, and both would stay. */
export async function lockRosters(db: Db): Promise<void> {
  await run(db, 'LOCK TABLE roster_member IN SHARE ROW EXCLUSIVE MODE')
}

export async function emptyRoster(db: Db, { party, roster }: RosterName): Promise<number> {
  return run(db, 'DELETE FROM roster_member WHERE party = $1 AND roster = $2', [party, roster])
}

export async function addMembers(db: Db, { party, roster }: RosterName, keys: readonly Buffer[]): Promise<number> {
  const sql = 'INSERT INTO roster_member (party, roster, key) SELECT $1, $2, unnest($3::bytea[]) ON CONFLICT DO NOTHING'
  return run(db, sql, [party, roster, keys])
}

/** Which of these keys are members. */
export async function membersAmong(db: Db, { party, roster }: RosterName, keys: readonly Buffer[]): Promise<Buffer[]> {
  const sql = 'SELECT key FROM roster_member WHERE party = $1 AND roster = $2 AND key = ANY($3::bytea[])'
  return (await rows<{ key: Buffer }>(db, sql, [party, roster, keys])).map(({ key }) => key)
}

export async function listRosters(db: Db): Promise<(RosterName & { members: number })[]> {
  return rows(db, 'SELECT party, roster, count(*)::integer AS members FROM roster_member GROUP BY party, roster ORDER BY party, roster', [])
}

/** No roster changes until the caller's transaction ends. Take it after the opt-outs. */
export async function holdRosters(db: Db): Promise<void> {
  await run(db, 'LOCK TABLE roster_member IN SHARE MODE')
}

/** Whom the Group of a submission names. */
export async function addSubmitted(db: Db, submission: string, roster: string, keys: readonly Buffer[]): Promise<number> {
  const sql = 'INSERT INTO submitted_member (submission, roster, key) SELECT $1, $2, unnest($3::bytea[]) ON CONFLICT DO NOTHING'
  return run(db, sql, [submission, roster, keys])
}

/** Which of these keys the Groups of that id name, and in which submission. */
export async function submittedAmong(db: Db, roster: string, keys: readonly Buffer[]): Promise<{ key: Buffer; submission: string }[]> {
  return rows(db, 'SELECT key, submission FROM submitted_member WHERE roster = $1 AND key = ANY($2::bytea[])', [roster, keys])
}
