/**
 * The head of a request, where node:http is more patient than the one who reads it before or behind us (RFC 9112 §11.2). Refuses other versions than 1.0 and 1.1, a body framed in
 * any way but by its length or by `chunked` alone, none or several Hosts or one that is no name, and what Expect asks for but 100-continue. What its parser refuses never comes so far.
 */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../core/errors.ts'

const VERSIONS = ['1.0', '1.1']
/** RFC 3986 §3.2.2 and a port: a name, an IPv4 address, an IPv6 address in brackets. */
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

/** Every value of a header as it was sent: req.headers drops the second Host in silence. `name` in lower case. */
function sent({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter((_text, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
}

function framed(req: IncomingMessage): boolean {
  const [coding, ...more] = sent(req, 'transfer-encoding')
  if (coding === undefined) return true
  // RFC 9112 §6.1: chunked in HTTP/1.0 is faulty framing; a coding before it would be left in the body
  return more.length === 0 && coding.toLowerCase() === 'chunked' && req.httpVersion === '1.1'
}

function addressed(req: IncomingMessage): boolean {
  const [host, ...more] = sent(req, 'host')
  if (host === undefined) return req.httpVersion === '1.0'
  return more.length === 0 && HOST.test(host)
}

function expects({ headers }: IncomingMessage): boolean {
  return headers.expect === undefined || headers.expect.toLowerCase() === '100-continue'
}

/** RequestError bad-request. */
export function requirePlainHead(req: IncomingMessage): void {
  if (VERSIONS.includes(req.httpVersion) && framed(req) && addressed(req) && expects(req)) return
  throw new RequestError('bad-request', 'The head of the request is not in its plain form.')
}
