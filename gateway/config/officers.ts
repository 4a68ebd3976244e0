/**
 * How officers come in, from the environment: the OpenID Connect provider, how long a session lives, whether a key opens the token endpoint as well, and whether there is a link for
 * the first run. Refuses half a provider, one that a password could be read on the way to, and sessions over plain http but on this machine.
 */
import type { Fault } from '../core/errors.ts'
import { isConfidential, isLoopback } from '../core/loopback.ts'

/** Texts and numbers by name, as the schema left them. */
type Values = Readonly<Record<string, string | number | undefined>>

/** Times in milliseconds. */
export interface OfficersConfig {
  readonly provider: {
    readonly issuer: string
    readonly clientId: string
    /** RFC 7638 thumbprints; empty: whatever keys it serves */
    readonly keys: readonly string[]
    readonly acr: readonly string[]
    readonly amr: readonly string[]
    readonly maxAgeSeconds: number | null
  } | null
  readonly sessions: { readonly idle: number; readonly absolute: number; readonly rotate: number }
  /** does a key of an officer open the token endpoint? Words signed by it count either way */
  readonly byKey: 'on' | 'off'
  /** where the link of the first run is printed; nowhere where it could be followed from another machine */
  readonly firstRun: 'terminal' | 'anywhere' | 'nowhere'
}

const MINUTE_MS = 60_000
const NEEDS_ISSUER = ['CLIENT_ID', 'CLIENT_SECRET', 'CLIENT_KEY', 'KEYS', 'ACR', 'AMR', 'MAX_AGE_SECONDS'].map((name) => `OIDC_${name}`)

function textOf(values: Values, name: string): string | null {
  const value = values[`SALLYPORT_${name}`]
  return value === undefined ? null : String(value)
}

function wordsOf(values: Values, name: string): readonly string[] {
  return textOf(values, name)?.split(' ') ?? []
}

/** Those who call the gateway are of this machine: by the address it is called by, else by the one it listens on. */
export function isCalledHere(values: Values): boolean {
  const address = textOf(values, 'PUBLIC_URL')
  return isLoopback(address === null ? textOf(values, 'LISTEN_HOST') : URL.parse(address)?.hostname)
}

/** The address that the gateway listens on and the one it is called by are this machine's alone. */
function isLocal(values: Values): boolean {
  const address = textOf(values, 'PUBLIC_URL')
  return isLoopback(textOf(values, 'LISTEN_HOST')) && (address === null || isLoopback(URL.parse(address)?.hostname))
}

/** Cookies of sessions over plain http would be anybody's on the way. */
function plainFault(values: Values): Fault[] {
  const address = textOf(values, 'PUBLIC_URL')
  const safe = address === null ? textOf(values, 'TLS_CERT') !== null || isLocal(values) : isConfidential(address)
  return safe
    ? []
    : [
        {
          path: 'SALLYPORT_OIDC_ISSUER',
          message: 'needs an https SALLYPORT_PUBLIC_URL: sessions are cookies, and over plain http they can be read'
        }
      ]
}

function isKey(text: string | null): boolean {
  if (text === null) return true
  try {
    const jwk: unknown = JSON.parse(text)
    return typeof jwk === 'object' && jwk !== null && 'kty' in jwk && 'd' in jwk && 'alg' in jwk
  } catch {
    return false
  }
}

/** What no schema says of these variables. */
export function officersFaults(values: Values): Fault[] {
  const has = (name: string): boolean => textOf(values, name) !== null
  const faults: Fault[] = []
  const fault = (name: string, message: string): void => void faults.push({ path: `SALLYPORT_${name}`, message })
  if (!has('OIDC_ISSUER')) {
    const alone = NEEDS_ISSUER.find(has)
    if (alone !== undefined) fault('OIDC_ISSUER', `is needed because SALLYPORT_${alone} is set`)
    if (textOf(values, 'FIRST_RUN') === 'on' && !isLocal(values))
      fault('FIRST_RUN', 'can be on only where SALLYPORT_LISTEN_HOST and SALLYPORT_PUBLIC_URL are of this machine')
    return faults
  }
  if (!has('OIDC_CLIENT_ID')) fault('OIDC_CLIENT_ID', 'is needed because SALLYPORT_OIDC_ISSUER is set')
  if (has('OIDC_CLIENT_SECRET') === has('OIDC_CLIENT_KEY'))
    fault('OIDC_CLIENT_SECRET', 'or else SALLYPORT_OIDC_CLIENT_KEY is needed because SALLYPORT_OIDC_ISSUER is set, and not both')
  if (!isKey(textOf(values, 'OIDC_CLIENT_KEY'))) fault('OIDC_CLIENT_KEY', 'is not a private JWK')
  if (textOf(values, 'FIRST_RUN') === 'on') fault('FIRST_RUN', 'cannot be on together with SALLYPORT_OIDC_ISSUER')
  if (!isConfidential(textOf(values, 'OIDC_ISSUER'))) fault('OIDC_ISSUER', 'must be an https address, or an http address of this machine')
  return [...faults, ...plainFault(values)]
}

function firstRunOf(values: Values): OfficersConfig['firstRun'] {
  const asked = textOf(values, 'FIRST_RUN')
  if (asked === 'off' || textOf(values, 'OIDC_ISSUER') !== null || !isLocal(values)) return 'nowhere'
  return asked === 'on' ? 'anywhere' : 'terminal'
}

export function officersOf(values: Values): OfficersConfig {
  const issuer = textOf(values, 'OIDC_ISSUER')
  const minutes = (name: string): number => Number(textOf(values, name)) * MINUTE_MS
  const maxAge = textOf(values, 'OIDC_MAX_AGE_SECONDS')
  return {
    provider:
      issuer === null
        ? null
        : {
            issuer,
            clientId: textOf(values, 'OIDC_CLIENT_ID') ?? '',
            keys: wordsOf(values, 'OIDC_KEYS'),
            acr: wordsOf(values, 'OIDC_ACR'),
            amr: wordsOf(values, 'OIDC_AMR'),
            maxAgeSeconds: maxAge === null ? null : Number(maxAge)
          },
    sessions: { idle: minutes('SESSION_IDLE_MINUTES'), absolute: minutes('SESSION_MINUTES'), rotate: minutes('SESSION_ROTATE_MINUTES') },
    // beside a provider a key would be a way in without its second factor, and without its sign-out
    byKey: textOf(values, 'OFFICERS_BY_KEY') === 'on' || (textOf(values, 'OFFICERS_BY_KEY') === null && issuer === null) ? 'on' : 'off',
    firstRun: firstRunOf(values)
  }
}
