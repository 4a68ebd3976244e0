/**
 * The routes of sessions: a browser goes away to the provider and comes back, sees who it is, signs out; the provider says who signed out there; operators see who is here, and end it.
 * Whoever fails to prove what it was asked for is counted by guard.ts, as at the token's door. Decides which answers are pages. Refuses HEAD where a GET does something.
 */
import { RequestError } from '../core/errors.ts'
import { permitOf } from '../core/identity/powers.ts'
import { RETURN_TO } from '../core/identity/session.ts'
import type { SignedIn } from '../exchange/identity/sign-in.ts'
import { type Asked, type AskedByParty, addressOf, one, onlyKnown, sendJson } from './asked.ts'
import { mediaType, readSmall } from './body.ts'
import { type Claim, guarded, proving } from './guard.ts'
import { requireMachine } from './origin.ts'
import { sendSession, sendSignedIn, sendSignedOut } from './pages.ts'
import { pathId } from './paths.ts'
import { type CallerBySession, callerByForm, cookieOf, setCookie } from './sessions.ts'

export const SIGN_IN_PATH = '/session/sign-in'
export const CALLBACK_PATH = '/session/callback'
export const FIRST_RUN_PATH = '/session/first-run'
/** Where a refusal is read by a person. */
export const PAGES: ReadonlySet<string> = new Set([SIGN_IN_PATH, CALLBACK_PATH, FIRST_RUN_PATH])

const FORM_BYTES = 16 * 1024
const AWAY_SECONDS = 600
const MAX_LINK = 64
/** Who comes back is known only then: what fails counts for all who come back from there. */
const COMES_BACK: Claim = { kind: 'officer', claimed: 'callback', by: 'nothing', seconds: 0 }

async function entered({ req, deps }: Asked, work: () => Promise<void>): Promise<void> {
  if (req.method === 'HEAD') throw new RequestError('method-not-allowed')
  await deps.logRoom.require()
  await work()
}

/** GET /session/sign-in: to the provider. */
export function answerSignIn(asked: Asked): Promise<void> {
  return entered(asked, async () => {
    const { deps, req, res, query } = asked
    onlyKnown(query, ['return_to'])
    cookieOf(deps, req, 'away') // where there can be no sessions, nobody is sent away
    const { url, away } = await deps.sessions.depart(one(query, 'return_to') ?? '/session')
    setCookie(deps, res, 'away', away, AWAY_SECONDS)
    res.statusCode = 302
    res.setHeader('Location', url.href)
    res.setHeader('Content-Length', 0)
    res.end()
  })
}

/** GET /session/callback: back from it. */
export function answerCallback(asked: Asked): Promise<void> {
  return entered(asked, async () => {
    const { deps, req, res, query } = asked
    const away = cookieOf(deps, req, 'away')
    setCookie(deps, res, 'away', null)
    const arrival = { query, away, before: cookieOf(deps, req, 'session'), address: addressOf(req) }
    const arrive = (): Promise<SignedIn> => deps.sessions.arrive(arrival)
    // any page may send a browser here: only what this one waits for is looked at, and counts where it fails
    const { secret, returnTo } = deps.sessions.awaited(arrival)
      ? await guarded(asked, () => proving(asked, COMES_BACK, arrive))
      : await arrive()
    setCookie(deps, res, 'session', secret)
    sendSignedIn(res, returnTo)
  })
}

/** GET /session/first-run: by the link that stands on the terminal. */
export function answerFirstRun(asked: Asked): Promise<void> {
  return entered(asked, async () => {
    const { deps, req, res, query } = asked
    onlyKnown(query, ['link'])
    const link = one(query, 'link') ?? ''
    if (link.length > MAX_LINK) throw new RequestError('not-found')
    const from = { before: cookieOf(deps, req, 'session'), address: addressOf(req) }
    // 256 bits: nobody guesses them, and nothing is counted that any page could make a browser send
    const { secret, returnTo } = await deps.sessions.comeByLink(link, from)
    setCookie(deps, res, 'session', secret)
    sendSignedIn(res, returnTo)
  })
}

