/**
 * Sessions of officers, over all replicas: each request asks the database, so one that was ended is dead everywhere at once. Decides when the cookie is replaced and how
 * sessions end: signed out, by the provider's back channel, all of an officer's at a word, over, or because a copy of the cookie was seen. Each end is an entry. Whose
 * sessions all end at a word has no token left either.
 */
import { randomBytes } from 'node:crypto'
import { hmac, sha256 } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import { activeOfficer } from '../../core/identity/registry.ts'
import { isDue, namedAt, OVERLAP_MS, standingOf } from '../../core/identity/session.ts'
import { readLogoutToken } from '../../seal/logout-token.ts'
import { type Db, transaction } from '../../store/pool.ts'
import * as identities from '../../store/registry.ts'
import * as store from '../../store/sessions.ts'
import { spendJti } from '../../store/spent-jti.ts'
import { appendAnew } from '../log/log.ts'
import { comeByLink } from './first-run.ts'
import type { SessionRoom } from './session-room.ts'
import { type Arrival, arrive, type Departure, depart, isAwaited, type SignedIn } from './sign-in.ts'

/** A session that stands, as its request is answered. */
export interface LiveSession {
  readonly id: string
  readonly officer: string
  readonly made: Date
  /** unless it is idle before */
  readonly ends: Date
  readonly idleEnds: Date
  /** for a header of every request that changes something: the same as long as the session lives */
  readonly csrf: string
  /** for the cookie, where it was replaced just now */
  readonly replaced: string | null
}

/** Why a session ended, in its entry. */
type Ending = 'signed-out' | 'back-channel' | 'over' | 'copied'

export interface Sessions {
  depart(returnTo: string): Promise<Departure>
  arrive(arrival: Arrival): Promise<SignedIn>
  /** Does this browser wait for that? Only then is a failure one of somebody who tried. */
  awaited(arrival: Pick<Arrival, 'away' | 'query'>): boolean
  /** By the link of the first run. RequestError not-found. */
  comeByLink(link: string, arrival: Pick<Arrival, 'before' | 'address'>): Promise<SignedIn>
  /** By what a cookie holds. RequestError session-ended. */
  use(secret: string): Promise<LiveSession>
  signOut(session: LiveSession): Promise<void>
  /** A logout token of the provider. RequestError bad-request. */
  logOut(token: string): Promise<void>
  /** Those that stand; `by` an officer, whose look is an entry. */
  list(by: string): Promise<readonly store.SessionMetadata[]>
  /** All of an officer's, wherever they are, and the access tokens of before. How many sessions; `by` an officer. RequestError not-found: no such officer. */
  revoke(officer: string, by: string): Promise<number>
}

/** What a cookie may hold: nothing else is asked of the database. */
const SECRET = /^[A-Za-z0-9_-]{43}$/
/** `seen` is written so often at most, in parts of the idle time: else every request would be a write. */
const TOUCHES = 15

function ended(
  client: Db,
  room: Pick<SessionRoom, 'now'>,
  { id, officer }: Pick<store.SessionRow, 'id' | 'officer'>,
  reason: Ending
): Promise<void> {
  return appendAnew(client, { v: 1, kind: 'session-ended', at: room.now().toISOString(), officer, session: id, reason })
}

async function end(room: SessionRoom, session: Pick<store.SessionRow, 'id' | 'officer'>, reason: Ending): Promise<void> {
  await transaction(room.pool, async (client) => {
    if ((await store.deleteSession(client, session.id)) === 1) await ended(client, room, session, reason)
  })
}

/** The new secret, where this request is the one that replaces the old. */
async function replaced(room: SessionRoom, session: store.SessionRow, presented: Buffer, at: Date): Promise<string | null> {
  if (!isDue(session, presented, room.limits, at)) return null
  const secret = randomBytes(32).toString('base64url')
  const until = new Date(at.getTime() + OVERLAP_MS)
  return (await store.rotateSession(room.pool, { id: session.id, from: presented, to: sha256(secret), at, until })) === 1 ? secret : null
}

async function use(room: SessionRoom, secret: string): Promise<LiveSession> {
  if (!SECRET.test(secret)) throw new RequestError('session-ended')
  const presented = sha256(secret)
  const session = await store.findSession(room.pool, presented)
  if (session === null) throw new RequestError('session-ended')
  const { registry, issuer, limits } = room
  const at = room.now()
  const standing = standingOf(session, presented, { registry, issuer, limits, at })
  if (standing !== 'live') {
    await end(room, session, standing)
    throw new RequestError('session-ended')
  }
  const fresh = await replaced(room, session, presented, at)
  const seen = at.getTime() - session.seen.getTime() < limits.idle / TOUCHES ? session.seen : at
  if (fresh === null && seen === at) await store.touchSession(room.pool, session.id, at)
  return {
    id: session.id,
    officer: session.officer,
    made: session.made,
    ends: session.ends,
    idleEnds: new Date(Math.min(session.ends.getTime(), (fresh === null ? seen : at).getTime() + limits.idle)),
    csrf: hmac(room.ring.names(), 'csrf', session.id).toString('base64url'),
    replaced: fresh
  }
}

