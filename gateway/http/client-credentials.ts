/**
 * By what a client says who it is (RFC 6749 §2.3): an assertion in the form, or a secret in the Authorization header or the form. Decides nothing of whether it is true;
 * more than one way at once is none, as is one that does not read.
 */
import type { IncomingMessage } from 'node:http'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const BASIC = /^Basic +([A-Za-z0-9+/]{1,1024}={0,2})$/i

/** `claimed`: the party it names, believed by nobody; '' where that cannot be read. */
export type Credentials =
  | { readonly by: 'assertion'; readonly claimed: string; readonly assertion: string }
  | { readonly by: 'secret'; readonly claimed: string; readonly secret: string }
  | { readonly by: 'nothing'; readonly claimed: '' }

const NOTHING: Credentials = { by: 'nothing', claimed: '' }

export function credentialsOf(req: IncomingMessage, form: ReadonlyMap<string, string>): Credentials {
  const header = req.headersDistinct['authorization']
  const [assertion, secret] = [form.get('client_assertion'), form.get('client_secret')]
  const ways = [header, assertion ?? form.get('client_assertion_type'), secret].filter((way) => way !== undefined)
  if (ways.length !== 1) return NOTHING
  if (header !== undefined) return header.length === 1 ? basic(header[0] ?? '') : NOTHING
  if (secret !== undefined) return { by: 'secret', claimed: form.get('client_id') ?? '', secret }
  if (assertion === undefined || form.get('client_assertion_type') !== JWT_BEARER) return NOTHING
  return { by: 'assertion', claimed: issuerOf(assertion), assertion }
}

/** Id and secret, each encoded as a form is (RFC 6749 §2.3.1, RFC 7617). */
function basic(header: string): Credentials {
  const text = Buffer.from(BASIC.exec(header)?.[1] ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return NOTHING
  try {
    const [claimed = '', secret = ''] = [text.slice(0, colon), text.slice(colon + 1)].map((part) =>
      decodeURIComponent(part.replaceAll('+', ' '))
    )
    return { by: 'secret', claimed, secret }
  } catch {
    return NOTHING
  }
}

function issuerOf(assertion: string): string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(assertion.slice(0, 8192).split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null && 'iss' in claims && typeof claims.iss === 'string' ? claims.iss : ''
  } catch {
    return ''
  }
}
