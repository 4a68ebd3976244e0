/**
 * What an OpenID Connect provider says of somebody who signs in: code flow with PKCE (RFC 7636), state, nonce and, where the provider sends it, `iss` (RFC 9207). Decides when the
 * provider is asked again: what it says of itself is believed for ten minutes, its keys for ten seconds, and after a failure nobody asks for five. Refuses another issuer than the
 * configured one, a provider without S256, keys that are not pinned where some are, unsigned or symmetrically signed ID tokens, redirects, long answers, and plain http but on this machine.
 */
import { hash, type JsonWebKey, webcrypto } from 'node:crypto'
import * as openid from 'openid-client'
import { canonicalJson } from '../core/digest.ts'
import { OperatorHint, RequestError, UpstreamError } from '../core/errors.ts'
import { isConfidential } from '../core/loopback.ts'
import { bodyOf } from './body.ts'

export interface ProviderPlace {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | null
  /** a private JWK: then private_key_jwt (RFC 7523), and no secret */
  readonly clientKey: JsonWebKey | null
  /** RFC 7638 thumbprints; any other key of the provider does not count. Empty: all count */
  readonly keys: readonly string[]
  /** asked for, one of the first, all of the second; whether they were given is for others to say */
  readonly acr: readonly string[]
  readonly amr: readonly string[]
  /** how long ago somebody may have signed in there; null: no matter */
  readonly maxAgeSeconds: number | null
  /** our own address, exactly as it is registered there */
  readonly redirectUri: string
}

/** What binds an answer to the browser that asked. */
export interface Challenge {
  readonly state: string
  readonly nonce: string
  /** PKCE */
  readonly verifier: string
}

export interface ProviderClaims {
  readonly subject: string
  /** of the session there */
  readonly session: string | null
  readonly acr: string | null
  readonly amr: readonly string[]
}

type PublicKeys = { keys: JsonWebKey[] }

export interface Provider {
  /** Where to send the browser. UpstreamError provider-unavailable. */
  authorize(challenge: Challenge): Promise<URL>
  /** Who came back. UpstreamError provider-unavailable; RequestError sign-in-invalid for every fault of the answer. */
  redeem(answer: URLSearchParams, challenge: Challenge): Promise<ProviderClaims>
  /** The keys it signs with, those that count. UpstreamError provider-unavailable. */
  keys(): Promise<PublicKeys>
}

/** What the operator must mend, here or at the provider. Its code is told in the log. */
class ProviderFault extends Error {
  override readonly name = 'ProviderFault'
  readonly code: 'client-key-alg' | 'client-without-key' | 'issuer-differs' | 'address-not-https' | 'without-s256' | 'without-algorithm'
  constructor(code: ProviderFault['code']) {
    super(code)
    this.code = code
  }
}

/** Of those it offers; never `none`, nor one with a secret. */
const ALGORITHMS: readonly string[] = ['PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA', 'RS256', 'RS384', 'RS512']
const METADATA_MS = 10 * 60_000
/** Keys that were asked for so lately are not asked for again, whoever names one that is not there. */
const KEYS_MS = 10_000
const COOL_DOWN_MS = 5_000
const TIMEOUT_SECONDS = 5
const MOST_BYTES = 256 * 1024
const SKEW_SECONDS = 10

/** A value that is fetched when it is asked for, believed for a while, and not asked for again at once when that failed. All who ask meanwhile share one answer. */
function remembered<T>(fetchOne: () => Promise<T>, freshMs: number): () => Promise<T> {
  const kept: { until: number; answer: Promise<T> | null } = { until: 0, answer: null }
  return () => {
    const now = performance.now()
    if (kept.answer !== null && now < kept.until) return kept.answer
    const answer = fetchOne()
    kept.answer = answer
    kept.until = now + freshMs
    answer.catch(() => {
      if (kept.answer === answer) kept.until = performance.now() + COOL_DOWN_MS
    })
    return answer
  }
}

async function bounded(url: string, options: openid.CustomFetchOptions): Promise<Response> {
  if (!isConfidential(url)) throw new TypeError('neither https nor this machine')
  const response = await fetch(url, { ...options, redirect: 'error' } as RequestInit) // fetch takes each of its members
  return new Response(await bodyOf(response, MOST_BYTES), { status: response.status, headers: response.headers })
}

