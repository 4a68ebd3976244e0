/** What changes something by session: only a page of ours may ask for it. */
import { expect } from 'chai'
import type { Browser } from '../support/openid.ts'
import { answerOf, COOKIE, own, secretOf, signedIn, useSessions, whoAmI, withCookie } from '../support/sessions.ts'

describe('http: requests that other sites make a browser send', function () {
  this.timeout(60_000)
  const stage = useSessions()

  describe('CSRF (OWASP: token of the session in a header, and where the request comes from)', () => {
    const tries: readonly (readonly [string, (own: Record<string, string>) => Record<string, string>])[] = [
      [
        'a form of another site',
        () => ({ 'origin': 'https://evil.example', 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' })
      ],
      [
        'a fetch of another site that knows the token',
        (headers) => ({ ...headers, 'origin': 'https://evil.example', 'sec-fetch-site': 'cross-site' })
      ],
      ['a sibling site, to which SameSite says same', (headers) => ({ ...headers, 'sec-fetch-site': 'same-site' })],
      ['the same host at another port', (headers) => ({ ...headers, origin: 'http://127.0.0.1:1' })],
      ['an opaque origin', (headers) => ({ ...headers, origin: 'null' })],
      ['no origin at all', ({ origin: _origin, ...headers }) => headers],
      ['no token', ({ 'x-csrf-token': _token, ...headers }) => headers],
      ['an empty token', (headers) => ({ ...headers, 'x-csrf-token': '' })],
      ['a token of another length', (headers) => ({ ...headers, 'x-csrf-token': `${headers['x-csrf-token']}A` })]
    ]
    for (const [name, forge] of tries)
      it(`refused: ${name}`, async () => {
        const { gateway } = stage()
        const browser = await signedIn(stage(), 'alex-operator')
        const response = await browser.ask(`${gateway.url}/session`, { method: 'DELETE', headers: forge(await own(gateway, browser)) })
        expect(await answerOf(response)).to.equal('403 cross-site')
        expect((await whoAmI(gateway.url, browser)).officer, 'the session goes on').to.equal('alex-operator')
      })

    it("refused: the token of another officer's session", async () => {
      const { gateway } = stage()
      const [mine, theirs] = [await signedIn(stage(), 'alex-operator'), await signedIn(stage(), 'kim-reviewer')]
      const headers = { ...(await own(gateway, mine)), 'x-csrf-token': (await whoAmI(gateway.url, theirs)).csrf }
      expect(await answerOf(await mine.ask(`${gateway.url}/session`, { method: 'DELETE', headers }))).to.equal('403 cross-site')
    })

    it('refused: reading from another site with the cookie, as far as a browser says so; and no answer allows another origin to read (CORS)', async () => {
      const { gateway } = stage()
      const browser = await signedIn(stage(), 'kim-reviewer')
      for (const site of ['cross-site', 'same-site'])
        expect(await answerOf(await browser.ask(`${gateway.url}/session`, { headers: { 'sec-fetch-site': site } }))).to.equal(
          '403 cross-site'
        )
      const { headers } = await browser.ask(`${gateway.url}/session`)
      expect(headers.get('access-control-allow-origin')).to.equal(null)
      expect(headers.get('cross-origin-resource-policy')).to.equal('same-origin')
    })
  })

  describe('the page of a session (GET /session to a browser)', () => {
    const HTML = { accept: 'text/html,application/xhtml+xml;q=0.9' }
    const TYPE = { 'content-type': 'application/x-www-form-urlencoded' }

    it('says who, and its forms sign out here or everywhere; they go to us alone, and no script runs', async () => {
      const { gateway, other } = stage()
      const [one, two] = [await signedIn(stage(), 'kim-reviewer'), await signedIn(stage(), 'kim-reviewer')]
      const response = await one.ask(`${gateway.url}/session`, { headers: HTML })
      expect(response.headers.get('content-security-policy')).to.equal(
        "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'self'"
      )
      const page = await response.text()
      expect(page).to.include('kim-reviewer').and.not.to.include('<script')
      const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
      const send = (browser: Browser, form: Record<string, string>): Promise<Response> =>
        browser.ask(`${gateway.url}/session/sign-out`, {
          method: 'POST',
          headers: { ...TYPE, origin: gateway.url },
          body: new URLSearchParams(form).toString()
        })
      const out = await send(one, { csrf })
      expect([out.status, one.cookies(gateway.url).has(COOKIE)]).to.deep.equal([200, false])
      const three = await signedIn(stage(), 'kim-reviewer')
      expect((await send(two, { csrf: (await whoAmI(gateway.url, two)).csrf, all: 'yes' })).status).to.equal(200)
      expect(await answerOf(await withCookie(`${other.url}/session`, secretOf(stage(), three)))).to.equal('401 session-ended')
    })

    it('refused: the form of another site, without the token, with another’s, without a session, as JSON', async () => {
      const { gateway } = stage()
      const [browser, theirs] = [await signedIn(stage(), 'kim-reviewer'), await signedIn(stage(), 'alex-operator')]
      const { csrf } = await whoAmI(gateway.url, browser)
      const another = (await whoAmI(gateway.url, theirs)).csrf
      const send = async (headers: Record<string, string>, body: string): Promise<string> =>
        answerOf(await browser.ask(`${gateway.url}/session/sign-out`, { method: 'POST', headers: { ...TYPE, ...headers }, body }))
      expect(await send({ origin: 'https://evil.example' }, `csrf=${csrf}`)).to.equal('403 cross-site')
      expect(await send({ origin: 'null' }, `csrf=${csrf}`)).to.equal('403 cross-site')
      expect(await send({ origin: gateway.url }, 'all=yes')).to.equal('403 cross-site')
      expect(await send({ origin: gateway.url }, `csrf=${another}`)).to.equal('403 cross-site')
      expect(await send({ origin: gateway.url }, `csrf=${csrf}&csrf=${csrf}`)).to.equal('400 bad-request')
      expect(await send({ 'origin': gateway.url, 'content-type': 'application/json' }, '{}')).to.equal('415 unsupported-media-type')
      expect(
        await answerOf(
          await fetch(`${gateway.url}/session/sign-out`, {
            method: 'POST',
            headers: { ...TYPE, origin: gateway.url },
            body: `csrf=${csrf}`
          })
        )
      ).to.equal('401 session-ended')
      expect((await whoAmI(gateway.url, browser)).officer).to.equal('kim-reviewer')
    })
  })
})
