/**
 * Officers by browser: a session is a cookie of this host alone (RFC 6265bis: `__Host-`, Secure, HttpOnly, SameSite=Strict), and becomes the same Caller as a token. Refuses a cookie
 * and a token together, a request that another site made a browser send, and one that changes something without the session's own token in a header. Over plain http there are
 * sessions on this machine only.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { stringifySetCookie } from 'cookie'
import { sha256 } from '../core/digest.ts'
import { RequestError } from '../core/errors.ts'
import { same } from '../core/identity/session.ts'
import { isLoopback } from '../core/loopback.ts'
import type { Caller } from '../exchange/doors.ts'
import type { LiveSession } from '../exchange/identity/sessions.ts'
import { authenticate } from './authenticate.ts'
import type { HttpDeps } from './deps.ts'
import { isForeign } from './origin.ts'
import { officerScopes } from './scopes.ts'

/** The caller of a request by session. */
export interface CallerBySession extends Caller {
  readonly by: 'session'
  readonly session: LiveSession
}

/** How cookies are called and sent under this address; null: there are none. */
interface Jar {
  readonly session: string
  /** of a browser that is away at the provider */
  readonly away: string
  readonly secure: boolean
}

const HTTPS: Jar = { session: '__Host-sallyport', away: '__Host-sallyport-away', secure: true }
/** Another name: nothing that was set without the promises of `__Host-` is ever read under it. */
const THIS_MACHINE: Jar = { session: 'sallyport-not-for-production', away: 'sallyport-away-not-for-production', secure: false }

function jarOf(publicUrl: string): Jar | null {
  const { protocol, hostname } = new URL(publicUrl)
  if (protocol === 'https:') return HTTPS
  return isLoopback(hostname) ? THIS_MACHINE : null
}

/** Of a cookie that stands twice nobody knows whose the other is: ''. null where there is none. */
function textOf(req: IncomingMessage, name: string): string | null {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const [first, ...others] = pairs.filter((pair) => pair.startsWith(`${name}=`))
  if (first === undefined) return null
  return others.length === 0 ? first.slice(name.length + 1) : ''
}

export type CookieName = Exclude<keyof Jar, 'secure'>

/** What a cookie of ours holds. RequestError not-found where there can be no sessions. */
export function cookieOf({ publicUrl }: Pick<HttpDeps, 'publicUrl'>, req: IncomingMessage, which: CookieName): string | null {
  const jar = jarOf(publicUrl)
  if (jar === null) throw new RequestError('not-found')
  return textOf(req, jar[which])
}

/**
 * Strict for the session: no other site's link or form brings it. Lax for the one that is away, which must come along when the provider sends the browser back, from another site;
 * it proves nothing but that this browser asked. `value` null: the browser forgets it.
 */
export function setCookie(
  { publicUrl }: Pick<HttpDeps, 'publicUrl'>,
  res: ServerResponse,
  which: CookieName,
  value: string | null,
  seconds?: number
): void {
  const jar = jarOf(publicUrl)
  if (jar === null) return
  const maxAge = value === null ? 0 : seconds
  const cookie = stringifySetCookie({
    name: jar[which],
    value: value ?? '',
    path: '/',
    httpOnly: true,
    secure: jar.secure,
    sameSite: which === 'session' ? 'strict' : 'lax',
    ...(maxAge === undefined ? {} : { maxAge })
  })
  res.appendHeader('Set-Cookie', cookie)
}

const SAFE: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD'])

function headerOf(req: IncomingMessage, name: string): string | null {
  const value = req.headers[name]
  return typeof value === 'string' ? value : null
}

/** What browsers say of where a request comes from (Fetch Metadata; RFC 6454). They say it of every one that changes something. */
function requireOwnPage(publicUrl: string, req: IncomingMessage): void {
  const unsaid = headerOf(req, 'origin') === null && !SAFE.has(req.method)
  if (unsaid || isForeign(publicUrl, req)) throw new RequestError('cross-site')
}

function requireToken(req: IncomingMessage, { csrf }: LiveSession, sent: string | null): void {
  if (!SAFE.has(req.method) && (sent === null || !same(sha256(sent), sha256(csrf)))) throw new RequestError('cross-site')
}

function secretOf({ publicUrl }: Pick<HttpDeps, 'publicUrl'>, req: IncomingMessage): string | null {
  const jar = jarOf(publicUrl)
  return jar === null ? null : textOf(req, jar.session)
}

/** By what a request would prove who asks; null: by nothing. */
export function proofIn(deps: Pick<HttpDeps, 'publicUrl'>, req: IncomingMessage): 'session' | 'token' | null {
  if (secretOf(deps, req) !== null) return 'session'
  return req.headers.authorization === undefined ? null : 'token'
}

/** Whoever asks: by the cookie of a session where one comes along, else by a token. Errors as of either. */
export async function callerOf(deps: HttpDeps, req: IncomingMessage, res: ServerResponse): Promise<Caller> {
  const secret = secretOf(deps, req)
  return secret === null
    ? authenticate(deps.identities, req)
    : callerBySession(deps, req, res, { secret, token: headerOf(req, 'x-csrf-token') })
}

/** Of a page of ours, whose form brings the token. RequestError bad-request | cross-site | session-ended. */
export async function callerByForm(
  deps: HttpDeps,
  req: IncomingMessage,
  res: ServerResponse,
  token: string | null
): Promise<CallerBySession> {
  const secret = cookieOf(deps, req, 'session')
  if (secret === null) throw new RequestError('session-ended')
  return callerBySession(deps, req, res, { secret, token })
}

/** What a request brings: the cookie, and the token for what changes something. */
interface Brought {
  readonly secret: string
  readonly token: string | null
}

/** RequestError bad-request | cross-site | session-ended. */
async function callerBySession(
  deps: HttpDeps,
  req: IncomingMessage,
  res: ServerResponse,
  { secret, token }: Brought
): Promise<CallerBySession> {
  if (req.headers.authorization !== undefined) throw new RequestError('bad-request', 'Send a token or the cookie of a session, never both.')
  requireOwnPage(deps.publicUrl, req)
  try {
    const session = await deps.sessions.use(secret)
    // before anything else may refuse: the browser must not be left with the one before
    if (session.replaced !== null) setCookie(deps, res, 'session', session.replaced)
    requireToken(req, session, token)
    const known = deps.identities.party(session.officer)
    if (known?.role !== 'officer') throw new RequestError('session-ended')
    return { party: known.id, role: 'officer', scopes: officerScopes(known), by: 'session', session }
  } catch (error) {
    if (error instanceof RequestError && error.code === 'session-ended') setCookie(deps, res, 'session', null)
    throw error
  }
}
