/**
 * The hospital's door over HTTP: open, upload, close, look. Bodies go to the exchange as they arrive and 202 is said only when it has them,
 * durable and encrypted. Refuses media it cannot read and names that are not names.
 */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RequestError } from '../core/errors.ts'
import type { IssueRow, UploadView } from '../exchange/doors.ts'
import { type AskedByParty, one, onlyKnown, sendJson } from './asked.ts'
import { MeteredBody, mediaType, objectIn, readSmall } from './body.ts'
import { outcome } from './outcomes.ts'
import { pathId, uploadName } from './paths.ts'
import { watchReader } from './watch.ts'

/** What an upload may call itself. Absent is allowed: some bulk clients push files without a Content-Type. */
export const UPLOAD_MEDIA: ReadonlySet<string> = new Set([
  '',
  'application/fhir+ndjson',
  'application/ndjson',
  'application/x-ndjson',
  'application/fhir+json',
  'application/json',
  'application/gzip',
  'application/x-gzip',
  'application/octet-stream'
])
const OPEN_BYTES = 4096
const AGREEMENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

function agreementNamed(text: unknown): string | null {
  if (text === null || text === undefined) return null
  if (typeof text !== 'string' || !AGREEMENT.test(text)) throw new RequestError('agreement-unknown')
  return text
}

/** `{"agreement": "…"}`, `{}` or nothing; an unknown key is refused. */
function agreementInBody(text: string): string | null {
  if (text.trim() === '') return null
  const { agreement, ...rest } = objectIn(text)
  if (Object.keys(rest).length > 0) throw new RequestError('bad-request', 'Send {"agreement": "<id>"} or no body.')
  return agreementNamed(agreement)
}

function idempotencyKey(req: IncomingMessage): string | null {
  const key = req.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new RequestError('bad-request', 'Idempotency-Key is 1 to 255 visible ASCII characters.')
}

async function receive(asked: AskedByParty, submission: string, name: string): Promise<UploadView> {
  const { req, res, deps, caller } = asked
  const body = new MeteredBody(req, res, deps.limits)
  try {
    const gzip = (await body.startsAsGzip()) || req.headers['content-encoding'] === 'gzip'
    return await deps.submissions.upload(caller, submission, { name, body, gzip, idempotencyKey: idempotencyKey(req) })
  } catch (error) {
    throw body.fault ?? error
  } finally {
    body.destroy()
  }
}

function requireUploadMedia(req: IncomingMessage): void {
  const encoding = (req.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (!UPLOAD_MEDIA.has(mediaType(req)) || (encoding !== 'gzip' && encoding !== 'identity')) {
    throw new RequestError('unsupported-media-type', 'Set Content-Type: application/fhir+ndjson; Content-Encoding may be gzip.')
  }
}

/** POST /submissions: opens one; with ?close=true it takes the body as its only file and closes it too. */
export async function answerOpen(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, ['agreement', 'close', 'name'])
  const close = one(asked.query, 'close')
  if (close !== null && close !== 'true' && close !== 'false') throw new RequestError('bad-request', 'close is true or false.')
  const named = agreementNamed(one(asked.query, 'agreement'))
  if (close === 'true') return openWhole(asked, named)
  const media = mediaType(asked.req)
  if (media !== '' && media !== 'application/json')
    throw new RequestError('unsupported-media-type', 'Send JSON, or add ?close=true to send the records at once.')
  const inBody = agreementInBody(await readSmall(asked.req, asked.res, OPEN_BYTES, asked.deps.limits.stallSeconds))
  if (named !== null && inBody !== null && named !== inBody)
    throw new RequestError('bad-request', 'The query and the body name different agreements.')
  const view = await asked.deps.submissions.open(asked.caller, named ?? inBody, idempotencyKey(asked.req))
  asked.res.setHeader('Location', `${asked.deps.publicUrl}/submissions/${view.id}`)
  sendJson(asked.res, 201, view)
}

async function openWhole(asked: AskedByParty, agreement: string | null): Promise<void> {
  requireUploadMedia(asked.req)
  const name = uploadName(one(asked.query, 'name') ?? 'upload.ndjson')
  const opened = await asked.deps.submissions.open(asked.caller, agreement, idempotencyKey(asked.req))
  asked.res.setHeader('Location', `${asked.deps.publicUrl}/submissions/${opened.id}`)
  await receive(asked, opened.id, name)
  sendJson(asked.res, 202, await asked.deps.submissions.close(asked.caller, opened.id))
}

/** PUT (or POST, as bulk clients push) /submissions/{id}/files/{name}. A query is ignored: smart-on-fhir's client adds ?folder=. */
export async function answerUpload(asked: AskedByParty): Promise<void> {
  requireUploadMedia(asked.req)
  sendJson(asked.res, 202, await receive(asked, pathId(asked.params['id']), uploadName(asked.params['name'])))
}

export async function answerClose(asked: AskedByParty): Promise<void> {
  sendJson(asked.res, 202, await asked.deps.submissions.close(asked.caller, pathId(asked.params['id'])))
}

export async function answerSubmission(asked: AskedByParty): Promise<void> {
  sendJson(asked.res, 200, await asked.deps.submissions.view(asked.caller, pathId(asked.params['id'])))
}

function issueLine(row: IssueRow): string {
  return `${JSON.stringify(outcome({ code: row.code, expression: row.path, at: { file: row.file, line: row.line } }))}\n`
}

/** GET /submissions/{id}/issues: NDJSON of OperationOutcomes, as they come from the store. */
export async function answerIssues(asked: AskedByParty): Promise<void> {
  const rows = asked.deps.submissions.issues(asked.caller, pathId(asked.params['id']))[Symbol.asyncIterator]()
  const first = await rows.next() // before any header: a submission of another party is 'not-found', not an empty list
  async function* lines(): AsyncGenerator<string> {
    for (let row = first; row.done !== true; row = await rows.next()) yield issueLine(row.value)
  }
  asked.res.statusCode = 200
  asked.res.setHeader('Content-Type', 'application/fhir+ndjson')
  watchReader(asked.res, asked.deps.limits.stallSeconds)
  await pipeline(Readable.from(lines()), asked.res)
}
