/**
 * The express app: headers, the plain form of the address, then the one table of routes. Per request it proves the caller, bounds what a party
 * may do at once, lets the row answer, and turns whatever goes wrong into one OperationOutcome. Refuses everything the table does not name.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { RefusedError, RequestError, UpstreamError } from '../core/errors.ts'
import { createAccountingReader } from './accounting-request.ts'
import { type Asked, addressOf, FHIR_JSON, type House, parseQuery, sendJson } from './asked.ts'
import { challenge } from './authenticate.ts'
import { lingerThenClose } from './body.ts'
import { Buckets, Gauge } from './buckets.ts'
import type { HttpDeps } from './deps.ts'
import { requirePlainHead } from './head.ts'
import { setHeaders, strictHeaders } from './headers.ts'
import { letIn } from './let-in.ts'
import { oauthError, oauthHeaders } from './oauth.ts'
import { requireRoom } from './origin.ts'
import { outcome, type Refusal, refusalOf, ThrottledError } from './outcomes.ts'
import { sendRefused } from './pages.ts'
import { plainUrl } from './paths.ts'
import { OAUTH_PATHS, type PublicRow, ROUTES, type Row } from './routes.ts'
import { PAGES } from './sign-in.ts'

const LINGER_MS = 2000
/** Polls a job may make at once before the pace is watched. */
const POLL_BURST = 10

/** What is known of a request while it is answered; the answers themselves never write here. */
interface Passage {
  readonly id: string
  readonly started: number
  route: string
  party: string | null
}

function passageOf(res: Response): Passage {
  return res.locals['passage'] as Passage // set by the first middleware, before anything can fail
}

/** First: a name for the request, headers that hold for every answer, and one observation when it is over. */
function begin(deps: HttpDeps) {
  const headers = strictHeaders(deps.publicUrl)
  return (req: Request, res: Response, next: NextFunction): void => {
    const passage: Passage = { id: randomUUID(), started: deps.now(), route: '-', party: null }
    res.locals['passage'] = passage
    setHeaders(res, headers)
    res.setHeader('X-Request-Id', passage.id)
    res.once('finish', () => lingerThenClose(req, LINGER_MS))
    res.once('close', () => {
      const { route, party } = passage
      deps.observe.answered({
        route,
        method: route === '-' ? '-' : req.method,
        status: res.statusCode,
        seconds: (deps.now() - passage.started) / 1000,
        party
      })
    })
    next()
  }
}

/** Before any route is looked at. Where the head leaves doubt, what follows it on the connection is not to be read as a request. */
function requirePlain(deps: HttpDeps, req: Request, res: Response): void {
  try {
    requirePlainHead(req)
    req.url = plainUrl(req.url)
  } catch (error) {
    res.setHeader('Connection', 'close')
    requireRoom(deps, req)
    throw error
  }
}

async function answer(house: House, row: Row, req: Request, res: Response): Promise<void> {
  const passage = passageOf(res)
  passage.route = row.path
  if (row.power !== null || OAUTH_PATHS.has(row.path)) await house.deps.logRoom.require()
  if (row.power === null) return answerStranger(house, row, req, res)
  const caller = await letIn(house, row, { req, res }, (party) => {
    passage.party = party
  })
  return row.answer({ ...asking(house, req, res), caller })
}

/** What is open to all, so much of it an address; where somebody proves who they are, guard.ts counts. */
async function answerStranger(house: House, row: PublicRow, req: Request, res: Response): Promise<void> {
  if (!OAUTH_PATHS.has(row.path)) requireRoom(house.deps, req)
  return row.answer(asking(house, req, res))
}

function asking(house: House, req: Request, res: Response): Asked {
  return { house, deps: house.deps, req, res, params: req.params, query: parseQuery(req.url) }
}

/** One path of the table: the row of the method, or 405. HEAD is GET without a body, on public routes only. */
function dispatch(house: House, rows: readonly Row[]) {
  const allowed = rows.map((row) => row.method).join(', ')
  return async (req: Request, res: Response): Promise<void> => {
    const row = rows.find(
      (candidate) => candidate.method === req.method || (req.method === 'HEAD' && candidate.method === 'GET' && candidate.power === null)
    )
    if (row !== undefined) return answer(house, row, req, res)
    passageOf(res).route = rows[0]?.path ?? '-'
    requireRoom(house.deps, req)
    res.setHeader('Allow', allowed)
    throw new RequestError('method-not-allowed')
  }
}

