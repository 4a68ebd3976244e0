/** Providers that are pinned, in trouble, or want a key of the gateway: what becomes of a sign-in. */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { expect } from 'chai'
import { createProvider } from '../../gateway/intake/openid.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { Browser, CLIENT, providerKey } from '../support/openid.ts'
import { away, COOKIE, callback, refusal, type Stage, signedIn, useSessions, whoAmI } from '../support/sessions.ts'

describe('http: officers sign in, at a provider that is pinned, changes its keys, or is not there', function () {
  this.timeout(60_000)
  const pinned = providerKey()
  const stage = useSessions({ place: { keys: [pinned.thumbprint] } })

  it('refused: a key that the provider serves and that is not pinned; taken: the pinned one', async () => {
    const one = stage()
    const { browser, back } = await away(one)
    expect(await refusal(await browser.ask(back.href))).to.equal(403)
    const { kty, crv, x, y, kid } = pinned.jwk as JsonWebKey & { kid: string }
    one.provider.answers.set('/jwks', (_req, res) => void res.end(JSON.stringify({ keys: [{ kty, crv, x, y, kid }] })))
    one.provider.idToken = (claims) => one.provider.sign(claims, {}, pinned)
    // the other replica has not asked for keys yet
    const again = new Browser()
    const { url } = await again.go(`${one.other.url}/session/sign-in`, callback)
    expect((await again.ask(url)).status).to.equal(200)
    one.provider.idToken = null
    one.provider.answers.clear()
  })
})

