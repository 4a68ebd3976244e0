/**
 * The insurer's door over HTTP: FHIR Bulk Data Access by group, where a group is an agreement; then manifests and acknowledgements of what
 * was sealed. Refuses types the token's scopes do not cover, and polling that does not wait. URLs are absolute, made from the public URL.
 */
import { RequestError } from '../core/errors.ts'
import type { ExportFile, ExportRequest, ExportStatus } from '../exchange/doors.ts'
import { type AskedByParty, FHIR_JSON, onlyKnown, sendJson, sendText } from './asked.ts'
import { mediaType, readObject, readSmall } from './body.ts'
import { type KickOffParameters, parametersFromBody, parametersFromQuery, preferences, readKickOff } from './kick-off.ts'
import { ThrottledError } from './outcomes.ts'
import { pathId } from './paths.ts'
import { typesCovered } from './scopes.ts'

const PARAMETERS_BYTES = 64 * 1024
const PARAMETERS_MEDIA = new Set(['', 'application/fhir+json', 'application/json'])

/** Agreements may have dots in their names. RequestError not-found. */
function agreementId(value: string | string[] | undefined): string {
  if (typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)) return value
  throw new RequestError('not-found')
}

async function parametersOf(asked: AskedByParty): Promise<KickOffParameters> {
  const inQuery = parametersFromQuery(asked.query)
  if (asked.req.method !== 'POST') return inQuery
  const text = await readSmall(asked.req, asked.res, PARAMETERS_BYTES, asked.deps.limits.stallSeconds)
  if (text.trim() === '') return inQuery
  if (!PARAMETERS_MEDIA.has(mediaType(asked.req)))
    throw new RequestError('unsupported-media-type', 'Send Parameters as application/fhir+json.')
  return new Map([...inQuery, ...parametersFromBody(text)])
}

/** Cuts the request to what the token's scopes cover. RequestError scope-missing. */
function withinScopes(request: ExportRequest, scopes: readonly string[]): ExportRequest {
  const covered = typesCovered(scopes)
  if (covered === 'all') return request
  if (request.types.some((type) => !covered.has(type))) throw new RequestError('scope-missing')
  return request.types.length > 0 ? request : { ...request, types: [...covered] }
}

