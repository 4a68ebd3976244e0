/** The route table, walked by session: every route by every role, with and without what protects it from other sites (CSRF), ended, and beside a token. */
import { expect } from 'chai'
import { RequestError } from '../../gateway/core/errors.ts'
import { OFFICER_ROLES } from '../../gateway/core/identity/powers.ts'
import type { HttpDeps } from '../../gateway/http/deps.ts'
import { ROUTES, type Row } from '../../gateway/http/routes.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { example, officer, SAID } from '../support/who-may.ts'

const COOKIE = 'sallyport-not-for-production'
const CSRF = 'c'.repeat(43)
const SAFE = new Set(['GET', 'HEAD'])
const STANDS = new Date('2100-01-01')

/** Sessions of this test: the cookie holds the id of the officer. The real ones stand in test/journeys. */
function sessions(): HttpDeps['sessions'] {
  const none = async (): Promise<never> => {
    throw new RequestError('not-found')
  }
  return {
    depart: none,
    arrive: none,
    awaited: () => false,
    comeByLink: none,
    logOut: none,
    signOut: async () => undefined,
    list: async () => [],
    revoke: async () => 0,
    use: async (secret) => {
      if (!secret.startsWith('officer-')) throw new RequestError('session-ended')
      return { id: 'a', officer: secret, made: STANDS, ends: STANDS, idleEnds: STANDS, csrf: CSRF, replaced: null }
    }
  }
}

describe('http: the route table, by session', function () {
  this.timeout(60_000)
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway({ limits: { requestsPerMinute: 600_000 }, sessions })
    for (const role of OFFICER_ROLES) gateway.parties.set(`officer-${role}`, officer(role, ['metadata', 'content', 'resend']))
  })
  after(() => gateway.stop())

  async function outcome(row: Row, cookie: string, headers: Readonly<Record<string, string>>): Promise<string> {
    const response = await fetch(`${gateway.url}${example(row.path)}`, {
      method: row.method,
      headers: { cookie: `${COOKIE}=${cookie}`, ...headers }
    })
    const text = await response.text()
    const code = /"code":"(token-[a-z]+|session-ended|cross-site|scope-missing|bad-request)"/.exec(text)?.[1]
    if (code === 'bad-request') return text.includes('never both') ? 'never both' : 'let in'
    return code === undefined ? 'let in' : `${response.status} ${code}`
  }
  const own = (): Record<string, string> => ({ 'origin': gateway.url, 'x-csrf-token': CSRF })

  for (const row of ROUTES) {
    if (row.power === null) continue
    const name = `${row.method} ${row.path}`
    const who = SAID.get(name)?.who ?? new Map()
    const may = (role: string): string => (row.means !== 'token' && who.has(role) ? 'let in' : '403 scope-missing')

    it(`${name}: a session is worth what the officer's roles are, with its own token in a header`, async () => {
      for (const role of OFFICER_ROLES) expect(await outcome(row, `officer-${role}`, own()), role).to.equal(may(role))
    })

    it(`${name}: without the token, with another, or from another site, nothing is changed (CSRF)`, async () => {
      for (const role of OFFICER_ROLES) {
        const cookie = `officer-${role}`
        const unsafe = SAFE.has(row.method) ? may(role) : '403 cross-site'
        expect(await outcome(row, cookie, { origin: gateway.url }), `${role}, no token`).to.equal(unsafe)
        expect(await outcome(row, cookie, { ...own(), 'x-csrf-token': 'd'.repeat(43) }), `${role}, another token`).to.equal(unsafe)
        for (const elsewhere of [{ origin: 'https://elsewhere.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
          expect(await outcome(row, cookie, { ...own(), ...elsewhere }), `${role}, ${JSON.stringify(elsewhere)}`).to.equal('403 cross-site')
      }
    })

    it(`${name}: a session that ended, or of nobody, is 401; a cookie beside a token is neither`, async () => {
      expect(await outcome(row, 'ended', own())).to.equal('401 session-ended')
      expect(await outcome(row, '', own())).to.equal('401 session-ended')
      expect(await outcome(row, 'officer-nobody', own())).to.equal('401 session-ended')
      expect(await outcome(row, 'officer-auditor', { ...own(), authorization: 'Bearer x' })).to.equal('never both')
      const twice = { ...own(), cookie: `${COOKIE}=officer-operator; ${COOKIE}=officer-auditor` }
      expect(await outcome(row, '', twice), 'two cookies of one name').to.equal('401 session-ended')
    })
  }
})
