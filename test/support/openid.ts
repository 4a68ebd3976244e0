/**
 * A real OpenID Connect provider (oidc-provider) on loopback, with a door in front of it where a test can answer in its place, and a browser that follows it: redirects,
 * cookies by host, and pages that go on by themselves. Whoever is to sign in is signed in without being asked.
 */
import { createPrivateKey, generateKeyPairSync, type JsonWebKey, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'
import { thumbprintOf } from '../../gateway/seal/keyring.ts'

/** A key that a provider signs with. */
export interface ProviderKey {
  readonly jwk: JsonWebKey & { readonly kid: string }
  readonly thumbprint: string
}

export function providerKey(): ProviderKey {
  const bare = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const { kty, crv, x, y } = bare
  const thumbprint = thumbprintOf({ kty: kty as 'EC', crv: crv ?? '', x: x ?? '', y: y ?? '' })
  return { jwk: { ...bare, kid: thumbprint, alg: 'ES256', use: 'sig' }, thumbprint }
}

export interface Person {
  readonly accountId: string
  readonly acr?: string
  readonly amr?: string[]
}

type Claims = Readonly<Record<string, unknown>>

export interface TestProvider {
  readonly issuer: string
  readonly key: ProviderKey
  /** Who signs in, whoever asks. */
  person: Person
  /** In place of the ID token of the provider; its claims are given. */
  idToken: ((claims: Claims) => Promise<string>) | null
  /** In place of what is served at a path: another answer, or none (the connection ends), or later. */
  readonly answers: Map<string, (req: IncomingMessage, res: ServerResponse) => void>
  /** How often a path was asked for. */
  readonly asked: Map<string, number>
  sign(claims: Claims, header?: Claims, key?: ProviderKey): Promise<string>
  /** Signed as one of its own, of this moment. */
  logoutToken(claims: Claims, header?: Claims, key?: ProviderKey): Promise<string>
  stop(): Promise<void>
  /** Listens again on the same port. */
  again(): Promise<void>
}

export const CLIENT = { id: 'sallyport', secret: 'a-secret-of-the-test-and-nobody-else' } as const

function configurationOf(key: ProviderKey, gateways: readonly string[], clientKeys: readonly object[]): Configuration {
  const urls = gateways.map((url) => `${url}/session/callback`)
  const common = {
    redirect_uris: urls,
    grant_types: ['authorization_code'],
    response_types: ['code' as const],
    id_token_signed_response_alg: 'ES256' as const
  }
  return {
    clients: [
      {
        ...common,
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        backchannel_logout_uri: `${gateways[0]}/session/backchannel-logout`
      },
      {
        ...common,
        client_id: 'by-key',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES384',
        jwks: { keys: [...clientKeys] }
      }
    ],
    jwks: { keys: [key.jwk as never] },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ['sub'], acr: null, amr: null, sid: null, auth_time: null, iss: null },
    acrValues: ['urn:example:strong', 'urn:example:weak'],
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, claimsParameter: { enabled: true } },
    pkce: { required: () => false },
    // its own refuses addresses of this machine
    fetch(url, options) {
      const plain: RequestInit & { dispatcher?: unknown } = { ...options }
      delete plain.dispatcher
      return fetch(url, plain)
    },
    enabledJWA: { clientAuthSigningAlgValues: ['ES256', 'ES384'] },
    interactions: { url: (_ctx, { uid }) => `/login/${uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    async loadExistingGrant(ctx) {
      const { client, session, provider } = ctx.oidc
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    }
  }
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}

/** `gateways`: their public addresses, known once they listen, so asked for late. */
export async function startProvider(
  gateways: (issuer: string) => Promise<readonly string[]>,
  clientKeys: readonly object[] = []
): Promise<TestProvider> {
  const key = providerKey()
  const kept: { provider: Provider | null } = { provider: null }
  const answers: TestProvider['answers'] = new Map()
  const asked: TestProvider['asked'] = new Map()
  const server = createServer((req, res) => void answer(req, res).catch(() => res.destroy()))
  const port = await listening(server, 0)
  const issuer = `http://localhost:${port}`
  const state = { person: { accountId: 'nobody' } as Person, idToken: null as TestProvider['idToken'] }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? '').split('?')[0] ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const own = answers.get(path)
    const { provider } = kept
    if (own !== undefined || provider === null) return own?.(req, res)
    if (!path.startsWith('/login/')) return void (await provider.callback()(req, res))
    const { accountId, ...how } = state.person
    await provider.interactionFinished(req, res, { login: { accountId, ...how } }, { mergeWithLastSubmission: false })
  }

  const provider = new Provider(issuer, configurationOf(key, await gateways(issuer), clientKeys))
  provider.use(async (ctx, next) => {
    await next()
    const body = ctx.body as { id_token?: string } | undefined
    if (ctx.path !== '/token' || state.idToken === null || body?.id_token === undefined) return
    const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims
    ctx.body = { ...body, id_token: await state.idToken(claims) }
  })
  kept.provider = provider
  const sign: TestProvider['sign'] = (claims, header = {}, by = key) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: by.jwk.kid, ...header })
      .sign(createPrivateKey({ key: by.jwk, format: 'jwk' }), { crit: { 'x-unknown': true } })
  return Object.assign(state, {
    issuer,
    key,
    answers,
    asked,
    sign,
    logoutToken(claims: Claims, header: Claims = {}, by = key) {
      const now = Math.floor(Date.now() / 1000)
      const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
      return sign(
        { iss: issuer, aud: CLIENT.id, iat: now, exp: now + 120, jti: randomUUID(), events, ...claims },
        { typ: 'logout+jwt', ...header },
        by
      )
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    again: async () => void (await listening(server, port))
  })
}

/** What a browser keeps and sends. It knows nothing of SameSite: what must hold, holds without. */
export class Browser {
  /** by host, then by name */
  readonly #jar = new Map<string, Map<string, string>>()
  /** every Set-Cookie that came, as it was sent */
  readonly set: string[] = []

  cookies(url: string): Map<string, string> {
    const { hostname } = new URL(url)
    const known = this.#jar.get(hostname) ?? new Map<string, string>()
    this.#jar.set(hostname, known)
    return known
  }

  /** One request, no redirect followed. */
  async ask(url: string, init: RequestInit = {}): Promise<Response> {
    const cookies = this.cookies(url)
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = new Headers(init.headers)
    if (cookie !== '') headers.set('cookie', cookie)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      this.set.push(line)
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
      const at = pair.indexOf('=')
      const gone = attributes.some((one) => /^max-age=0$/i.test(one) || /^expires=Thu, 01 Jan 1970/i.test(one))
      if (gone) cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return response
  }

  /** Follows redirects until `stop` or a page; the last address and answer. */
  async go(
    url: string,
    stop: (url: string) => boolean = () => false
  ): Promise<{ readonly url: string; readonly response: Response | null }> {
    for (let [here, hops] = [url, 0]; ; hops += 1) {
      if (stop(here)) return { url: here, response: null }
      const response = await this.ask(here)
      const next = response.headers.get('location')
      if (next === null || hops > 12) return { url: here, response }
      await response.body?.cancel()
      here = new URL(next, here).href
    }
  }
}
