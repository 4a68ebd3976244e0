/**
 * Access tokens: JWTs (RFC 9068, ES256) the gateway gives itself to read. Decides who a caller is from a token, and for how long
 * (at most 300 seconds). Refuses other issuers, audiences, types and algorithms, tokens of keys not on the ring, and tokens past
 * their time. A token bound to a client certificate says so (RFC 8705 §3.1); comparing it with the connection is the caller's.
 */
import { errors, jwtVerify, SignJWT } from 'jose'
import { RefusedError, RequestError, type Told } from '../core/errors.ts'
import { everyKey, type KeySet, type SigningKey } from './keyring.ts'

const ROLES = ['hospital', 'insurer', 'officer'] as const
type Role = (typeof ROLES)[number]

/** What a token grants. */
export interface Grant {
  readonly party: string
  readonly role: Role
  readonly scopes: readonly string[]
  /** base64url SHA-256 of the client certificate the token is bound to (x5t#S256), or null. */
  readonly certificate: string | null
}

export const MAX_TOKEN_SECONDS = 300

const TYPE = 'at+jwt'

/** A token for `grant`, issued by and for `issuer` (the gateway's public URL). Throws RangeError on a life over 300 s. */
export async function issueToken(keys: KeySet<SigningKey>, issuer: string, grant: Grant, at: Date, seconds: number): Promise<string> {
  if (!(seconds > 0 && seconds <= MAX_TOKEN_SECONDS)) throw new RangeError('a token lives 300 seconds at most')
  const { kid, privateKey } = keys.current
  const issued = Math.floor(at.getTime() / 1000)
  const bound = grant.certificate === null ? {} : { cnf: { 'x5t#S256': grant.certificate } }
  return new SignJWT({ client_id: grant.party, role: grant.role, scope: grant.scopes.join(' '), ...bound })
    .setProtectedHeader({ alg: 'ES256', typ: TYPE, kid })
    .setIssuer(issuer)
    .setAudience(issuer)
    .setSubject(grant.party)
    .setIssuedAt(issued)
    .setExpirationTime(issued + Math.floor(seconds))
    .sign(privateKey)
}

/** What a token grants, if it is ours and it is time. RefusedError token-expired, which names the party; RequestError token-invalid. */
export async function readToken(keys: KeySet<SigningKey>, issuer: string, token: string, at: Date): Promise<Grant> {
  try {
    const { payload } = await jwtVerify(token, (header) => publicKeyOf(keys, header.kid), {
      algorithms: ['ES256'],
      issuer,
      audience: issuer,
      typ: TYPE,
      requiredClaims: ['sub', 'exp', 'iat', 'scope', 'role'],
      currentDate: at
    })
    return grantOf(payload)
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) throw new RefusedError('token-expired', partyOf(cause.payload))
    throw new RequestError('token-invalid')
  }
}

/** Whose the token was: its signature is good (jose looks at the times last), it is only late. */
function partyOf({ sub }: Record<string, unknown>): Told {
  return typeof sub === 'string' ? { party: sub } : {}
}

function publicKeyOf(keys: KeySet<SigningKey>, kid: string | undefined): SigningKey['publicJwk'] {
  const key = everyKey(keys).find((known) => known.kid === kid)
  if (key === undefined) throw new RequestError('token-invalid')
  return key.publicJwk
}

function grantOf(payload: Record<string, unknown>): Grant {
  const { sub, role, scope, cnf } = payload as { sub?: unknown; role?: unknown; scope?: unknown; cnf?: unknown }
  const known = ROLES.find((one) => one === role)
  if (typeof sub !== 'string' || typeof scope !== 'string' || known === undefined) throw new RequestError('token-invalid')
  return { party: sub, role: known, scopes: scope.split(' ').filter((word) => word !== ''), certificate: certificateOf(cnf) }
}

/** The thumbprint in a cnf claim. A cnf we cannot read binds to something unknown: refused, not ignored. */
function certificateOf(cnf: unknown): string | null {
  if (cnf === undefined) return null
  const thumbprint = typeof cnf === 'object' && cnf !== null ? (cnf as Record<string, unknown>)['x5t#S256'] : undefined
  if (typeof thumbprint !== 'string') throw new RequestError('token-invalid')
  return thumbprint
}