describe('http: officers sign in, at a provider in trouble', function () {
  this.timeout(60_000)
  const stage = useSessions()

  const metadata = async (one: Stage): Promise<Record<string, unknown>> =>
    (await (await fetch(`${one.provider.issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>

  it('refused before anybody is sent away: a provider that says it is another, offers no S256, an address without https, or no algorithm we take', async () => {
    const one = stage()
    const said = await metadata(one)
    const lies: readonly (readonly [string, object])[] = [
      ['OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED', { issuer: 'https://other.example' }],
      ['without-s256', { code_challenge_methods_supported: ['plain'] }],
      ['without-s256', { code_challenge_methods_supported: undefined }],
      ['address-not-https', { authorization_endpoint: 'javascript:alert(1)' }],
      ['address-not-https', { token_endpoint: 'http://169.254.169.254/latest' }],
      ['address-not-https', { jwks_uri: 'http://192.0.2.1/jwks' }],
      ['without-algorithm', { id_token_signing_alg_values_supported: ['none', 'HS256'] }]
    ]
    for (const [fault, lie] of lies) {
      one.provider.answers.set(
        '/.well-known/openid-configuration',
        (_req, res) => void res.setHeader('content-type', 'application/json').end(JSON.stringify({ ...said, ...lie }))
      )
      const provider = createProvider({
        issuer: one.provider.issuer,
        clientId: CLIENT.id,
        clientSecret: 'x',
        clientKey: null,
        keys: [],
        acr: [],
        amr: [],
        maxAgeSeconds: null,
        redirectUri: 'http://localhost/session/callback'
      })
      const failure = await provider.authorize({ state: 's', nonce: 'n', verifier: 'v'.repeat(43) }).then(
        () => null,
        (error: unknown) => error
      )
      expect(failure, JSON.stringify(lie)).to.include({ code: 'provider-unavailable' })
      expect((failure as Error).cause, 'told to the operator alone').to.include({ code: fault })
    }
    one.provider.answers.clear()
  })

  it('down when the gateway starts: 503 with a page, asked again after a cool-down only, and it works once the provider is there', async () => {
    const one = stage()
    await one.provider.stop()
    const started = performance.now()
    const first = await fetch(`${one.gateway.url}/session/sign-in`, { redirect: 'manual' })
    expect(first.status).to.equal(503)
    expect(first.headers.get('retry-after')).to.equal('10')
    expect(await first.text()).to.include('Signing in is not possible now')
    await one.provider.again()
    const asked = one.provider.asked.get('/.well-known/openid-configuration') ?? 0
    for (let n = 0; n < 20; n += 1) expect((await fetch(`${one.gateway.url}/session/sign-in`, { redirect: 'manual' })).status).to.equal(503)
    expect(one.provider.asked.get('/.well-known/openid-configuration') ?? 0).to.equal(asked)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 5200 - (performance.now() - started))))
    expect((await fetch(`${one.gateway.url}/session/sign-in`, { redirect: 'manual' })).status).to.equal(302)
  })

  it('slow, huge, redirecting or broken at the token endpoint: 503 after five seconds at most, and no session', async () => {
    const one = stage()
    const troubles: readonly (readonly [string, (res: ServerResponse) => void])[] = [
      ['slow', () => undefined],
      ['huge', (res) => void res.setHeader('content-type', 'application/json').end(`{"a":"${'x'.repeat(1 << 20)}"}`)],
      ['redirecting inward', (res) => void res.writeHead(307, { location: 'http://169.254.169.254/' }).end()],
      ['broken', (res) => void res.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"server_error"}')],
      ['gone', (res) => res.destroy()]
    ]
    for (const [name, trouble] of troubles) {
      const { browser, back } = await away(one)
      one.provider.answers.set('/token', (_req, res) => trouble(res))
      const started = performance.now()
      const response = await browser.ask(back.href)
      one.provider.answers.delete('/token')
      expect(await refusal(response), name).to.be.oneOf(name === 'huge' ? [403, 503] : [503])
      expect(performance.now() - started, name).to.be.below(7000)
      expect(browser.cookies(back.href).has(COOKIE)).to.equal(false)
    }
  })

  it('a key that the provider took out of its set is not taken ten seconds later', async () => {
    const one = stage()
    await signedIn(one, 'kim-reviewer')
    const fresh = providerKey()
    const { kty, crv, x, y, kid } = fresh.jwk as JsonWebKey & { kid: string }
    one.provider.answers.set('/jwks', (_req, res) => void res.end(JSON.stringify({ keys: [{ kty, crv, x, y, kid }] })))
    await new Promise((resolve) => setTimeout(resolve, 10_200))
    const old = await away(one)
    expect(await refusal(await old.browser.ask(old.back.href))).to.equal(403)
    const rotated = await away(one)
    one.provider.idToken = (claims) => one.provider.sign(claims, {}, fresh)
    expect((await rotated.browser.ask(rotated.back.href)).status).to.equal(200)
    one.provider.idToken = null
    one.provider.answers.clear()
  })
})

describe('http: officers sign in, where the gateway proves itself by a key (private_key_jwt, RFC 7523)', function () {
  this.timeout(60_000)
  const { signing, jwks } = generatePartyKeys('ec', 'gateway')
  const stage = useSessions({
    clientKeys: jwks.keys.filter(({ use }) => use === 'sig'),
    place: { clientId: 'by-key', clientSecret: null, clientKey: signing }
  })

  it('a session; with a key that is not registered there, none', async () => {
    const one = stage()
    const browser = await signedIn(one, 'kim-reviewer')
    expect((await whoAmI(one.gateway.url, browser)).officer).to.equal('kim-reviewer')
    const stolen = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' })
    const redirectUri = `${one.gateway.url}/session/callback`
    const provider = createProvider({
      issuer: one.provider.issuer,
      clientId: 'by-key',
      clientSecret: null,
      clientKey: { ...stolen, alg: 'ES384' },
      keys: [],
      acr: [],
      amr: [],
      maxAgeSeconds: null,
      redirectUri
    })
    const challenge = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) }
    const { url } = await new Browser().go((await provider.authorize(challenge)).href, callback)
    expect(
      await provider.redeem(new URL(url).searchParams, challenge).then(
        () => null,
        (error: unknown) => error
      )
    ).to.include({ code: 'sign-in-invalid' })
  })
})