/** POST /session/backchannel-logout (OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8). */
export function answerBackChannel(asked: Asked): Promise<void> {
  return entered(asked, async () => {
    requireMachine(asked.deps, asked.req)
    await guarded(asked, () => loggedOut(asked))
  })
}

async function loggedOut(asked: Asked): Promise<void> {
  const { deps, req, res } = asked
  if (mediaType(req) !== 'application/x-www-form-urlencoded') throw new RequestError('unsupported-media-type')
  const form = new URLSearchParams(await readSmall(req, res, FORM_BYTES, deps.limits.stallSeconds))
  const token = one(form, 'logout_token')
  if (token === null) throw new RequestError('bad-request')
  await deps.sessions.logOut(token)
  res.statusCode = 200
  res.setHeader('Content-Length', 0)
  res.end()
}

/** Rows of it are open to sessions alone. */
function bySession({ caller }: AskedByParty): CallerBySession {
  if (!('session' in caller)) throw new RequestError('scope-missing')
  return caller as CallerBySession // made by callerBySession alone
}

/** GET /session: who am I, until when, and the token for requests that change something. To a browser that asks for a page, one from which to sign out. */
export async function answerSession(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  const { party, scopes, session } = bySession(asked)
  const { roles = [], sees = [] } = asked.deps.identities.party(party) ?? {}
  asked.res.setHeader('Vary', 'Accept')
  if (asked.req.headers.accept?.includes('text/html') === true) {
    sendSession(asked.res, { officer: party, roles, until: session.ends.toISOString(), csrf: session.csrf, links: RETURN_TO })
    return
  }
  sendJson(asked.res, 200, {
    officer: party,
    roles,
    sees,
    scopes,
    since: session.made.toISOString(),
    idle_until: session.idleEnds.toISOString(),
    until: session.ends.toISOString(),
    csrf: session.csrf
  })
}

/** DELETE /session: signs out. */
export async function answerSignOut(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  const { deps, res } = asked
  await deps.sessions.signOut(bySession(asked).session)
  res.removeHeader('Set-Cookie')
  setCookie(deps, res, 'session', null)
  res.statusCode = 204
  res.end()
}

/** POST /session/sign-out: the form of that page; of one session or, `all`, of every one of the officer's. */
export function answerSignOutForm(asked: Asked): Promise<void> {
  return entered(asked, async () => {
    const { deps, req, res } = asked
    if (mediaType(req) !== 'application/x-www-form-urlencoded') throw new RequestError('unsupported-media-type')
    const form = new URLSearchParams(await readSmall(req, res, FORM_BYTES, deps.limits.stallSeconds))
    const { party, session } = await callerByForm(deps, req, res, one(form, 'csrf'))
    if (one(form, 'all') === 'yes') await deps.sessions.revoke(party, party)
    else await deps.sessions.signOut(session)
    res.removeHeader('Set-Cookie')
    setCookie(deps, res, 'session', null)
    sendSignedOut(res)
  })
}

/** GET /sessions: who is here, for operators. */
export async function answerSessions(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  const found = await asked.deps.sessions.list(asked.caller.party)
  sendJson(asked.res, 200, {
    sessions: found.map(({ id, officer, made, seen, ends }) => ({
      id,
      officer,
      since: made.toISOString(),
      seen: seen.toISOString(),
      until: ends.toISOString()
    }))
  })
}

/** DELETE /sessions/{officer}: all of an officer's end, on every gateway; an operator anybody's, others their own. RequestError not-found. */
export async function answerRevocationOfSessions(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  const { deps, caller, params, res } = asked
  const officer = pathId(params['officer'])
  const known = deps.identities.party(caller.party)
  const permit = known === null ? null : permitOf('end-sessions', known)
  if (permit === null || (permit.of !== null && permit.of !== officer)) throw new RequestError('not-found')
  sendJson(res, 200, { officer, ended: await deps.sessions.revoke(officer, caller.party) })
}
