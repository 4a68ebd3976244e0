/**
 * A file on its way out: whole or from a byte on (RFC 9110 §14, one open range), gzip as it is kept to those who accept it and unpacked for
 * those who do not. Refuses a range past the end, and types that the token's scopes do not cover.
 */
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { RequestError } from '../core/errors.ts'
import type { Download } from '../exchange/doors.ts'
import type { AskedByParty } from './asked.ts'
import { downloadName, pathId } from './paths.ts'
import { typesCovered } from './scopes.ts'
import { watchReader } from './watch.ts'

/** `bytes=N-`: N, else 0. Other forms of Range may be ignored (RFC 9110 §14.2) and are. */
export function resumeFrom(header: string | undefined): number {
  const start = /^bytes=(\d{1,15})-$/.exec(header?.trim() ?? '')?.[1]
  return start === undefined ? 0 : Number(start)
}

/** Does Accept-Encoding (RFC 9110 §12.5.3) take gzip? Absent: no, so that curl without --compressed gets lines it can read. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  const weights = new Map<string, number>()
  for (const part of text.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim())
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(coding, q === undefined ? 1 : Number(q.slice(2)))
  }
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0
}

/** With scopes for single types, only files of those types. RequestError scope-missing. */
async function requireTypeCovered(asked: AskedByParty, job: string, name: string): Promise<void> {
  const covered = typesCovered(asked.caller.scopes)
  if (covered === 'all') return
  const status = await asked.deps.exports.status(asked.caller, job)
  const file = status.state === 'done' ? status.files.find((candidate) => candidate.name === name) : undefined
  if (file !== undefined && !covered.has(file.type)) throw new RequestError('scope-missing')
}

function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`
}

/** The byte the caller left off at; the first when the file has changed since (If-Range). */
function offsetOf({ headers }: IncomingMessage, download: Download): number {
  const condition = headers['if-range']
  return condition === undefined || condition === quoted(download.etag) ? resumeFrom(headers.range) : 0
}

/** Sends what is kept: 200, or 206 from a byte on. */
async function sendKept({ req, res }: AskedByParty, download: Download): Promise<void> {
  const offset = offsetOf(req, download)
  if (offset > 0 && offset >= download.bytes) {
    res.setHeader('Content-Range', `bytes */${download.bytes}`)
    throw new RequestError('range-not-satisfiable')
  }
  const stream = await download.start(offset)
  if (download.encoding === 'gzip') res.setHeader('Content-Encoding', 'gzip')
  res.setHeader('Accept-Ranges', 'bytes')
  res.setHeader('ETag', quoted(download.etag))
  res.setHeader('Content-Length', download.bytes - offset)
  if (offset > 0) res.setHeader('Content-Range', `bytes ${offset}-${download.bytes - 1}/${download.bytes}`)
  res.statusCode = offset > 0 ? 206 : 200
  await pipeline(stream, res)
}

/** GET /fhir/jobs/{id}/files/{name}. */
export async function answerFile(asked: AskedByParty): Promise<void> {
  const job = pathId(asked.params['id'])
  const name = downloadName(asked.params['name'])
  await requireTypeCovered(asked, job, name)
  requireAccept(asked.req)
  const download = await asked.deps.exports.file(asked.caller, job, name)
  asked.res.setHeader('Content-Type', download.contentType)
  asked.res.setHeader('Vary', 'Accept-Encoding')
  watchReader(asked.res, asked.deps.limits.stallSeconds)
  if (download.encoding === 'identity' || acceptsGzip(asked.req.headers['accept-encoding'])) return sendKept(asked, download)
  const stream = await download.start(0)
  asked.res.statusCode = 200
  await pipeline(stream, createGunzip(), asked.res)
}

/** NDJSON or sealed bytes are all there is: whoever accepts neither is told so before anything is opened. */
function requireAccept(req: IncomingMessage): void {
  const accept = (req.headers.accept ?? '*/*').toLowerCase()
  if (!/\*\/\*|application\/\*|ndjson|fhir\+json|octet-stream/.test(accept)) throw new RequestError('not-acceptable')
}
