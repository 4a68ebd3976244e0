/**
 * The headers of every answer, whoever gives it: a route, a refusal, the parser's own words. Decides that a browser may do nothing with what it gets here, and that who came by https
 * comes by https from then on (RFC 6797 §7.2: said over https only).
 */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet from 'helmet'

const TWO_YEARS = 63_072_000

/** What helmet sets, asked once: the same for all. */
export function strictHeaders(publicUrl: string): ReadonlyMap<string, string> {
  const set = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] }
    },
    strictTransportSecurity: publicUrl.startsWith('https:') ? { maxAge: TWO_YEARS, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: true,
    frameguard: { action: 'deny' }
  })
  const req = new IncomingMessage(new Socket())
  const res = new ServerResponse(req)
  set(req, res, (fault) => {
    if (fault !== undefined) throw fault
  })
  return new Map([['Cache-Control', 'no-store'], ...res.getHeaderNames().map((name) => [name, String(res.getHeader(name))] as const)])
}

export function setHeaders(res: ServerResponse, headers: ReadonlyMap<string, string>): void {
  for (const [name, value] of headers) res.setHeader(name, value)
}