/** What was asked, in the status URL: the manifest must repeat it, and any replica may be the one that answers. */
function askedFor(request: ExportRequest): string {
  const query = new URLSearchParams()
  if (request.since !== null) query.set('_since', request.since)
  if (request.types.length > 0) query.set('_type', request.types.join(','))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** GET or POST /fhir/Group/{agreement}/$export → 202 with the address to ask. */
export async function answerKickOff(asked: AskedByParty): Promise<void> {
  const agreement = agreementId(asked.params['agreement'])
  const { request, leftOut } = readKickOff(agreement, await parametersOf(asked), preferences(asked.req.headers['prefer']))
  const scoped = withinScopes(request, asked.caller.scopes)
  const { job } = await asked.deps.exports.kickOff(asked.caller, scoped)
  asked.res.setHeader('Content-Location', `${asked.deps.publicUrl}/fhir/jobs/${job}${askedFor(request)}`)
  const text = leftOut
    ? 'The export was taken; parameters that are not offered were left out.'
    : 'The export was taken: ask at Content-Location.'
  sendJson(
    asked.res,
    202,
    { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational', diagnostics: text }] },
    FHIR_JSON
  )
}

type Done = Extract<ExportStatus, { state: 'done' }>

function manifest(asked: AskedByParty, job: string, status: Done): Readonly<Record<string, unknown>> {
  const base = asked.deps.publicUrl
  const covered = typesCovered(asked.caller.scopes)
  const url = (file: ExportFile): string => `${base}/fhir/jobs/${job}/files/${encodeURIComponent(file.name)}`
  const files = status.files.filter((file) => covered === 'all' || covered.has(file.type))
  const sealed = files.map((file) => ({
    type: file.type,
    url: url(file),
    count: file.count,
    bytes: file.bytes,
    name: file.name,
    dataset: file.dataset
  }))
  const since = asked.query.get('_since')
  const types = (asked.query.get('_type') ?? '').split(',').filter((type) => type !== '')
  return {
    transactionTime: status.transactionTime,
    request: `${base}/fhir/Group/${encodeURIComponent(status.agreement)}/$export${askedFor({ agreement: status.agreement, since, types })}`,
    requiresAccessToken: true,
    output: status.sealed ? [] : files.map((file) => ({ type: file.type, url: url(file), count: file.count })),
    deleted: status.deleted.map((file) => ({ type: 'Bundle', url: url(file), count: file.count })),
    error: [],
    outcome: [],
    extension: {
      sallyport: {
        agreement: status.agreement,
        sealed: status.sealed,
        files: status.sealed ? sealed : [],
        manifests: status.manifests.map(({ dataset }) => ({
          dataset,
          url: `${base}/datasets/${dataset}/manifest`,
          dictionary: `${base}/datasets/${dataset}/dictionary`
        }))
      }
    }
  }
}

/**
 * Stock clients ask ten times as often as Retry-After says, though never twice a second, and fail on 429: only a caller that
 * is quicker than even that is made to wait.
 */
function throttlePolling(asked: AskedByParty, job: string, retryAfterSeconds: number): void {
  const perSecond = 1 / (0.8 * Math.max(1, retryAfterSeconds / 10))
  const seconds = asked.house.polls.take(`${asked.caller.party}|${job}`, perSecond, asked.deps.now())
  if (seconds > 0) throw new ThrottledError(Math.max(seconds, retryAfterSeconds))
}

/** GET /fhir/jobs/{id}: 202 with X-Progress and Retry-After, then 200 with the manifest. */
export async function answerStatus(asked: AskedByParty): Promise<void> {
  const job = pathId(asked.params['id'])
  const status = await asked.deps.exports.status(asked.caller, job)
  if (status.state === 'done') {
    asked.res.setHeader('Expires', new Date(asked.deps.now() + asked.deps.limits.exportSeconds * 1000).toUTCString())
    sendJson(asked.res, 200, manifest(asked, job, status), 'application/json')
    return
  }
  const seconds = Math.max(1, Math.ceil(status.retryAfterSeconds))
  throttlePolling(asked, job, seconds)
  asked.res.setHeader('Retry-After', seconds)
  // no figure: how far a dataset came before it was held or refused is not for its recipient to know
  asked.res.setHeader('X-Progress', 'in progress')
  asked.res.statusCode = 202
  asked.res.end()
}

/** DELETE /fhir/jobs/{id}: 202, and 404 from then on. */
export async function answerCancel(asked: AskedByParty): Promise<void> {
  await asked.deps.exports.cancel(asked.caller, pathId(asked.params['id']))
  asked.res.statusCode = 202
  asked.res.end()
}

/** GET /datasets/{id}/manifest: the JWS as it was made, byte for byte. */
export async function answerManifest(asked: AskedByParty): Promise<void> {
  sendText(asked.res, 200, await asked.deps.exports.manifest(asked.caller, pathId(asked.params['id'])), 'application/jose+json')
}

/** GET /datasets/{id}/dictionary: what each element is and what was done to it. The statement names its SHA-256. */
export async function answerDictionary(asked: AskedByParty): Promise<void> {
  sendText(asked.res, 200, await asked.deps.exports.dictionary(asked.caller, pathId(asked.params['id'])), 'application/json')
}

/** POST /datasets/{id}/acknowledgement → 204. */
export async function answerAcknowledgement(asked: AskedByParty): Promise<void> {
  await asked.deps.exports.acknowledge(asked.caller, pathId(asked.params['id']))
  asked.res.statusCode = 204
  asked.res.end()
}

const REASON_BYTES = 8 * 1024

/** POST /datasets/{id}/redelivery: {reason}, by an officer. */
export async function answerRedelivery(asked: AskedByParty): Promise<void> {
  const { req, res, deps, caller } = asked
  onlyKnown(asked.query, [])
  const { reason, ...rest } = await readObject(req, res, REASON_BYTES, deps.limits.stallSeconds)
  if (typeof reason !== 'string' || Object.keys(rest).length > 0)
    throw new RequestError('bad-request', 'Give reason, and nothing else: it stands in the log.')
  sendJson(res, 200, await deps.exports.redeliver(caller, pathId(asked.params['id']), reason))
}
