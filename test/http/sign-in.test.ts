/** Officers sign in by an OpenID Connect provider: what works, and what is tried against it. The provider is real; where it must lie, a test signs in its place. */
import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { entriesIn } from '../support/entries.ts'
import { Browser, CLIENT, providerKey } from '../support/openid.ts'
import { AWAY, answerOf, away, COOKIE, callback, refusal, type Stage, signedIn, useSessions, whoAmI } from '../support/sessions.ts'

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
