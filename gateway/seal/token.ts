/**
 * Access tokens: JWTs (RFC 9068, ES256) the gateway gives itself to read. Decides who a caller is from a token, and for how long
 * (at most 300 seconds). Refuses other issuers, audiences, types and algorithms, tokens of keys not on the ring, and tokens past
 * their time. A token bound to a client certificate says so (RFC 8705 §3.1); comparing it with the connection is the caller's.
 */
import { hash, randomUUID } from 'node:crypto'
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose'
import { RefusedError, RequestError, type Told } from '../core/errors.ts'
import { compactOf } from './compact.ts'
import { everyKey, type SigningKey, type SigningKeys } from './keyring.ts'

const ROLES = ['hospital', 'insurer', 'officer'] as const
type Role = (typeof ROLES)[number]

/** What a token grants. */
export interface Grant {
  readonly party: string
  readonly role: Role
  readonly scopes: readonly string[]
  /** base64url SHA-256 of the client certificate the token is bound to (x5t#S256), or null. */
  readonly certificate: string | null
  /** RFC 7638 thumbprint of the registered key that proved the party; not said or null: it was none */
  readonly key?: string | null
  /** 1 to 64 characters; not said: a random one */
  readonly jti?: string
}

/** What a token says beside: enough to be refused before its time. */
export interface ReadGrant extends Grant {
  readonly key: string | null
  readonly jti: string
  /** seconds since 1970, to the millisecond */
  readonly issuedAt: number
  readonly expires: number
}

export const MAX_TOKEN_SECONDS = 300

const TYPE = 'at+jwt'
const MAX_LENGTH = 4096

type Claim = 'sub' | 'role' | 'scope' | 'cnf' | 'key' | 'jti' | 'iat' | 'exp'

/** A token for `grant`, issued by and for `issuer` (the gateway's public URL). Throws RangeError on a life over 300 s. */
export async function issueToken(keys: SigningKeys, issuer: string, grant: Grant, at: Date, seconds: number): Promise<string> {
  if (!(seconds > 0 && seconds <= MAX_TOKEN_SECONDS)) throw new RangeError('a token lives 300 seconds at most')
  const { kid, privateKey } = keys.current
  const issued = Math.floor(at.getTime() / 1000)
  const bound = grant.certificate === null ? {} : { cnf: { 'x5t#S256': grant.certificate } }
  const proved = { key: grant.key ?? null }
  return new SignJWT({ client_id: grant.party, role: grant.role, scope: grant.scopes.join(' '), ...proved, ...bound })
    .setProtectedHeader({ alg: 'ES256', typ: TYPE, kid })
    .setIssuer(issuer)
    .setAudience(issuer)
    .setSubject(grant.party)
    .setJti(grant.jti ?? randomUUID())
    .setIssuedAt(at.getTime() / 1000)
    .setExpirationTime(issued + Math.floor(seconds))
    .sign(privateKey)
}

/** What a token grants, if it is ours and it is time. RefusedError token-expired, which names the party; RequestError token-invalid. */
export async function readToken(keys: SigningKeys, issuer: string, token: string, at: Date): Promise<ReadGrant> {
  // of the texts that decode to the same bytes only one is the token
  if (compactOf(token, MAX_LENGTH) === null) throw new RequestError('token-invalid')
  try {
    const { payload } = await jwtVerify(token, (header) => publicKeyOf(keys, header.kid), {
      algorithms: ['ES256'],
      issuer,
      audience: issuer,
      typ: TYPE,
      requiredClaims: ['sub', 'exp', 'iat', 'jti', 'scope', 'role'],
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

function publicKeyOf(keys: SigningKeys, kid: string | undefined): SigningKey['publicJwk'] {
  const key = everyKey(keys).find((known) => known.kid === kid)
  if (key === undefined) throw new RequestError('token-invalid')
  return key.publicJwk
}

function grantOf(payload: Record<string, unknown>): ReadGrant {
  const { sub, role, scope, cnf, key, jti, iat, exp } = payload as Partial<Record<Claim, unknown>>
  const known = ROLES.find((one) => one === role)
  if (typeof sub !== 'string' || typeof scope !== 'string' || known === undefined) throw new RequestError('token-invalid')
  if (typeof jti !== 'string' || typeof iat !== 'number' || typeof exp !== 'number') throw new RequestError('token-invalid')
  if (key !== null && typeof key !== 'string') throw new RequestError('token-invalid')
  const scopes = scope.split(' ').filter((word) => word !== '')
  return { party: sub, role: known, scopes, certificate: certificateOf(cnf), key, jti, issuedAt: iat, expires: exp }
}

/** The thumbprint in a cnf claim. A cnf we cannot read binds to something unknown: refused, not ignored. */
function certificateOf(cnf: unknown): string | null {
  if (cnf === undefined) return null
  const thumbprint = typeof cnf === 'object' && cnf !== null ? (cnf as Record<string, unknown>)['x5t#S256'] : undefined
  if (typeof thumbprint !== 'string') throw new RequestError('token-invalid')
  return thumbprint
}

/** So many tokens are remembered: 10,000 parties have one each. */
const REMEMBERED = 20_000

interface Remembered {
  readonly grant: ReadGrant
  readonly kid: string
}

/**
 * Tokens that were verified once: by their hash, until they expire, the oldest forgotten first. Remembers that the signature is good and what it says, never that the
 * token stands: whoever was suspended or revoked since is for the caller to ask, each time.
 */
export class ReadTokens {
  readonly #known = new Map<string, Remembered>()
  readonly #keys: () => SigningKeys
  readonly #issuer: string

  constructor(keys: () => SigningKeys, issuer: string) {
    this.#keys = keys
    this.#issuer = issuer
  }

  /** As readToken. */
  async read(token: string, at: Date): Promise<ReadGrant> {
    const name = hash('sha256', token, 'base64url')
    const known = this.#known.get(name)
    const keys = this.#keys()
    if (known !== undefined && everyKey(keys).some(({ kid }) => kid === known.kid)) {
      if (known.grant.expires > Math.floor(at.getTime() / 1000)) return known.grant
      this.#known.delete(name)
      throw new RefusedError('token-expired', { party: known.grant.party })
    }
    const grant = await readToken(keys, this.#issuer, token, at)
    this.#keep(name, { grant, kid: decodeProtectedHeader(token).kid ?? '' })
    return grant
  }

  #keep(name: string, read: Remembered): void {
    this.#known.set(name, read)
    if (this.#known.size <= REMEMBERED) return
    const oldest = this.#known.keys().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }
}
