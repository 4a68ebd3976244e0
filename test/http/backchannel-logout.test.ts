/** The provider says that somebody signed out there: what is believed, and what is tried with its door. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { entriesIn } from '../support/entries.ts'
import type { HttpGateway } from '../support/http-gateway.ts'
import { type Browser, CLIENT, providerKey } from '../support/openid.ts'
import { answerOf, COOKIE, type Stage, secretOf, signedIn, tokensDeadBefore, useSessions, whoAmI, withCookie } from '../support/sessions.ts'

describe('http: signed out at the provider (OpenID Connect Back-Channel Logout 1.0)', function () {
  this.timeout(60_000)
  const stage = useSessions()

  function tell(gateway: HttpGateway, token: string, type = 'application/x-www-form-urlencoded'): Promise<Response> {
    return fetch(`${gateway.url}/session/backchannel-logout`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new URLSearchParams({ logout_token: token }).toString()
    })
  }

  const now = (): number => Math.floor(Date.now() / 1000)
  const SUB = 'kim-reviewer@provider.example'

  it('by subject: all of the officer’s sessions, on every replica; by session there: that one', async () => {
    const { gateway, other, provider, database } = stage()
    const [one, two] = [await signedIn(stage(), 'kim-reviewer'), await signedIn(stage(), 'kim-reviewer')]
    const response = await tell(gateway, await provider.logoutToken({ sub: SUB }))
    expect([response.status, response.headers.get('cache-control')]).to.deep.equal([200, 'no-store'])
    for (const browser of [one, two])
      expect(await answerOf(await withCookie(`${other.url}/session`, secretOf(stage(), browser)))).to.equal('401 session-ended')
    expect((await entriesIn(database, 'session-ended')).at(-1)).to.include({ officer: 'kim-reviewer', reason: 'back-channel' })

    let sid: unknown
    provider.idToken = (claims) => {
      sid = 'there-1'
      return provider.sign({ ...claims, sid })
    }
    const first = await signedIn(stage(), 'kim-reviewer')
    provider.idToken = (claims) => provider.sign({ ...claims, sid: 'there-2' })
    const second = await signedIn(stage(), 'kim-reviewer')
    provider.idToken = null
    expect((await tell(other, await provider.logoutToken({ sid }))).status).to.equal(200)
    expect(await answerOf(await first.ask(`${gateway.url}/session`))).to.equal('401 session-ended')
    expect((await whoAmI(gateway.url, second)).officer).to.equal('kim-reviewer')
    expect((await tell(gateway, await provider.logoutToken({ sid: 'there-2', sub: 'somebody-else' }))).status, 'both must fit').to.equal(
      200
    )
    expect((await whoAmI(gateway.url, second)).officer).to.equal('kim-reviewer')
  })

  it('access tokens of before end with the last session; by subject, where there is none, too', async () => {
    const { gateway, provider, pool } = stage()
    const dead = (): Promise<string | null> => tokensDeadBefore(pool, 'alex-operator')
    const sessionThere = async (sid: string): Promise<Browser> => {
      provider.idToken = (claims) => provider.sign({ ...claims, sid })
      const browser = await signedIn(stage(), 'alex-operator')
      provider.idToken = null
      return browser
    }
    const both = [await sessionThere('alex-1'), await sessionThere('alex-2')]
    expect((await tell(gateway, await provider.logoutToken({ sid: 'alex-1' }))).status).to.equal(200)
    expect(await dead(), 'the other session stands').to.equal(null)
    expect((await tell(gateway, await provider.logoutToken({ sid: 'alex-2' }))).status).to.equal(200)
    const first = await dead()
    expect(Date.now() - Date.parse(first ?? '')).to.be.within(0, 10_000)
    for (const browser of both) expect(await answerOf(await browser.ask(`${gateway.url}/session`))).to.equal('401 session-ended')
    expect((await tell(gateway, await provider.logoutToken({ sub: 'alex-operator@provider.example' }))).status).to.equal(200)
    expect(Date.parse((await dead()) ?? '')).to.be.greaterThan(Date.parse(first ?? ''))
    expect((await tell(gateway, await provider.logoutToken({ sub: 'nobody@provider.example' }))).status).to.equal(200)
  })

  it('the provider’s own word, when somebody signs out there', async () => {
    const { gateway, provider } = stage()
    const browser = await signedIn(stage(), 'kim-reviewer')
    const { response } = await browser.go(`${provider.issuer}/session/end?client_id=${CLIENT.id}`)
    const page = (await response?.text()) ?? ''
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    await browser.ask(`${provider.issuer}/session/end/confirm`, { method: 'POST', body: new URLSearchParams({ xsrf, logout: 'yes' }) })
    for (let tries = 0; tries < 40 && (await browser.ask(`${gateway.url}/session`)).status === 200; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await answerOf(await withCookie(`${gateway.url}/session`, 'A'.repeat(43)))).to.equal('401 session-ended')
    expect(browser.cookies(gateway.url).has(COOKIE)).to.equal(false)
  })

  const forged: readonly (readonly [string, (stage: Stage) => Promise<string>])[] = [
    ['signed by another', ({ provider }) => provider.logoutToken({ sub: SUB }, {}, providerKey())],
    [
      'signed by another under the provider’s kid',
      ({ provider }) => provider.logoutToken({ sub: SUB }, { kid: provider.key.jwk.kid }, providerKey())
    ],
    [
      'not signed',
      async () =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ sub: SUB })).toString('base64url')}.`
    ],
    ['with a nonce: an ID token', ({ provider }) => provider.logoutToken({ sub: SUB, nonce: 'n' })],
    ['without the event', ({ provider }) => provider.logoutToken({ sub: SUB, events: {} })],
    [
      'with an event that is no object',
      ({ provider }) => provider.logoutToken({ sub: SUB, events: { 'http://schemas.openid.net/event/backchannel-logout': true } })
    ],
    ['for another client', ({ provider }) => provider.logoutToken({ sub: SUB, aud: 'another' })],
    ['of another issuer', ({ provider }) => provider.logoutToken({ sub: SUB, iss: 'https://other.example' })],
    ['expired', ({ provider }) => provider.logoutToken({ sub: SUB, iat: now() - 600, exp: now() - 480 })],
    ['of the future', ({ provider }) => provider.logoutToken({ sub: SUB, iat: now() + 600, exp: now() + 720 })],
    [
      'of long ago, though it says it has not expired',
      ({ provider }) => provider.logoutToken({ sub: SUB, iat: now() - 86_400, exp: now() + 600 })
    ],
    ['without exp', ({ provider }) => provider.logoutToken({ sub: SUB, exp: undefined })],
    ['without jti', ({ provider }) => provider.logoutToken({ sub: SUB, jti: undefined })],
    ['of nobody', ({ provider }) => provider.logoutToken({})],
    ['of a subject that is no text', ({ provider }) => provider.logoutToken({ sub: 7 })],
    ['another type of token (RFC 8725 §3.11)', ({ provider }) => provider.logoutToken({ sub: SUB }, { typ: 'at+jwt' })],
    ['crit unknown', ({ provider }) => provider.logoutToken({ sub: SUB }, { 'crit': ['x-unknown'], 'x-unknown': 1 })],
    ['longer than any', ({ provider }) => provider.logoutToken({ sub: SUB, pad: 'x'.repeat(9000) })],
    ['no token', async () => 'a.b.c']
  ]
  for (const [name, forge] of forged)
    it(`refused, and the session lives: ${name}`, async () => {
      const { gateway } = stage()
      const browser = await signedIn(stage(), 'kim-reviewer')
      expect(await answerOf(await tell(gateway, await forge(stage())))).to.equal('400 bad-request')
      expect((await whoAmI(gateway.url, browser)).officer).to.equal('kim-reviewer')
    })

  it('refused: the same again, at another replica, after a new sign-in (jti once, in the shared store)', async () => {
    const { gateway, other, provider } = stage()
    const token = await provider.logoutToken({ sub: SUB, jti: randomUUID() })
    expect((await tell(gateway, token)).status).to.equal(200)
    const browser = await signedIn(stage(), 'kim-reviewer')
    for (const at of [gateway, other]) expect(await answerOf(await tell(at, token))).to.equal('400 bad-request')
    expect((await whoAmI(gateway.url, browser)).officer).to.equal('kim-reviewer')
  })

  it('refused: two tokens in one form, none, another media type', async () => {
    const { gateway, provider } = stage()
    const token = await provider.logoutToken({ sub: SUB })
    const form = (body: string): Promise<Response> =>
      fetch(`${gateway.url}/session/backchannel-logout`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body
      })
    expect(await answerOf(await form(`logout_token=${token}&logout_token=${token}`))).to.equal('400 bad-request')
    expect(await answerOf(await form('a=b'))).to.equal('400 bad-request')
    expect(await answerOf(await tell(gateway, token, 'application/json'))).to.equal('415 unsupported-media-type')
  })
})