const GONE = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EPIPE'])

/** The caller hung up in the middle of an answer: its own doing, and nobody is there to be told. */
function callerLeft(error: unknown, req: Request): boolean {
  return error instanceof Error && 'code' in error && GONE.has(String(error.code)) && req.socket.destroyed
}

/** Refusals of a known party that are entries: what it may not do or see. The rest is a mistake in its request. */
const DENIALS = new Set([401, 403, 404])

/** The error to answer, once its entry is committed; where that cannot be, the entry's own failure: nobody is refused unrecorded. */
async function noted(deps: HttpDeps, error: unknown, req: Request, { route, party }: Passage): Promise<unknown> {
  const { status, code } = refusalOf(error)
  const told = error instanceof RefusedError ? error.told : {}
  const known = told.party ?? (error instanceof ThrottledError ? error.party : null) ?? party
  if (status >= 500 || (known !== null && !DENIALS.has(status) && told.kind === undefined)) return error
  try {
    await deps.audit.refused({ route, reason: code, address: addressOf(req), party, told })
    return error
  } catch (failure) {
    return failure instanceof UpstreamError ? failure : new UpstreamError('database-unavailable', 5, failure)
  }
}

function setRefusalHeaders(res: Response, { code, retryAfterSeconds }: Refusal): void {
  for (const name of ['Content-Encoding', 'Content-Length', 'ETag', 'Accept-Ranges']) res.removeHeader(name)
  if (retryAfterSeconds !== undefined) res.setHeader('Retry-After', retryAfterSeconds)
  const authenticateWith = challenge(code)
  if (authenticateWith !== null) res.setHeader('WWW-Authenticate', authenticateWith)
}

/** Milliseconds to wait: to the floor, or where it took longer to the next multiple of it, so that what took longer is not told by how much. */
function toFloor(floor: number, took: number): number {
  return floor === 0 ? 0 : floor - (took % floor)
}

function sendOauthError(res: Response, error: unknown, req: Request): void {
  for (const [name, value] of Object.entries(oauthHeaders(error, req.headers.authorization))) res.setHeader(name, value)
  sendJson(res, refusalOf(error).status, oauthError(error))
}

/** Where every error ends. At the token's door no sooner than the floor, whatever had to be noted: the time tells nothing. */
function refuse(deps: HttpDeps) {
  return async (thrown: unknown, req: Request, res: Response, _next: NextFunction): Promise<void> => {
    const passage = passageOf(res)
    const { id, route, party, started } = passage
    if (callerLeft(thrown, req)) {
      res.destroy()
      return
    }
    const error = await noted(deps, thrown instanceof URIError ? new RequestError('bad-request') : thrown, req, passage)
    const refusal = refusalOf(error)
    if (OAUTH_PATHS.has(route) && refusal.status <= 429) await wait(toFloor(deps.limits.failureFloorMs, deps.now() - started))
    if (refusal.status >= 500) deps.observe.requestFailed({ route, code: refusal.code, request: id, error })
    else deps.observe.refused({ route, status: refusal.status, code: refusal.code, party, request: id })
    if (res.headersSent) {
      res.destroy()
      return
    }
    setRefusalHeaders(res, refusal)
    if (OAUTH_PATHS.has(route)) sendOauthError(res, error, req)
    else if (PAGES.has(route)) sendRefused(res, refusal.status)
    else sendJson(res, refusal.status, outcome({ code: refusal.code, hint: refusal.hint }), FHIR_JSON)
  }
}

function byPath(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const paths = new Map<string, Row[]>()
  for (const row of rows) paths.set(row.path, [...(paths.get(row.path) ?? []), row])
  return paths
}

/** The whole HTTP side over `deps`; keeps nothing outside the app it returns. */
export function createApp(deps: HttpDeps): Express {
  const house: House = {
    deps,
    polls: new Buckets(POLL_BURST),
    underWay: new Gauge(),
    readAccounting: createAccountingReader()
  }
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.use(begin(deps))
  app.use((req, res, next) => {
    requirePlain(deps, req, res)
    next()
  })
  for (const [path, rows] of byPath(ROUTES)) app.all(path, dispatch(house, rows))
  app.use((req) => {
    requireRoom(deps, req)
    throw new RequestError('not-found')
  })
  app.use(refuse(deps))
  return app
}