/** Who is told of to the registry: the local officer of the first run is not there, and has no token. */
function registered({ registry: { officers }, firstRun }: SessionRoom, ids: readonly string[]): readonly string[] {
  return ids.filter((id) => officers.has(id) && officers.get(id) !== firstRun?.officer)
}

/** Access tokens of before are dead, too: on every replica within a second. `done`: under its lock the sessions ended. */
async function endTokens(client: Db, officers: readonly string[], done: Pick<identities.Done, 'at' | 'epoch'>): Promise<void> {
  await identities.enterFolder(client, 'officer', officers, done)
  for (const officer of officers) await identities.setNotBefore(client, officer, done.epoch)
}

/** A person who signed out there, or whose last session of ours that was. */
async function logOut(room: SessionRoom, text: string): Promise<void> {
  const { provider, issuer, clientId } = room
  if (provider === null) throw new RequestError('not-found')
  const token = await readLogoutToken(text, await provider.keys(), { issuer, clientId }, room.now())
  await transaction(room.pool, async (client) => {
    const epoch = await identities.nextEpoch(client)
    if (!(await spendJti(client, { issuer: 'logout', jti: token.jti, expires: token.expires }))) throw new RequestError('bad-request')
    const subject = token.subject === null ? null : namedAt(issuer, token.subject)
    const session = token.session === null ? null : namedAt(issuer, token.session)
    const over = await store.deleteSessionsAt(client, subject, session)
    for (const one of over) await ended(client, room, one, 'back-channel')
    const at = room.now()
    const named = [...room.registry.officers.values()].filter((one) => token.session === null && one.subject === token.subject)
    const all = [...new Set([...named.map(({ id }) => id), ...over.map(({ officer }) => officer)])]
    const here = await store.officersWithSession(client, all, at, new Date(at.getTime() - room.limits.idle))
    await endTokens(
      client,
      registered(
        room,
        all.filter((id) => !here.includes(id))
      ),
      { at, epoch }
    )
  })
}

function list(room: SessionRoom, by: string): Promise<readonly store.SessionMetadata[]> {
  const at = room.now()
  return transaction(room.pool, async (client) => {
    const found = await store.listSessions(client, at, new Date(at.getTime() - room.limits.idle))
    const standing = found.filter(({ officer }) => activeOfficer(room.registry, officer, at) !== null)
    await appendAnew(client, { v: 1, kind: 'register-read', at: at.toISOString(), officer: by, what: 'sessions', rows: standing.length })
    return standing
  })
}

async function revoke(room: SessionRoom, officer: string, by: string): Promise<number> {
  if (!room.registry.officers.has(officer)) throw new RequestError('not-found')
  return transaction(room.pool, async (client) => {
    const epoch = await identities.nextEpoch(client)
    const at = room.now()
    const sessions = await store.deleteSessionsOf(client, officer)
    await endTokens(client, registered(room, [officer]), { at, epoch })
    await appendAnew(client, { v: 1, kind: 'sessions-revoked', at: at.toISOString(), officer: by, of: officer, sessions })
    return sessions
  })
}

/** Of a session, on any replica: schemas/config/environment.json. */
const LONGEST_IDLE_MS = 2 * 3_600_000

/** Those that time has ended and nobody came back to. How many. */
export function sweepSessions(room: Pick<SessionRoom, 'pool' | 'now'>): Promise<number> {
  return transaction(room.pool, async (client) => {
    const at = room.now()
    const over = await store.sweepSessions(client, at, new Date(at.getTime() - LONGEST_IDLE_MS))
    for (const session of over) await ended(client, room, session, 'over')
    return over.length
  })
}

export function openSessions(room: SessionRoom): Sessions {
  return {
    depart: (returnTo) => depart(room, returnTo),
    arrive: (arrival) => arrive(room, arrival),
    awaited: (arrival) => isAwaited(room, arrival),
    comeByLink: (link, arrival) => comeByLink(room, link, arrival),
    use: (secret) => use(room, secret),
    signOut: (session) => end(room, session, 'signed-out'),
    logOut: (token) => logOut(room, token),
    list: (by) => list(room, by),
    revoke: (officer, by) => revoke(room, officer, by)
  }
}