function thumbprint({ crv, e, kty, n, x, y }: JsonWebKey): string {
  return hash('sha256', canonicalJson({ crv, e, kty, n, x, y }), 'base64url')
}

/** Nobody can act on what is wrong but the operator, here or at the provider. */
function unavailable(cause: unknown): UpstreamError {
  return cause instanceof UpstreamError ? cause : new UpstreamError('provider-unavailable', 10, cause)
}

const CLIENT_ALGORITHMS: Readonly<
  Record<string, webcrypto.AlgorithmIdentifier | webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams>
> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  RS384: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }
}

async function clientAuth(place: ProviderPlace, methods: readonly string[] | undefined): Promise<openid.ClientAuth> {
  const { clientKey, clientSecret } = place
  if (clientKey !== null) {
    const { alg, kid, kty, crv, x, y, n, e, d, p, q, dp, dq, qi } = clientKey as JsonWebKey & {
      readonly alg?: string
      readonly kid?: string
    }
    const algorithm = CLIENT_ALGORITHMS[alg ?? '']
    if (algorithm === undefined) throw new ProviderFault('client-key-alg')
    const bare = { kty, crv, x, y, n, e, d, p, q, dp, dq, qi } as webcrypto.JsonWebKey // `use` and `key_ops` would be asked of the import
    const key = await webcrypto.subtle.importKey('jwk', bare, algorithm, false, ['sign'])
    return openid.PrivateKeyJwt(kid === undefined ? key : { key, kid })
  }
  if (clientSecret === null) throw new ProviderFault('client-without-key')
  const post = methods !== undefined && !methods.includes('client_secret_basic') && methods.includes('client_secret_post')
  return post ? openid.ClientSecretPost(clientSecret) : openid.ClientSecretBasic(clientSecret)
}

/** What the provider says of itself, cut to what is accepted here. */
function accepted(found: openid.ServerMetadata, place: ProviderPlace): openid.ServerMetadata {
  const { authorization_endpoint, token_endpoint, jwks_uri, code_challenge_methods_supported } = found
  if (found.issuer !== place.issuer) throw new ProviderFault('issuer-differs')
  if (![authorization_endpoint, token_endpoint, jwks_uri].every(isConfidential)) throw new ProviderFault('address-not-https')
  if (code_challenge_methods_supported?.includes('S256') !== true) throw new ProviderFault('without-s256')
  const offered = found.id_token_signing_alg_values_supported ?? ['RS256']
  const algorithms = ALGORITHMS.filter((one) => offered.includes(one))
  if (algorithms.length === 0) throw new ProviderFault('without-algorithm')
  return { ...found, id_token_signing_alg_values_supported: algorithms }
}

class OpenIdProvider implements Provider {
  readonly #place: ProviderPlace
  readonly #metadata: () => Promise<openid.ServerMetadata>
  readonly #keys: () => Promise<PublicKeys>

  constructor(place: ProviderPlace) {
    this.#place = place
    this.#metadata = remembered(() => this.#discover(), METADATA_MS)
    this.#keys = remembered(() => this.#fetchKeys(), KEYS_MS)
  }

  async #discover(): Promise<openid.ServerMetadata> {
    const { issuer, clientId } = this.#place
    const found = await openid.discovery(new URL(issuer), clientId, undefined, openid.None(), {
      timeout: TIMEOUT_SECONDS,
      execute: [openid.allowInsecureRequests], // `bounded` says where plain http is accepted
      [openid.customFetch]: bounded
    })
    return accepted(found.serverMetadata(), this.#place)
  }

