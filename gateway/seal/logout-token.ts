/**
 * Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6): the provider says that somebody signed out there. Decides whose sessions it means; refuses what is
 * not signed by a key of the provider, not for us, not of now, without the event, or with a nonce: an ID token must never do for one. Whether its jti was spent is for the caller to ask.
 */
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { RequestError } from '../core/errors.ts'

export interface LogoutToken {
  readonly jti: string
  readonly subject: string | null
  /** of the session at the provider */
  readonly session: string | null
  readonly expires: Date
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const TYPES: ReadonlySet<unknown> = new Set(['logout+jwt', 'JWT', undefined])
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA']
const MAX_LENGTH = 8192
const MAX_TEXT = 255
/** §2.4 recommends two minutes. */
const MAX_AGE_SECONDS = 600
const SKEW_SECONDS = 30

/** RequestError bad-request for every fault alike. */
export async function readLogoutToken(
  jwt: string,
  keys: JSONWebKeySet,
  { issuer, clientId }: { readonly issuer: string; readonly clientId: string },
  at: Date
): Promise<LogoutToken> {
  if (jwt.length > MAX_LENGTH) return refuse()
  try {
    const { payload, protectedHeader } = await jwtVerify(jwt, createLocalJWKSet(keys), {
      algorithms: ALGORITHMS,
      issuer,
      audience: clientId,
      requiredClaims: ['iat', 'exp', 'jti'],
      maxTokenAge: MAX_AGE_SECONDS,
      clockTolerance: SKEW_SECONDS,
      currentDate: at
    })
    return TYPES.has(protectedHeader.typ) && 'events' in payload ? meant(payload) : refuse()
  } catch {
    return refuse()
  }
}

function meant(payload: Readonly<Record<string, unknown>>): LogoutToken {
  const { events, nonce, jti, sub, sid, exp } = payload as Partial<Record<'events' | 'nonce' | 'jti' | 'sub' | 'sid' | 'exp', unknown>>
  const told = typeof events === 'object' && events !== null ? (events as Readonly<Record<string, unknown>>)[EVENT] : undefined
  if (typeof told !== 'object' || told === null || nonce !== undefined) return refuse()
  const [subject, session] = [textOf(sub), textOf(sid)]
  const id = textOf(jti)
  if (id === null || (subject === null && session === null) || typeof exp !== 'number') return refuse()
  return { jti: id, subject, session, expires: new Date((exp + SKEW_SECONDS) * 1000) }
}

/** null where it is absent; refused where it is no text that could be kept. */
function textOf(value: unknown): string | null {
  if (value === undefined) return null
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT ? value : refuse()
}

function refuse(): never {
  throw new RequestError('bad-request')
}
