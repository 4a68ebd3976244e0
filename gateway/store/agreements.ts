/** Versions of agreements, their state and what was signed of each. Decides nothing; what may not be the database refuses itself (015_agreements.sql, 020_reattestation.sql). */
import type { AgreementState } from '../core/agreement/life.ts'
import { type Db, rows, run } from './pool.ts'
import { holdActive } from './registry.ts'

export interface VersionRow {
  readonly hash: string
  readonly agreement: string
  readonly version: number
  readonly source: string
  readonly recipient: string
  readonly origin: 'folder' | 'live'
  readonly state: AgreementState
  readonly since: Date
}

export interface ApprovalRow {
  readonly hash: string
  readonly role: 'proposer' | 'source' | 'recipient' | 'privacy-officer'
  readonly officer: string
  readonly key: string
  /** the public key that signed, as it was registered then: JSON */
  readonly jwk: string
  readonly jws: string
}

const VERSION = 'hash, agreement, version, source, recipient, origin, state, since'

/** Rises with every change of an agreement. */
export async function policyEpoch(db: Db): Promise<number> {
  return (await rows<{ epoch: number }>(db, 'SELECT epoch FROM policy_epoch'))[0]?.epoch ?? 0
}

/** No other agreement changes until this transaction ends: what they may not say together is judged in peace. */
export async function lockAgreements(db: Db): Promise<void> {
  await run(db, 'SELECT 1 FROM policy_epoch FOR UPDATE')
}

export async function insertVersion(db: Db, row: VersionRow): Promise<number> {
  return run(db, `INSERT INTO agreement_version (${VERSION}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, [
    row.hash,
    row.agreement,
    row.version,
    row.source,
    row.recipient,
    row.origin,
    row.state,
    row.since
  ])
}

/** All versions, or those of one agreement, the oldest first. */
export async function listVersions(db: Db, agreement: string | null = null): Promise<VersionRow[]> {
  return versionsOf(db, agreement, null)
}

/** Condition `side` of core/identity/powers.ts: those between whom that party is one (null: all): an agreement of others costs what none costs. */
export async function versionsOf(db: Db, agreement: string | null, party: string | null): Promise<VersionRow[]> {
  const text = `SELECT ${VERSION} FROM agreement_version WHERE ($1::text IS NULL OR agreement = $1)
    AND ($2::text IS NULL OR source = $2 OR recipient = $2) ORDER BY agreement, version`
  return rows<VersionRow>(db, text, [agreement, party])
}

/** Those in force between these sides, or about to be. */
export async function standingBetween(db: Db, source: string, recipient: string): Promise<VersionRow[]> {
  const text = `SELECT ${VERSION} FROM agreement_version WHERE source = $1 AND recipient = $2 AND state IN ('active', 'approved') ORDER BY agreement`
  return rows<VersionRow>(db, text, [source, recipient])
}

export async function setVersionState(db: Db, hash: string, state: AgreementState, since: Date): Promise<number> {
  return run(db, 'UPDATE agreement_version SET state = $2, since = $3 WHERE hash = $1', [hash, state, since])
}

/** SQL: the agreements that are suspended, or in force but for a side that is. */
export const SUSPENDED = `SELECT v.agreement FROM agreement_version v WHERE v.state = 'suspended'
  UNION ALL SELECT v.agreement FROM agreement_version v JOIN identity i ON i.id IN (v.source, v.recipient) WHERE v.state = 'active' AND i.standing = 'suspended'`

/** The version that is in force or suspended, and stays so until the caller's transaction ends, and so do its sides; null: there is none. */
export async function holdStanding(
  db: Db,
  agreement: string
): Promise<{ readonly state: 'active' | 'suspended'; readonly hash: string } | null> {
  const text =
    "SELECT state, hash, source, recipient FROM agreement_version WHERE agreement = $1 AND state IN ('active', 'suspended') FOR SHARE"
  const [row] = await rows<Pick<VersionRow, 'hash' | 'source' | 'recipient'> & { state: 'active' | 'suspended' }>(db, text, [agreement])
  if (row === undefined) return null
  const { state, hash, source, recipient } = row
  return { state: (await holdActive(db, [source, recipient])) ? state : 'suspended', hash }
}

export async function insertApproval(db: Db, row: ApprovalRow): Promise<number> {
  const text = 'INSERT INTO agreement_approval (hash, role, officer, key, jwk, jws) VALUES ($1, $2, $3, $4, $5, $6)'
  return run(db, text, [row.hash, row.role, row.officer, row.key, row.jwk, row.jws])
}

/** Of these versions. */
export async function listApprovals(db: Db, hashes: readonly string[]): Promise<ApprovalRow[]> {
  const text = 'SELECT hash, role, officer, key, jwk, jws FROM agreement_approval WHERE hash = ANY($1::text[]) ORDER BY hash, role'
  return rows<ApprovalRow>(db, text, [hashes])
}

/** How many rows: none where the same word stands already. */
export async function insertAttestation(db: Db, { hash, officer, key, jwk, jws }: Omit<ApprovalRow, 'role'>): Promise<number> {
  const text = 'INSERT INTO agreement_attestation (hash, officer, key, jwk, jws) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING'
  return run(db, text, [hash, officer, key, jwk, jws])
}

/** What privacy officers signed of these versions: the approval, and each attestation since. */
export async function listAttestations(db: Db, hashes: readonly string[]): Promise<Omit<ApprovalRow, 'role'>[]> {
  return rows<Omit<ApprovalRow, 'role'>>(
    db,
    `SELECT hash, officer, key, jwk, jws FROM agreement_approval WHERE role = 'privacy-officer' AND hash = ANY($1::text[])
     UNION ALL SELECT hash, officer, key, jwk, jws FROM agreement_attestation WHERE hash = ANY($1::text[])`,
    [hashes]
  )
}

/** How many rows: none where it was made already. */
export async function insertWarning(
  db: Db,
  hash: string,
  { what, due, days }: { readonly what: string; readonly due: string; readonly days: number }
): Promise<number> {
  const text = 'INSERT INTO agreement_warning (hash, what, due, days) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING'
  return run(db, text, [hash, what, due, days])
}

/** What the log says of an agreement, in its order; what waits for its place last. */
export async function agreementEntries(db: Db, agreement: string): Promise<{ readonly statement: string }[]> {
  return rows(
    db,
    `SELECT statement FROM (
       SELECT 0 AS waits, index::bigint AS place, kind, statement::text AS statement FROM logged
       UNION ALL SELECT 1, id, kind, statement::text FROM outbox) e
     WHERE kind LIKE 'agreement-%' AND statement::json->>'agreement' = $1 ORDER BY waits, place`,
    [agreement]
  )
}