  async #fetchKeys(): Promise<PublicKeys> {
    const { jwks_uri } = await this.#metadata()
    const options = { method: 'GET' as const, headers: { accept: 'application/json' }, body: undefined, redirect: 'manual' as const }
    const response = await bounded(jwks_uri ?? '', { ...options, signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000) })
    const value = (await response.json()) as { readonly keys?: unknown }
    if (!response.ok || !Array.isArray(value.keys)) throw new TypeError('not a JWK set')
    const keys = value.keys.filter((key): key is JsonWebKey => typeof key === 'object' && key !== null && !('k' in key) && !('d' in key))
    const pinned = this.#place.keys
    return { keys: pinned.length === 0 ? keys : keys.filter((key) => pinned.includes(thumbprint(key))) }
  }

  /** Made for each use, so that no keys are remembered but ours. */
  async #configuration(): Promise<openid.Configuration> {
    const { clientId } = this.#place
    const metadata = await this.#metadata()
    const auth = await clientAuth(this.#place, metadata.token_endpoint_auth_methods_supported)
    const made = new openid.Configuration(metadata, clientId, { [openid.clockTolerance]: SKEW_SECONDS }, auth)
    made.timeout = TIMEOUT_SECONDS
    made[openid.customFetch] = async (url, options) =>
      url === metadata.jwks_uri ? Response.json(await this.keys()) : bounded(url, options)
    openid.allowInsecureRequests(made) // as above
    openid.enableNonRepudiationChecks(made) // the signature is looked at, though the token came over TLS
    return made
  }

  /** How it was signed in there: asked for as a wish, and as essential where the provider reads that (OpenID Connect Core §5.5.1.1). */
  #asking({ claims_parameter_supported }: openid.ServerMetadata): Readonly<Record<string, string>> {
    const { acr, amr } = this.#place
    const essential = {
      ...(acr.length === 0 ? {} : { acr: { essential: true, values: acr } }),
      ...(amr.length === 0 ? {} : { amr: { essential: true } })
    }
    const readsClaims = claims_parameter_supported === true && acr.length + amr.length > 0
    return {
      ...(acr.length === 0 ? {} : { acr_values: acr.join(' ') }),
      ...(readsClaims ? { claims: JSON.stringify({ id_token: essential }) } : {})
    }
  }

  async authorize({ state, nonce, verifier }: Challenge): Promise<URL> {
    const { maxAgeSeconds, redirectUri } = this.#place
    try {
      return openid.buildAuthorizationUrl(await this.#configuration(), {
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...this.#asking(await this.#metadata()),
        ...(maxAgeSeconds === null ? {} : { max_age: String(maxAgeSeconds) })
      })
    } catch (error) {
      throw unavailable(error)
    }
  }

  async redeem(answer: URLSearchParams, { state, nonce, verifier }: Challenge): Promise<ProviderClaims> {
    const { maxAgeSeconds, redirectUri } = this.#place
    const configuration = await this.#configuration().catch((error: unknown) => Promise.reject(unavailable(error)))
    const came = new URL(redirectUri)
    came.search = answer.toString()
    try {
      const tokens = await openid.authorizationCodeGrant(configuration, came, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
        ...(maxAgeSeconds === null ? {} : { maxAge: maxAgeSeconds })
      })
      return claimsOf(tokens.claims())
    } catch (error) {
      throw faultOf(error)
    }
  }

  keys(): Promise<PublicKeys> {
    return this.#keys().catch((error: unknown) => Promise.reject(unavailable(error)))
  }
}

function claimsOf(claims: openid.IDToken | undefined): ProviderClaims {
  if (claims === undefined) throw new RequestError('sign-in-invalid')
  const { sub, sid, acr, amr } = claims as typeof claims & { readonly sid?: unknown; readonly acr?: unknown; readonly amr?: unknown }
  return {
    subject: sub,
    session: typeof sid === 'string' ? sid : null,
    acr: typeof acr === 'string' ? acr : null,
    amr: Array.isArray(amr) ? amr.filter((one): one is string => typeof one === 'string') : []
  }
}

/** Of openid-client: too late, or an answer that is none of the protocol's, as of a server in trouble. */
const TROUBLE: ReadonlySet<unknown> = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON'
])

/** The provider did not answer, or answered that it is broken: somebody may try again. Anything else is a fault of what it said. */
function faultOf(error: unknown): Error {
  if (error instanceof Error && error.cause instanceof UpstreamError) return error.cause
  if (error instanceof openid.ResponseBodyError || error instanceof openid.AuthorizationResponseError)
    return new RequestError('sign-in-invalid', undefined, error)
  return error instanceof openid.ClientError && !TROUBLE.has(error.code)
    ? new RequestError('sign-in-invalid', undefined, error)
    : unavailable(error)
}

/** A provider that is asked when somebody signs in, and not before. OperatorHint where its address is neither https nor on this machine. */
export function createProvider(place: ProviderPlace): Provider {
  if (!isConfidential(place.issuer))
    throw new OperatorHint('the provider must be at an https address, or at an http address of this machine')
  return new OpenIdProvider(place)
}
