/** Officers sign in by an OpenID Connect provider: what works, and what is tried against it. The provider is real; where it must lie, a test signs in its place. */
import { createHmac, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { expect } from 'chai'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { entriesIn } from '../support/entries.ts'
import { Browser, CLIENT, providerKey } from '../support/openid.ts'
import { AWAY, answerOf, COOKIE, type Stage, signedIn, useSessions, whoAmI } from '../support/sessions.ts'

const callback = (url: string): boolean => url.includes('/session/callback')

/** Goes to the provider and stops before coming back: the browser and the address it would come back to. */
async function away(
  { gateway, provider }: Stage,
  officer = 'kim-reviewer',
  path = '/session/sign-in'
): Promise<{ browser: Browser; back: URL }> {
  provider.person = { accountId: `${officer}@provider.example` }
  const browser = new Browser()
  const { url } = await browser.go(`${gateway.url}${path}`, callback)
  return { browser, back: new URL(url) }
}

/** What the reader of a refused sign-in sees: the status, and that the page is the constant one. */
async function refusal(response: Response | null): Promise<number> {
  const page = (await response?.text()) ?? ''
  expect(page).to.match(/You were not signed in|Signing in is not possible now/)
  return response?.status ?? 0
}

function codes({ gateway }: Stage): unknown[] {
  return gateway.audited.filter(({ event }) => event === 'refused').map(({ data }) => data['reason'])
}

describe('http: officers sign in (OpenID Connect Core 1.0, RFC 6749, 7636, 9207, 9700)', function () {
  this.timeout(60_000)
  const stage = useSessions()

  it('code flow with PKCE S256, state and nonce: the officer whose file names the subject has a session, and an entry tells of it', async () => {
    const { gateway, provider, database } = stage()
    provider.person = { accountId: 'kim-reviewer@provider.example' }
    const browser = new Browser()
    const { url } = await browser.go(`${gateway.url}/session/sign-in`, (here) => here.startsWith(provider.issuer))
    const asked = new URL(url).searchParams
    expect(asked.get('code_challenge_method')).to.equal('S256')
    expect(asked.get('redirect_uri')).to.equal(`${gateway.url}/session/callback`)
    expect([asked.get('state'), asked.get('nonce'), asked.get('code_challenge')].map((text) => text?.length)).to.deep.equal([43, 43, 43])
    const { response } = await browser.go(url)
    expect(response?.status).to.equal(200)
    expect(await response?.text()).to.include('url=/session"')
    const told = await whoAmI(gateway.url, browser)
    expect(told).to.include({ officer: 'kim-reviewer' })
    expect(told.scopes).to.include.members(['sallyport/accountings', 'system/AuditEvent.rs'])
    const [entry] = (await entriesIn(database, 'officer-signed-in')).slice(-1)
    expect(entry).to.include({ officer: 'kim-reviewer', how: 'openid' })
    expect(JSON.stringify(entry)).not.to.include('127.0.0.1').and.not.to.include('provider.example')
  })

  it('the session cookie is HttpOnly, SameSite=Strict, of this host and the whole path; the one of a browser that is away is Lax; both without Domain', async () => {
    const browser = await signedIn(stage(), 'kim-reviewer')
    const [session] = browser.set.filter((line) => line.startsWith(`${COOKIE}=`)).slice(-1)
    expect(session).to.match(/^[a-z-]+=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(browser.set.find((line) => line.startsWith(`${AWAY}=`))).to.match(/; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(browser.cookies(stage().gateway.url).has(AWAY)).to.equal(false)
  })

  it('what the browser keeps meanwhile holds no state, nonce or verifier, and the database holds nothing of the cookie (SHA-256 alone)', async () => {
    const { browser, back } = await away(stage())
    const kept = browser.cookies(back.href).get(AWAY) ?? ''
    expect(kept).not.to.include(back.searchParams.get('state'))
    const { gateway, pool } = stage()
    const inside = await signedIn(stage(), 'alex-operator')
    const secret = inside.cookies(gateway.url).get(COOKIE) ?? ''
    const { rows } = await pool.query('SELECT s::text AS row FROM officer_session s UNION ALL SELECT statement FROM outbox')
    expect(rows.length).to.be.greaterThan(1)
    for (const { row } of rows as { row: string }[]) expect(row).not.to.include(secret)
  })

  const forged: readonly (readonly [string, (stage: Stage, back: URL, browser: Browser) => void])[] = [
    ['state of another (CSRF on the sign-in, RFC 6749 §10.12)', (_stage, back) => back.searchParams.set('state', 'A'.repeat(43))],
    ['state twice', (_stage, back) => back.searchParams.append('state', back.searchParams.get('state') ?? '')],
    ['no state', (_stage, back) => back.searchParams.delete('state')],
    ['iss of another (mix-up, RFC 9207 §2.4)', (_stage, back) => back.searchParams.set('iss', 'https://other.example')],
    ['no iss, though the provider says that it sends it (RFC 9207 §2.4)', (_stage, back) => back.searchParams.delete('iss')],
    ['no code', (_stage, back) => back.searchParams.delete('code')],
    ['an invented code', (_stage, back) => back.searchParams.set('code', 'invented')],
    [
      'an error of the provider',
      (_stage, back) => (back.search = `?error=access_denied&state=${back.searchParams.get('state')}&iss=${back.searchParams.get('iss')}`)
    ],
    ['a browser that did not ask', ({ gateway }, _back, browser) => browser.cookies(gateway.url).clear()],
    [
      'a cookie that was changed',
      ({ gateway }, _back, browser) => {
        const cookies = browser.cookies(gateway.url)
        cookies.set(AWAY, (cookies.get(AWAY) ?? '').replace(/\.0$/, '.1'))
      }
    ],
    [
      'later than ten minutes',
      (one) => {
        one.ahead = 11 * 60_000
      }
    ]
  ]
  for (const [name, forge] of forged)
    it(`refused: ${name}`, async () => {
      const { browser, back } = await away(stage())
      const asked = stage().provider.asked.get('/token') ?? 0
      forge(stage(), back, browser)
      const response = await browser.ask(back.href)
      stage().ahead = 0
      expect(await refusal(response)).to.equal(403)
      expect(codes(stage()).at(-1)).to.equal('sign-in-invalid')
      expect(browser.cookies(back.href).has(COOKIE)).to.equal(false)
      if (name !== 'an invented code') expect(stage().provider.asked.get('/token') ?? 0, 'the provider is not asked').to.equal(asked)
    })

  it('refused: an answer a second time, at another replica, too (each state once, in the shared store)', async () => {
    const { browser, back } = await away(stage())
    const cookie = browser.cookies(back.href).get(AWAY) ?? ''
    expect((await browser.ask(back.href)).status).to.equal(200)
    const elsewhere = new Browser()
    elsewhere.cookies(back.href).set(AWAY, cookie)
    const { other } = stage()
    expect(await refusal(await elsewhere.ask(`${other.url}/session/callback${back.search}`))).to.equal(403)
  })

  it("refused: another's code in one's own browser (code injection, RFC 9700 §4.5): nonce and PKCE verifier are of the browser that asked", async () => {
    const victim = await away(stage(), 'alex-operator')
    const thief = await away(stage(), 'kim-reviewer')
    thief.back.searchParams.set('code', victim.back.searchParams.get('code') ?? '')
    expect(await refusal(await thief.browser.ask(thief.back.href))).to.equal(403)
    expect(thief.browser.cookies(thief.back.href).has(COOKIE)).to.equal(false)
  })

  it('refused: an authorization request from which the PKCE challenge was taken (downgrade, RFC 9700 §4.8.2): the verifier goes along all the same', async () => {
    const { gateway, provider } = stage()
    provider.person = { accountId: 'kim-reviewer@provider.example' }
    const browser = new Browser()
    const { url } = await browser.go(`${gateway.url}/session/sign-in`, (here) => here.startsWith(provider.issuer))
    const stripped = new URL(url)
    for (const name of ['code_challenge', 'code_challenge_method']) stripped.searchParams.delete(name)
    const { response } = await browser.go(stripped.href)
    expect(await refusal(response)).to.equal(403)
  })

  describe('ID tokens that do not hold (OpenID Connect Core §3.1.3.7)', () => {
    const now = (): number => Math.floor(Date.now() / 1000)
    const unsigned = (claims: object): string =>
      [{ alg: 'none' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
        .concat('.')
    const lies: readonly (readonly [string, (stage: Stage, claims: Readonly<Record<string, unknown>>) => Promise<string>])[] = [
      ['nonce of another', ({ provider }, claims) => provider.sign({ ...claims, nonce: 'of-another' })],
      ['no nonce', ({ provider }, { nonce: _nonce, ...claims }) => provider.sign(claims)],
      ['another issuer', ({ provider }, claims) => provider.sign({ ...claims, iss: 'https://other.example' })],
      ['for another client', ({ provider }, claims) => provider.sign({ ...claims, aud: 'another-client' })],
      [
        'for several, and not authorized to us',
        ({ provider }, claims) => provider.sign({ ...claims, aud: [CLIENT.id, 'another'], azp: 'another' })
      ],
      ['expired', ({ provider }, claims) => provider.sign({ ...claims, iat: now() - 600, exp: now() - 300 })],
      ['without exp', ({ provider }, { exp: _exp, ...claims }) => provider.sign(claims)],
      ['not yet', ({ provider }, claims) => provider.sign({ ...claims, nbf: now() + 600 })],
      ['signed with a key that is not the provider’s', ({ provider }, claims) => provider.sign(claims, {}, providerKey())],
      [
        'signed with a key of one’s own under the provider’s kid',
        ({ provider }, claims) => provider.sign(claims, { kid: provider.key.jwk.kid }, providerKey())
      ],
      ['alg none', async (_stage, claims) => unsigned(claims)],
      [
        'HS256 with the client secret, or the public key, as the secret',
        async ({ provider }, claims) => {
          const text = [{ alg: 'HS256', kid: provider.key.jwk.kid }, claims]
            .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
            .join('.')
          return `${text}.${createHmac('sha256', CLIENT.secret).update(text).digest('base64url')}`
        }
      ],
      [
        'a signature of another token',
        async ({ provider }, claims) =>
          `${(await provider.sign(claims)).split('.').slice(0, 2).join('.')}.${(await provider.sign({ ...claims, sub: 'x' })).split('.')[2]}`
      ],
      ['crit unknown (RFC 7515 §4.1.11)', ({ provider }, claims) => provider.sign(claims, { 'crit': ['x-unknown'], 'x-unknown': 1 })],
      ['no token at all', async () => '']
    ]
    for (const [name, lie] of lies)
      it(`refused: ${name}`, async () => {
        const one = stage()
        const { browser, back } = await away(one)
        one.provider.idToken = (claims) => lie(one, claims)
        const response = await browser.ask(back.href)
        one.provider.idToken = null
        expect(await refusal(response)).to.equal(403)
        expect(browser.cookies(back.href).has(COOKIE)).to.equal(false)
      })

    it('and one that the test signs as the provider does is taken: the refusals above are of what was changed', async () => {
      const one = stage()
      const { browser, back } = await away(one)
      one.provider.idToken = (claims) => one.provider.sign(claims)
      const response = await browser.ask(back.href)
      one.provider.idToken = null
      expect(response.status).to.equal(200)
    })
  })

  it('refused: a subject that is in no file, or in two, an officer past the last day, one who is suspended: the same page, and each an entry', async () => {
    const one = stage()
    const { registry } = one
    const pages = new Set<string>()
    for (const officer of ['stranger', 'past-auditor', 'alex-operator', 'kim-reviewer']) {
      const { browser, back } = await away(one, officer)
      const kim = registry.officers.get('kim-reviewer')
      one.registry = {
        ...registry,
        standings: new Map([['alex-operator', 'suspended']]),
        officers: new Map([...registry.officers, ...(kim === undefined ? [] : [['kim-again', { ...kim, id: 'kim-again' }] as const])])
      }
      const response = await browser.ask(back.href)
      one.registry = registry
      expect(response.status).to.equal(403)
      pages.add(await response.text())
      const told = one.gateway.audited.at(-1)?.data['told'] as { kind: string; party: string; proved: boolean }
      expect(told).to.include({ kind: 'sign-in-refused', proved: true })
      expect(told.party).to.match(
        officer === 'stranger' || officer === 'kim-reviewer' ? /^unknown-[0-9a-f]{16}$/ : new RegExp(`^${officer}$`)
      )
    }
    expect(pages.size).to.equal(1)
  })

  it('open redirect: return_to is one of our own addresses, or nobody is sent away', async () => {
    const { gateway } = stage()
    for (const to of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/session/../x',
      'javascript:alert(1)',
      '/agreements/..',
      '',
      '/nowhere'
    ])
      expect(
        await answerOf(await fetch(`${gateway.url}/session/sign-in?return_to=${encodeURIComponent(to)}`, { redirect: 'manual' })),
        to
      ).to.equal('400')
    const { browser, back } = await away(stage(), 'kim-reviewer', '/session/sign-in?return_to=/agreements')
    expect(await (await browser.ask(back.href)).text()).to.include('url=/agreements"')
  })

  it('HEAD and other methods begin nothing, nor does a second parameter', async () => {
    const { gateway } = stage()
    for (const path of ['sign-in', 'callback', 'first-run'])
      for (const method of ['HEAD', 'POST', 'PUT'])
        expect((await fetch(`${gateway.url}/session/${path}`, { method, redirect: 'manual' })).status).to.equal(405)
    expect((await fetch(`${gateway.url}/session/sign-in?return_to=/session&return_to=/session`, { redirect: 'manual' })).status).to.equal(
      400
    )
    expect((await fetch(`${gateway.url}/session/sign-in?login_hint=x`, { redirect: 'manual' })).status).to.equal(400)
  })

  it('pages allow nothing: no script, style, frame or form, no cache, no referrer', async () => {
    const { browser, back } = await away(stage())
    const { headers } = await browser.ask(back.href)
    expect(headers.get('content-security-policy')).to.equal("default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'")
    expect(headers.get('cache-control')).to.equal('no-store')
    expect(headers.get('referrer-policy')).to.equal('no-referrer')
  })
})

describe('http: officers sign in, with how the provider must have seen to it (acr, amr: OpenID Connect Core §2; RFC 8176)', function () {
  this.timeout(60_000)
  const stage = useSessions({ strength: { acr: ['urn:example:strong'], amr: ['mfa', 'hwk'] }, place: { maxAgeSeconds: 3600 } })

  it('an acr that is asked for, and every amr: a session, whose entry says which', async () => {
    await signedIn(stage(), 'kim-reviewer', { acr: 'urn:example:strong', amr: ['mfa', 'hwk', 'pwd'] })
    const [entry] = (await entriesIn(stage().database, 'officer-signed-in')).slice(-1)
    expect(entry).to.deep.include({ acr: 'urn:example:strong', amr: ['mfa', 'hwk'] })
  })

  for (const [name, how] of [
    ['another acr', { acr: 'urn:example:weak', amr: ['mfa', 'hwk'] }],
    ['one amr of two', { acr: 'urn:example:strong', amr: ['mfa'] }],
    ['no amr', { acr: 'urn:example:strong' }],
    ['neither', {}]
  ] as const)
    it(`refused: ${name}`, async () => {
      const one = stage()
      one.provider.person = { accountId: 'kim-reviewer@provider.example', ...(how as object) }
      const browser = new Browser()
      const { url } = await browser.go(`${one.gateway.url}/session/sign-in`, callback)
      one.provider.idToken = ({ acr: _acr, amr: _amr, ...claims }) => one.provider.sign({ ...claims, ...how })
      const response = await browser.ask(url)
      one.provider.idToken = null
      expect(await refusal(response)).to.equal(403)
      expect(one.gateway.audited.at(-1)?.data['told']).to.deep.equal({ kind: 'sign-in-refused', party: 'kim-reviewer', proved: true })
      expect(codes(one).at(-1)).to.equal('sign-in-weak')
    })

  it('refused: a sign-in there that is older than it may be, or that the provider does not date (max_age, auth_time)', async () => {
    const one = stage()
    for (const auth_time of [undefined, Math.floor(Date.now() / 1000) - 7200]) {
      one.provider.person = { accountId: 'kim-reviewer@provider.example', acr: 'urn:example:strong', amr: ['mfa', 'hwk'] }
      const browser = new Browser()
      const { url } = await browser.go(`${one.gateway.url}/session/sign-in`, callback)
      one.provider.idToken = ({ auth_time: _said, ...claims }) =>
        one.provider.sign(auth_time === undefined ? claims : { ...claims, auth_time })
      const response = await browser.ask(url)
      one.provider.idToken = null
      expect(await refusal(response)).to.equal(403)
    }
  })
})

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
    for (const lie of [
      { issuer: 'https://other.example' },
      { code_challenge_methods_supported: ['plain'] },
      { code_challenge_methods_supported: undefined },
      { authorization_endpoint: 'javascript:alert(1)' },
      { token_endpoint: 'http://169.254.169.254/latest' },
      { jwks_uri: 'http://192.0.2.1/jwks' },
      { id_token_signing_alg_values_supported: ['none', 'HS256'] }
    ]) {
      one.provider.answers.set(
        '/.well-known/openid-configuration',
        (_req, res) => void res.setHeader('content-type', 'application/json').end(JSON.stringify({ ...said, ...lie }))
      )
      const { createProvider } = await import('../../gateway/intake/openid.ts')
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
    const troubles: readonly (readonly [string, (res: import('node:http').ServerResponse) => void])[] = [
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
    const { createProvider } = await import('../../gateway/intake/openid.ts')
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
