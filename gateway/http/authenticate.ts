/**
 * Who asks: a bearer token (RFC 6750) in the Authorization header and nowhere else, bound to the client certificate where the party has one
 * (RFC 8705), of a party or officer still registered in the role the token names. Every doubt refuses.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { RefusedError, RequestError } from '../core/errors.ts'
import type { Caller } from '../exchange/doors.ts'
import type { Identities } from './deps.ts'

const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]{1,4096}=*)$/i

function authorizationOf(req: IncomingMessage): string | null {
  const sent: string[] = []
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    if (req.rawHeaders[i]?.toLowerCase() === 'authorization') sent.push(req.rawHeaders[i + 1] ?? '')
  }
  if (sent.length > 1) throw new RequestError('token-invalid')
  return sent[0] ?? null
}

/** x5t#S256 of the client certificate of this connection, or null: none, or none that chains to the client authority. */
export function certificateOf(req: IncomingMessage): string | null {
  const socket = req.socket
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null
  const raw: Buffer | undefined = socket.getPeerCertificate().raw // absent when the peer sent none, whatever the type says
  return raw === undefined ? null : createHash('sha256').update(raw).digest('base64url')
}

/** The caller, proved. RequestError token-missing | token-invalid | token-expired; where the token is ours and its party registered, RefusedError. */
export async function authenticate(identities: Identities, req: IncomingMessage): Promise<Caller> {
  const header = authorizationOf(req)
  if (header === null) throw new RequestError('token-missing')
  const token = BEARER.exec(header)?.[1]
  if (token === undefined) throw new RequestError('token-invalid')
  const grant = await identities.readToken(token)
  const party = identities.party(grant.party)
  const stands = party !== null && party.role === grant.role && identities.stands(grant)
  if (!stands || !isBound(grant.certificate, party.certificates, req)) throw new RefusedError('token-invalid', { party: grant.party })
  return { party: grant.party, role: grant.role, scopes: grant.scopes }
}

/** A token that names no certificate is for a party that has none; one that names one, for that party while it has it, on a connection that brought it. */
function isBound(certificate: string | null, registered: readonly string[], req: IncomingMessage): boolean {
  return certificate === null ? registered.length === 0 : boundHere(certificate, registered, req)
}

function boundHere(certificate: string, registered: readonly string[], req: IncomingMessage): boolean {
  return registered.includes(certificate) && certificateOf(req) === certificate
}

/** WWW-Authenticate for a refusal (RFC 6750 §3): without an error word where no token was sent. */
export function challenge(code: string): string | null {
  if (code === 'token-missing') return 'Bearer realm="sallyport"'
  if (code === 'token-invalid' || code === 'token-expired') return 'Bearer realm="sallyport", error="invalid_token"'
  return code === 'scope-missing' ? 'Bearer realm="sallyport", error="insufficient_scope"' : null
}
