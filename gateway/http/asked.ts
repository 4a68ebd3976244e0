/** A request as the answers see it: parsed once, with the caller that authentication proved. Decides only how a query is read. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '../core/errors.ts'
import type { Caller } from '../exchange/doors.ts'
import type { AccountingReader } from './accounting-request.ts'
import type { Buckets, Gauge } from './buckets.ts'
import { networkOf } from './connections.ts'
import type { HttpDeps } from './deps.ts'

/** What lives as long as the app: its own memory, nobody else's. */
export interface House {
  readonly deps: HttpDeps
  readonly polls: Buckets
  readonly underWay: Gauge
  readonly readAccounting: AccountingReader
}

export interface Asked {
  readonly house: House
  readonly deps: HttpDeps
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly params: Readonly<Record<string, string | string[] | undefined>>
  readonly query: URLSearchParams
}

export interface AskedByParty extends Asked {
  readonly caller: Caller
}

/** Where the connection comes from. */
export function addressOf(req: IncomingMessage): string {
  return req.socket.remoteAddress ?? ''
}

/** The same as limits count it. */
export function placeOf(req: IncomingMessage): string {
  return networkOf(addressOf(req))
}

/** The query, never merged into objects; RequestError bad-request when a text in it is not UTF-8. */
export function parseQuery(url: string): URLSearchParams {
  const start = url.indexOf('?')
  const query = new URLSearchParams(start === -1 ? '' : url.slice(start + 1))
  for (const [key, value] of query) {
    if (key.includes('\ufffd') || value.includes('\ufffd')) throw new RequestError('bad-request', 'The query is not UTF-8.')
  }
  return query
}

/** A parameter that may stand once. RequestError bad-request when it stands twice. */
export function one(query: URLSearchParams, name: string): string | null {
  const values = query.getAll(name)
  if (values.length > 1) throw new RequestError('bad-request', 'A parameter stands twice that may stand once.')
  return values[0] ?? null
}

/** Refuses names that a route does not know: a misspelt parameter must not pass unseen. RequestError unsupported-parameter. */
export function onlyKnown(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) if (!known.includes(name)) throw new RequestError('unsupported-parameter')
}

/** Sends a JSON body with its length. Headers set before are kept. */
export function sendJson(res: ServerResponse, status: number, body: unknown, type = 'application/json; charset=utf-8'): void {
  sendText(res, status, JSON.stringify(body), type)
}

export function sendText(res: ServerResponse, status: number, text: string, type: string): void {
  sendBytes(res, status, Buffer.from(text, 'utf8'), type)
}

export function sendBytes(res: ServerResponse, status: number, bytes: Buffer, type: string): void {
  res.statusCode = status
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', bytes.length)
  if (res.req.method === 'HEAD') res.end()
  else res.end(bytes)
}

export const FHIR_JSON = 'application/fhir+json; charset=utf-8'
