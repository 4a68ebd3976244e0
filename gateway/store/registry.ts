/**
 * Parties and officers as registered, their standing and their keys, and invitations. Decides nothing; what may not be the database refuses itself
 * (026_registry.sql). Every change is made under the lock of the epoch and carries the new one.
 */
import type { Standing } from '../core/identity/registry.ts'
import { type Db, rows, run } from './pool.ts'

export interface IdentityRow {
  readonly id: string
  readonly kind: 'party' | 'officer'
  readonly origin: 'folder' | 'live'
  /** of a live party: JSON, without its keys */
  readonly document: string | null
  readonly standing: Standing
  readonly since: Date
  readonly not_before: Date | null
}

export interface KeyRow {
  readonly identity: string
  /** RFC 7638 */
  readonly thumbprint: string
  readonly kid: string
  /** JSON; null: no longer active */
  readonly jwk: string | null
  readonly state: 'active' | 'retired' | 'revoked'
  /** it signs and stands in a row or a file; false: it served it only, it is one to seal to, or an operator named it */
  readonly own: boolean
}

export interface InvitationRow {
  readonly hash: string
  readonly party: string
  readonly role: 'hospital' | 'insurer'
  readonly invited_by: string
  readonly expires: Date
  readonly state: 'open' | 'waiting' | 'confirmed' | 'declined'
  readonly document: string | null
  /** RFC 7638 of the key that whoever began it signed by; null: who began it signed in */
  readonly signer: string | null
  /** desk: an operator told the document */
  readonly how: 'invited' | 'desk'
}

/** Who did it and why, and when: beside what it is now. */
export interface Done {
  readonly officer: string
  readonly reason: string | null
  readonly at: Date
  readonly epoch: number
}

const IDENTITY = 'id, kind, origin, document, standing, since, not_before'
const KEY = 'identity, thumbprint, kid, jwk, state, own'

/** Rises with every change. */
export async function registryEpoch(db: Db): Promise<number> {
  return (await rows<{ epoch: number }>(db, 'SELECT epoch FROM registry_epoch'))[0]?.epoch ?? 0
}

/** The epoch of the caller's changes. No other change until the transaction ends; every replica is told when it commits. */
export async function nextEpoch(db: Db): Promise<number> {
  const [row] = await rows<{ epoch: number }>(db, 'UPDATE registry_epoch SET epoch = epoch + 1 RETURNING epoch')
  await run(db, 'NOTIFY sallyport_registry')
  return row?.epoch ?? 0
}

/** What changed after `seen`; of all (-1). */
export async function identitiesSince(db: Db, seen: number): Promise<IdentityRow[]> {
  return rows<IdentityRow>(db, `SELECT ${IDENTITY} FROM identity WHERE epoch > $1`, [seen])
}

/** What changed after `seen`. Of all (-1) without what parties that are registered live retired: no file brings it back, and of those that a file names (`filed`) all are there. */
export async function keysSince(db: Db, seen: number, filed: readonly string[]): Promise<KeyRow[]> {
  const all = `SELECT ${KEY} FROM identity_key k WHERE state <> 'retired' OR EXISTS (SELECT FROM identity i WHERE i.id = k.identity AND i.origin = 'folder') OR thumbprint = ANY($1::text[])`
  return seen < 0 ? rows<KeyRow>(db, all, [filed]) : rows<KeyRow>(db, `SELECT ${KEY} FROM identity_key WHERE epoch > $1`, [seen])
}

/** `jti` of tokens that were revoked one by one and would be good still, at a gateway, too, whose clock is minutes behind that of the database. */
export async function revokedTokens(db: Db): Promise<string[]> {
  return (await rows<{ jti: string }>(db, "SELECT jti FROM revoked_token WHERE expires > now() - interval '10 minutes'")).map(
    ({ jti }) => jti
  )
}

/** Enters those of the folder who are not there yet; how many. */
export async function enterFolder(
  db: Db,
  kind: IdentityRow['kind'],
  ids: readonly string[],
  { at, epoch }: Pick<Done, 'at' | 'epoch'>
): Promise<number> {
  return run(
    db,
    `INSERT INTO identity (id, kind, origin, standing, since, epoch) SELECT id, $1, 'folder', 'active', $3, $4 FROM unnest($2::text[]) AS id ON CONFLICT DO NOTHING`,
    [kind, ids, at, epoch]
  )
}

/** Which of these are not there. */
export async function notEntered(db: Db, ids: readonly string[]): Promise<string[]> {
  const text = 'SELECT id FROM unnest($1::text[]) AS id WHERE NOT EXISTS (SELECT FROM identity i WHERE i.id = id.id)'
  return (await rows<{ id: string }>(db, text, [ids])).map(({ id }) => id)
}

export async function findIdentity(db: Db, id: string): Promise<IdentityRow | null> {
  return (await rows<IdentityRow>(db, `SELECT ${IDENTITY} FROM identity WHERE id = $1`, [id]))[0] ?? null
}

/** All that there are of it, the retired and the revoked too. */
export async function keysOfIdentity(db: Db, id: string): Promise<KeyRow[]> {
  return rows<KeyRow>(db, `SELECT ${KEY} FROM identity_key WHERE identity = $1 ORDER BY since, thumbprint`, [id])
}

/** How many of its keys came or went since then. */
export async function countKeysSince(db: Db, id: string, since: Date): Promise<number> {
  const text = 'SELECT count(*)::integer AS keys FROM identity_key WHERE identity = $1 AND since > $2'
  return (await rows<{ keys: number }>(db, text, [id, since]))[0]?.keys ?? 0
}

