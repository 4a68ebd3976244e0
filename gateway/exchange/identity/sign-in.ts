/**
 * Officers come in by a browser: by the OpenID Connect provider, or, where none is configured, by a link that is good once. Decides that the officer is the one file whose
 * `subject` the provider names, and that what the provider says of how the sign-in was made is enough. Refuses an answer to a browser that did not ask, twice the same, too late, a
 * subject nobody has, or two have. The cookie of a browser that is away at the provider is all that is kept of it: state, nonce and PKCE verifier are made of it again, by a key of ours.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { hmac, sha256 } from '../../core/digest.ts'
import { RefusedError, RequestError } from '../../core/errors.ts'
import { activeOfficer } from '../../core/identity/registry.ts'
import { isStrong, namedAt, RETURN_TO, type Strength, same } from '../../core/identity/session.ts'
import type { Officer } from '../../generated/policy.ts'
import { transaction } from '../../store/pool.ts'
import { deleteSession, findSession, insertSession } from '../../store/sessions.ts'
import { spendJti } from '../../store/spent-jti.ts'
import { addressMac } from '../audit/refusals.ts'
import { append, appendAnew } from '../log/log.ts'
import type { SessionRoom } from './session-room.ts'

/** How long a browser may be away at the provider. */
export const AWAY_MS = 10 * 60_000
const SECRET_BYTES = 32
const AWAY = /^[A-Za-z0-9_-]{43}\.([0-9]{13})\.([0-9]{1,2})$/

export interface Departure {
  readonly url: URL
  /** for a cookie of this browser, until it is back */
  readonly away: string
}

export interface SignedIn {
  /** for the cookie; nowhere else */
  readonly secret: string
  readonly returnTo: string
}

/** What came back with the browser. */
export interface Arrival {
  readonly query: URLSearchParams
  /** what the two cookies hold; null without */
  readonly away: string | null
  readonly before: string | null
  readonly address: string
}

function challengeOf(room: Pick<SessionRoom, 'ring'>, away: string) {
  const secret = room.ring.names()
  const made = (what: string): string => hmac(secret, what, away).toString('base64url')
  return { state: made('sign-in state'), nonce: made('sign-in nonce'), verifier: made('sign-in verifier') }
}

/** RequestError bad-request where it may not end there, not-found where there is no provider; UpstreamError provider-unavailable. */
export async function depart(room: SessionRoom, returnTo: string): Promise<Departure> {
  const place = RETURN_TO.indexOf(returnTo)
  if (place === -1) throw new RequestError('bad-request', 'return_to is not one of the addresses where a sign-in may end.')
  if (room.provider === null) throw new RequestError('not-found')
  const away = `${randomBytes(SECRET_BYTES).toString('base64url')}.${room.now().getTime() + AWAY_MS}.${place}`
  return { url: await room.provider.authorize(challengeOf(room, away)), away }
}

/** RequestError (RefusedError where it is known whom it concerns) sign-in-invalid | sign-in-unknown | sign-in-weak; UpstreamError provider-unavailable. */
export async function arrive(room: SessionRoom, arrival: Arrival): Promise<SignedIn> {
  const { provider } = room
  if (provider === null) throw new RequestError('not-found')
  const { away, returnTo } = await awayOf(room, arrival)
  const claims = await provider.redeem(arrival.query, challengeOf(room, away))
  const officer = officerOf(room, claims.subject)
  if (!isStrong(claims, room.strength)) throw new RefusedError('sign-in-weak', { kind: 'sign-in-refused', party: officer.id, proved: true })
  const subject = namedAt(room.issuer, claims.subject)
  const session = claims.session === null ? null : namedAt(room.issuer, claims.session)
  const secret = await begin(room, { officer, subject, session, how: 'openid', strength: claims, arrival })
  return { secret, returnTo }
}

/** Is it what this browser waits for? The state is made with our key: of a cookie that is not ours nobody knows it, nor can another site's page make it fit. */
export function isAwaited(room: Pick<SessionRoom, 'ring'>, { away, query }: Pick<Arrival, 'away' | 'query'>): boolean {
  const [state, ...others] = query.getAll('state')
  if (away === null || !AWAY.test(away) || state === undefined || others.length > 0) return false
  return same(sha256(state), sha256(challengeOf(room, away).state))
}

/** The cookie of the browser that asked: of that very state, of now, and not seen before. Nothing is asked of the provider until then. */
async function awayOf(room: SessionRoom, arrival: Arrival): Promise<{ readonly away: string; readonly returnTo: string }> {
  const away = arrival.away ?? ''
  const read = AWAY.exec(away)
  if (read === null || !isAwaited(room, arrival)) throw new RequestError('sign-in-invalid')
  const { state } = challengeOf(room, away)
  const until = new Date(Number(read[1]))
  if (room.now() >= until || !(await spendJti(room.pool, { issuer: 'sign-in', jti: state, expires: until })))
    throw new RequestError('sign-in-invalid')
  return { away, returnTo: RETURN_TO[Number(read[2])] ?? '/session' }
}

/** An officer whom nobody names in full: one entry says that somebody whom the provider knows came. */
function officerOf(room: SessionRoom, subject: string): Officer {
  const [officer, ...others] = [...room.registry.officers.values()].filter((one) => one.subject === subject)
  if (officer === undefined || others.length > 0) {
    const name = hmac(room.ring.names(), 'subject', room.issuer, subject).toString('hex', 0, 8)
    throw new RefusedError('sign-in-unknown', { kind: 'sign-in-refused', party: `unknown-${name}`, proved: true })
  }
  if (activeOfficer(room.registry, officer.id, room.now()) === null)
    throw new RefusedError('sign-in-unknown', { kind: 'sign-in-refused', party: officer.id, proved: true })
  return officer
}

interface Beginning {
  readonly officer: Officer
  readonly subject: Buffer
  readonly session: Buffer | null
  readonly how: 'openid' | 'first-run'
  readonly strength: Strength
  readonly arrival: Pick<Arrival, 'before' | 'address'>
}

/** A session under a secret that nobody has seen before; one that this browser had ends. The secret. */
export async function begin(room: SessionRoom, { officer, subject, session, how, strength, arrival }: Beginning): Promise<string> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  const id = randomUUID()
  const at = room.now()
  const ends = new Date(at.getTime() + room.limits.absolute)
  const said = room.strength.acr.find((one) => one === strength.acr)
  await transaction(room.pool, async (client) => {
    const before = arrival.before === null ? null : await findSession(client, sha256(arrival.before))
    if (before !== null && (await deleteSession(client, before.id)) === 1)
      await appendAnew(client, {
        v: 1,
        kind: 'session-ended',
        at: at.toISOString(),
        officer: before.officer,
        session: before.id,
        reason: 'replaced'
      })
    await insertSession(client, {
      id,
      officer: officer.id,
      secret_sha256: sha256(secret),
      subject_sha256: subject,
      provider_sha256: session,
      made: at,
      ends
    })
    await append(client, `officer-signed-in:${id}`, {
      v: 1,
      kind: 'officer-signed-in',
      at: at.toISOString(),
      officer: officer.id,
      session: id,
      how,
      until: ends.toISOString(),
      ...(said === undefined ? {} : { acr: said }),
      ...(room.strength.amr.length === 0 ? {} : { amr: [...room.strength.amr] }),
      address: addressMac(room.ring.names(), arrival.address)
    })
  })
  return secret
}
