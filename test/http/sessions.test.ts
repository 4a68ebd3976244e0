/** Sessions of officers: what a cookie may do, how long, and what is tried with one. Two replicas on one database, a real provider, a clock of the test's. */
import { expect } from 'chai'
import fc from 'fast-check'
import { sweepSessions } from '../../gateway/exchange/identity/sessions.ts'
import { entriesIn } from '../support/entries.ts'
import { CLIENT } from '../support/openid.ts'
import { AWAY, answerOf, COOKIE, own, secretOf, signedIn, tokensDeadBefore, useSessions, whoAmI, withCookie } from '../support/sessions.ts'

const MINUTE = 60_000

describe('http: sessions of officers (RFC 6265bis, OWASP ASVS 3)', function () {
  this.timeout(60_000)
  const stage = useSessions()
  afterEach(() => {
    stage().ahead = 0
  })

  it('a session opens what the officer’s roles open, and nothing else, at every replica', async () => {
    const { gateway, other } = stage()
    const reviewer = await signedIn(stage(), 'kim-reviewer')
    const secret = secretOf(stage(), reviewer)
    for (const { url } of [gateway, other]) {
      expect((await withCookie(`${url}/fhir/AuditEvent`, secret)).status).to.equal(200)
      expect(await answerOf(await withCookie(`${url}/sessions`, secret))).to.equal('403 scope-missing')
      expect(
        await answerOf(await withCookie(`${url}/submissions`, secret, { method: 'POST', headers: await own(gateway, reviewer) }))
      ).to.match(/^403 (scope-missing|cross-site)$/)
    }
  })

  it('GET /session says who, until when, and a token that is the same as long as the session lives', async () => {
    const browser = await signedIn(stage(), 'alex-operator')
    const first = await whoAmI(stage().gateway.url, browser)
    stage().ahead = 11 * MINUTE
    const second = await whoAmI(stage().gateway.url, browser)
    expect(second).to.include({ officer: 'alex-operator', csrf: first.csrf, until: first.until })
    expect(Date.parse(second.idle_until) - Date.parse(first.idle_until)).to.be.within(10 * MINUTE, 12 * MINUTE)
  })

  it('refused: a cookie and a token together', async () => {
    const browser = await signedIn(stage(), 'kim-reviewer')
    const { gateway } = stage()
    const response = await browser.ask(`${gateway.url}/fhir/AuditEvent`, { headers: { authorization: 'Bearer x' } })
    expect(await answerOf(response)).to.equal('400 bad-request')
  })

  it('refused: no cookie, an invented one, one of another form, two of one name', async () => {
    const { gateway } = stage()
    const browser = await signedIn(stage(), 'kim-reviewer')
    const secret = secretOf(stage(), browser)
    expect(await answerOf(await fetch(`${gateway.url}/session`))).to.equal('401 token-missing')
    for (const value of [
      'A'.repeat(43),
      `${secret}A`,
      '',
      "' OR 1=1",
      `${secret}; ${COOKIE}=${'A'.repeat(43)}`,
      `${'A'.repeat(43)}; ${COOKIE}=${secret}`
    ])
      expect(await answerOf(await withCookie(`${gateway.url}/session`, value)), value).to.equal('401 session-ended')
  })

  it('session fixation: a cookie that was set before the sign-in is worth nothing after it, and the session of before has ended', async () => {
    const { gateway, provider } = stage()
    provider.person = { accountId: 'kim-reviewer@provider.example' }
    const browser = await signedIn(stage(), 'kim-reviewer')
    const planted = 'F'.repeat(43)
    browser.cookies(gateway.url).set(COOKIE, planted)
    await browser.go(`${gateway.url}/session/sign-in`)
    const first = secretOf(stage(), browser)
    expect(first).not.to.equal(planted)
    expect(await answerOf(await withCookie(`${gateway.url}/session`, planted))).to.equal('401 session-ended')
    await browser.go(`${gateway.url}/session/sign-in`)
    expect(secretOf(stage(), browser)).not.to.equal(first)
    expect(await answerOf(await withCookie(`${gateway.url}/session`, first))).to.equal('401 session-ended')
    expect((await entriesIn(stage().database, 'session-ended')).at(-1)).to.include({ officer: 'kim-reviewer', reason: 'replaced' })
  })

  it('a stolen cookie after its owner signed out: refused at every replica, at once', async () => {
    const { gateway, other, database } = stage()
    const browser = await signedIn(stage(), 'kim-reviewer')
    const stolen = secretOf(stage(), browser)
    const response = await browser.ask(`${gateway.url}/session`, { method: 'DELETE', headers: await own(gateway, browser) })
    expect(response.status).to.equal(204)
    expect(browser.cookies(gateway.url).has(COOKIE)).to.equal(false)
    for (const { url } of [gateway, other]) expect(await answerOf(await withCookie(`${url}/session`, stolen))).to.equal('401 session-ended')
    expect((await entriesIn(database, 'session-ended')).at(-1)).to.include({ officer: 'kim-reviewer', reason: 'signed-out' })
  })

  it('the cookie is replaced after ten minutes; the one before is good for half a minute, for requests under way', async () => {
    const { gateway, other } = stage()
    const browser = await signedIn(stage(), 'kim-reviewer')
    const first = secretOf(stage(), browser)
    stage().ahead = 9 * MINUTE
    await whoAmI(gateway.url, browser)
    expect(secretOf(stage(), browser)).to.equal(first)
    stage().ahead = 11 * MINUTE
    const both = await Promise.all([withCookie(`${gateway.url}/session`, first), withCookie(`${other.url}/session`, first)])
    expect(both.map(({ status }) => status)).to.deep.equal([200, 200])
    expect(
      both.flatMap(({ headers }) => headers.getSetCookie()),
      'by one of them'
    ).to.have.length(1)
    stage().ahead = 11 * MINUTE + 20_000
    expect((await withCookie(`${other.url}/session`, first)).status).to.equal(200)
  })

  it('a stolen cookie after it was replaced: refused, and the session ends for whoever has its newer one, for there is a copy', async () => {
    const { gateway, other, database } = stage()
    const browser = await signedIn(stage(), 'kim-reviewer')
    const stolen = secretOf(stage(), browser)
    stage().ahead = 11 * MINUTE
    await whoAmI(gateway.url, browser)
    stage().ahead = 12 * MINUTE
    expect(await answerOf(await withCookie(`${other.url}/session`, stolen))).to.equal('401 session-ended')
    expect(await answerOf(await browser.ask(`${gateway.url}/session`))).to.equal('401 session-ended')
    expect((await entriesIn(database, 'session-ended')).at(-1)).to.include({ officer: 'kim-reviewer', reason: 'copied' })
  })

  it('a thief who is quicker than the owner, and has had the cookie replaced twice and more: the owner’s comes back, and nobody has the session', async () => {
    for (const times of [2, 3, 6]) {
      const { gateway, other, database } = stage()
      stage().ahead = 0
      const thief = await signedIn(stage(), 'kim-reviewer')
      const owners = secretOf(stage(), thief)
      for (let n = 1; n <= times; n += 1) {
        stage().ahead = n * 11 * MINUTE
        await whoAmI(gateway.url, thief)
      }
      expect(await answerOf(await withCookie(`${other.url}/session`, owners)), `${times}`).to.equal('401 session-ended')
      expect(await answerOf(await thief.ask(`${gateway.url}/session`)), `${times}`).to.equal('401 session-ended')
      expect((await entriesIn(database, 'session-ended')).at(-1)).to.include({ officer: 'kim-reviewer', reason: 'copied' })
    }
  })

  it('an earlier cookie is not good for the half minute that the one before is', async () => {
    const { gateway, database } = stage()
    const browser = await signedIn(stage(), 'kim-reviewer')
    const first = secretOf(stage(), browser)
    for (const ahead of [11, 22]) {
      stage().ahead = ahead * MINUTE
      await whoAmI(gateway.url, browser)
    }
    expect(await answerOf(await withCookie(`${gateway.url}/session`, first))).to.equal('401 session-ended')
    expect((await entriesIn(database, 'session-ended')).at(-1)).to.include({ reason: 'copied' })
  })

  it('idle for a quarter of an hour: ended; used meanwhile: not', async () => {
    const { gateway, database } = stage()
    const idle = await signedIn(stage(), 'kim-reviewer')
    const used = await signedIn(stage(), 'alex-operator')
    stage().ahead = 10 * MINUTE
    await whoAmI(gateway.url, used)
    stage().ahead = 15 * MINUTE
    expect(await answerOf(await idle.ask(`${gateway.url}/session`))).to.equal('401 session-ended')
    expect(idle.cookies(gateway.url).has(COOKIE), 'the browser forgets it').to.equal(false)
    expect((await entriesIn(database, 'session-ended')).at(-1)).to.include({ officer: 'kim-reviewer', reason: 'over' })
    expect((await whoAmI(gateway.url, used)).officer).to.equal('alex-operator')
  })

  it('eight hours old: ended, however it was used', async () => {
    const { gateway } = stage()
    const browser = await signedIn(stage(), 'kim-reviewer')
    for (let minute = 10; minute < 480; minute += 10) {
      stage().ahead = minute * MINUTE
      await whoAmI(gateway.url, browser)
    }
    stage().ahead = 480 * MINUTE
    expect(await answerOf(await browser.ask(`${gateway.url}/session`))).to.equal('401 session-ended')
  })

  it('an officer who is suspended, whose last day is over, whose subject is another, or whose sessions of before a moment are dead: ended with the next request', async () => {
    const one = stage()
    const { registry, gateway, database } = one
    const kim = registry.officers.get('kim-reviewer')
    if (kim === undefined) throw new Error('kim is registered')
    const as = (changes: object): ReadonlyMap<string, typeof kim> =>
      new Map([...registry.officers, ['kim-reviewer', { ...kim, ...changes }]])
    for (const now of [
      { ...registry, standings: new Map([['kim-reviewer', 'suspended' as const]]) },
      { ...registry, standings: new Map([['kim-reviewer', 'revoked' as const]]) },
      { ...registry, officers: as({ until: '2020-01-01' }) },
      { ...registry, officers: as({ subject: 'somebody-else@provider.example' }) },
      { ...registry, officers: new Map() },
      { ...registry, notBefore: new Map([['kim-reviewer', Date.now() + 1000]]) }
    ]) {
      one.registry = registry
      const secret = secretOf(one, await signedIn(one, 'kim-reviewer'))
      const before = (await entriesIn(database, 'session-ended')).length
      one.registry = now
      for (const times of [1, 2])
        expect(await answerOf(await withCookie(`${gateway.url}/session`, secret)), `${times}`).to.equal('401 session-ended')
      const told = (await entriesIn(database, 'session-ended')).slice(before)
      expect(told.map(({ officer, reason }) => [officer, reason])).to.deep.equal([['kim-reviewer', 'over']])
    }
    one.registry = registry
  })

  it('one that nobody comes back to is told of when it is swept away, once', async () => {
    const one = stage()
    await signedIn(one, 'kim-reviewer')
    await sweepSessions({ pool: one.pool, now: () => new Date(Date.now() + MINUTE) })
    const before = (await entriesIn(one.database, 'session-ended')).length
    const sweep = (): Promise<number> => sweepSessions({ pool: one.pool, now: () => new Date(Date.now() + 24 * 60 * MINUTE) })
    const swept = await sweep()
    expect([swept > 0, await sweep()]).to.deep.equal([true, 0])
    const told = (await entriesIn(one.database, 'session-ended')).slice(before)
    expect(told.map(({ officer }) => officer)).to.include('kim-reviewer')
    expect([told.length, new Set(told.map(({ reason }) => reason))]).to.deep.equal([swept, new Set(['over'])])
  })

  it('roles that were taken away are gone from the session with the next request', async () => {
    const { gateway } = stage()
    const browser = await signedIn(stage(), 'kim-reviewer')
    const known = gateway.parties.get('kim-reviewer')
    if (known === undefined) throw new Error('kim is registered')
    expect((await browser.ask(`${gateway.url}/accountings/suspensions`)).status).to.equal(200)
    gateway.parties.set('kim-reviewer', { ...known, roles: ['proposer'] })
    expect(await answerOf(await browser.ask(`${gateway.url}/accountings/suspensions`))).to.equal('403 scope-missing')
    gateway.parties.set('kim-reviewer', known)
  })

  describe('one click ends all sessions of an officer', () => {
    it('an operator anybody’s, on every replica; the list shows who is here and nothing of a cookie; each is an entry', async () => {
      const { gateway, other, database } = stage()
      const operator = await signedIn(stage(), 'alex-operator')
      const kims = [await signedIn(stage(), 'kim-reviewer'), await signedIn(stage(), 'kim-reviewer')]
      const list = await (await operator.ask(`${other.url}/sessions`)).text()
      expect(
        (JSON.parse(list) as { sessions: { officer: string }[] }).sessions.filter(({ officer }) => officer === 'kim-reviewer').length
      ).to.be.at.least(2)
      for (const browser of [operator, ...kims]) expect(list).not.to.include(secretOf(stage(), browser))
      expect((await entriesIn(database, 'register-read')).at(-1)).to.include({ officer: 'alex-operator', what: 'sessions' })
      const answer = await operator.ask(`${gateway.url}/sessions/kim-reviewer`, { method: 'DELETE', headers: await own(gateway, operator) })
      expect(answer.status).to.equal(200)
      for (const kim of kims)
        expect(await answerOf(await withCookie(`${other.url}/session`, secretOf(stage(), kim)))).to.equal('401 session-ended')
      const entry = (await entriesIn(database, 'sessions-revoked')).at(-1)
      expect(entry).to.include({ officer: 'alex-operator', of: 'kim-reviewer' })
      const dead = Date.parse((await tokensDeadBefore(stage().pool, 'kim-reviewer')) ?? '')
      expect(dead, 'access tokens of before, too').to.be.closeTo(Date.parse(String(entry?.['at'])), 1000)
      expect(await tokensDeadBefore(stage().pool, 'alex-operator')).to.equal(null)
      expect((await whoAmI(gateway.url, operator)).officer).to.equal('alex-operator')
    })

    it('others their own; of somebody else there is nothing to find, as of nobody', async () => {
      const { gateway } = stage()
      const [kim, twin] = [await signedIn(stage(), 'kim-reviewer'), await signedIn(stage(), 'kim-reviewer')]
      const headers = await own(gateway, kim)
      const asked = async (officer: string): Promise<string> =>
        answerOf(await kim.ask(`${gateway.url}/sessions/${officer}`, { method: 'DELETE', headers }))
      expect(await asked('alex-operator')).to.equal('404 not-found')
      expect(await asked('nobody')).to.equal('404 not-found')
      expect(await asked('kim-reviewer')).to.equal('200')
      for (const browser of [kim, twin]) expect(await answerOf(await browser.ask(`${gateway.url}/session`))).to.equal('401 session-ended')
    })
  })

  it('a thousand fuzzed answers and cookies: refused, each with the constant page or code, no 5xx, and nobody is asked', async () => {
    const { gateway, provider } = stage()
    const asked = provider.asked.get('/token') ?? 0
    const text = fc.string({ unit: 'grapheme', maxLength: 60 })
    const answer = fc.record({ state: text, code: text, iss: text, error: text }, { requiredKeys: [] })
    // what a header may hold at all
    const cookie = fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((n) => String.fromCharCode(n)), maxLength: 120 })
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(answer, cookie, async (query, value) => {
        const headers = { cookie: `${AWAY}=${value}; ${COOKIE}=${value}` }
        const back = await fetch(`${gateway.url}/session/callback?${new URLSearchParams(query)}`, { headers, redirect: 'manual' })
        seen.add(`${back.status} ${(await back.text()).length}`)
        seen.add(await answerOf(await fetch(`${gateway.url}/session`, { headers })))
      }),
      { numRuns: 500 }
    )
    expect([...seen].filter((one) => !/^(?:403|400) \d+$/.test(one))).to.deep.equal(['401 session-ended'])
    expect(new Set([...seen].map((one) => one.split(' ')[1])).size, 'one page, one code').to.equal(2)
    expect(provider.asked.get('/token') ?? 0).to.equal(asked)
  })

  it('no log line, entry or observation holds a cookie, its token, a code or a subject', async () => {
    const { gateway, database, pool } = stage()
    const browser = await signedIn(stage(), 'kim-reviewer')
    const { csrf } = await whoAmI(gateway.url, browser)
    const { rows } = await pool.query('SELECT statement FROM outbox UNION ALL SELECT row_to_json(r)::text FROM refusal r')
    const told = JSON.stringify([gateway.observed, gateway.audited, await entriesIn(database), rows])
    for (const word of [secretOf(stage(), browser), csrf, 'kim-reviewer@provider.example', CLIENT.secret]) expect(told).not.to.include(word)
  })
})