/** To whom a key is known, in whatever state. */
export async function ownersOf(
  db: Db,
  thumbprints: readonly string[]
): Promise<Pick<KeyRow, 'identity' | 'thumbprint' | 'state' | 'own'>[]> {
  return rows(db, 'SELECT identity, thumbprint, state, own FROM identity_key WHERE thumbprint = ANY($1::text[])', [thumbprints])
}

/** Of live parties that are not revoked, without their keys. */
export async function liveDocuments(db: Db): Promise<string[]> {
  const text = "SELECT document FROM identity WHERE origin = 'live' AND standing <> 'revoked'"
  return (await rows<{ document: string }>(db, text)).map(({ document }) => document)
}

export async function insertParty(db: Db, id: string, document: string, { officer, at, epoch }: Done): Promise<number> {
  const text = `INSERT INTO identity (id, kind, origin, document, standing, officer, since, epoch)
    VALUES ($1, 'party', 'live', $2, 'active', $3, $4, $5) ON CONFLICT DO NOTHING`
  return run(db, text, [id, document, officer, at, epoch])
}

/** In place of the document of a live party. */
export async function setDocument(db: Db, id: string, document: string, { epoch }: Done): Promise<number> {
  return run(db, "UPDATE identity SET document = $2, epoch = $3 WHERE id = $1 AND origin = 'live'", [id, document, epoch])
}

/**
 * With it dies what was signed in with before: at a resumption, too, for a replica may have heard late of the suspension. By the clock of the database, which is one for all
 * desks and replicas.
 */
export async function setStanding(db: Db, id: string, standing: Standing, { officer, reason, at, epoch }: Done): Promise<number> {
  const text = `UPDATE identity SET standing = $2, officer = $3, reason = $4, since = $5, epoch = $6,
    not_before = greatest(not_before, clock_timestamp()) WHERE id = $1`
  return run(db, text, [id, standing, officer, reason, at, epoch])
}

/** What was signed in with before now, or until so many seconds from now, is dead: by the clock of the database, which is one for all. */
export async function setNotBefore(db: Db, id: string, epoch: number, seconds = 0): Promise<number> {
  const text =
    'UPDATE identity SET not_before = greatest(not_before, clock_timestamp() + make_interval(secs => $2)), epoch = $3 WHERE id = $1'
  return run(db, text, [id, seconds, epoch])
}

export async function insertKey(db: Db, key: Omit<KeyRow, 'own'>, { officer, reason, at, epoch }: Done): Promise<number> {
  const text = `INSERT INTO identity_key (${KEY}, reason, officer, since, epoch) VALUES ($1, $2, $3, $4, $5, true, $6, $7, $8, $9) ON CONFLICT DO NOTHING`
  return run(db, text, [key.identity, key.thumbprint, key.kid, key.jwk, key.state, reason, officer, at, epoch])
}

/** Ends a key. One that stands in a file alone gets its row by it. */
export async function endKey(db: Db, key: Omit<KeyRow, 'jwk'>, { officer, reason, at, epoch }: Done): Promise<number> {
  const text = `INSERT INTO identity_key (${KEY}, reason, officer, since, epoch) VALUES ($1, $2, $3, NULL, $4, $9, $5, $6, $7, $8)
    ON CONFLICT (identity, thumbprint) DO UPDATE SET state = EXCLUDED.state, jwk = NULL, reason = EXCLUDED.reason, officer = EXCLUDED.officer,
      since = EXCLUDED.since, epoch = EXCLUDED.epoch, own = EXCLUDED.own`
  return run(db, text, [key.identity, key.thumbprint, key.kid, key.state, reason, officer, at, epoch, key.own])
}

const INVITATION = 'hash, party, role, invited_by, expires, state, document, signer, how'

export async function insertInvitation(db: Db, row: Omit<InvitationRow, 'state' | 'document'>, at: Date): Promise<number> {
  const text = `INSERT INTO party_invitation (hash, party, role, invited_by, made, expires, state, signer, how) VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8)`
  return run(db, text, [row.hash, row.party, row.role, row.invited_by, at, row.expires, row.signer, row.how])
}

/** By the hash of its code, locked until the caller's transaction ends. */
export async function lockInvitation(db: Db, hash: string): Promise<InvitationRow | null> {
  return (await rows<InvitationRow>(db, `SELECT ${INVITATION} FROM party_invitation WHERE hash = $1 FOR UPDATE`, [hash]))[0] ?? null
}

/** Those that are open or wait for an officer; of one party, or of all. */
export async function standingInvitations(db: Db, party: string | null = null): Promise<InvitationRow[]> {
  const text = `SELECT ${INVITATION} FROM party_invitation WHERE state IN ('open', 'waiting') AND ($1::text IS NULL OR party = $1) ORDER BY party`
  return rows<InvitationRow>(db, text, [party])
}

export async function moveInvitation(db: Db, hash: string, state: InvitationRow['state'], document: string | null): Promise<number> {
  return run(db, 'UPDATE party_invitation SET state = $2, document = coalesce($3, document) WHERE hash = $1', [hash, state, document])
}

/** Do all of these stand active, and stay so until the caller's transaction ends? Who is not there is of a folder that is not entered yet. */
export async function holdActive(db: Db, ids: readonly string[]): Promise<boolean> {
  const held = await rows<{ standing: Standing }>(db, 'SELECT standing FROM identity WHERE id = ANY($1::text[]) ORDER BY id FOR SHARE', [
    ids
  ])
  return held.every(({ standing }) => standing === 'active')
}
