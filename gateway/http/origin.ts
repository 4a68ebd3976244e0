/**
 * What a browser says of where a request comes from (Fetch Metadata; RFC 6454). Decides whether a page of another site made it send this, and what is then counted apart, so that
 * no page takes anything from the machines behind the same address. Refuses at doors that are for machines whatever a browser was made to send there.
 */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../core/errors.ts'
import { placeOf } from './asked.ts'
import type { HttpDeps } from './deps.ts'
import { ThrottledError } from './outcomes.ts'

/** none: typed, or from a bookmark. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none'])

export function isForeign(publicUrl: string, { headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const [site, origin] = [headers['sec-fetch-site'], headers.origin]
  return (typeof site === 'string' && !OWN_SITE.has(site)) || (origin !== undefined && origin !== new URL(publicUrl).origin)
}

/** Where limits count a request. */
export function countedAt({ publicUrl }: Pick<HttpDeps, 'publicUrl'>, req: IncomingMessage): string {
  return isForeign(publicUrl, req) ? `${placeOf(req)} by a page of another site` : placeOf(req)
}

/** What is open to all, what leads nowhere and what brings no proof: so much of it an address. ThrottledError. */
export function requireRoom(deps: Pick<HttpDeps, 'publicUrl' | 'allowances' | 'now'>, req: IncomingMessage): void {
  const seconds = deps.allowances.take('stranger', countedAt(deps, req), deps.now())
  if (seconds > 0) throw new ThrottledError(seconds)
}

/** Before anything is counted as a failure, or believed of who it claims to be. RequestError cross-site: no machine says any of this. */
export function requireMachine(deps: Pick<HttpDeps, 'publicUrl' | 'allowances' | 'now'>, req: IncomingMessage): void {
  if (!isForeign(deps.publicUrl, req) && req.headers['sec-fetch-mode'] !== 'navigate') return
  requireRoom(deps, req)
  throw new RequestError('cross-site')
}
