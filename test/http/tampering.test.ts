/**
 * What is asked with more than a route knows: members that no body has (mass assignment), names that reach a prototype, parameters twice or of no route (pollution). Each small JSON
 * body of the table must be named here, with one that is taken as far as its door.
 */
import { expect } from 'chai'
import { RequestError } from '../../gateway/core/errors.ts'
import { OFFICER_ROLES, powerOf } from '../../gateway/core/identity/powers.ts'
import { ROUTES, type Row } from '../../gateway/http/routes.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { IDENTITY, MORE } from '../support/members.ts'
import { example, HOLDERS, officer, roleOf, WORDS } from '../support/who-may.ts'

const WORD = { word: 'a.b.c', reason: 'a test' }

/** Bodies that are JSON objects of members, as a caller may send them. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /submissions': { agreement: 'clear-one' },
  'POST /agreements/:id/suspension': { officer: 'demo-privacy-officer', reason: 'a test' },
  'POST /agreements/:id/draft': { source: 'demo-hospital', recipient: 'demo-insurer', purposeOfUse: 'HOUTCOMS', mode: 'safe-harbor' },
  'POST /agreements/:id/resumption': WORD,
  'POST /agreements/:id/revocation': WORD,
  'POST /disputes': { dataset: 'dataset-1', about: 'count', text: 'a test' },
  'POST /disputes/:id/statements': { text: 'a test' },
  'POST /accountings': { source: 'demo-hospital', patients: ['invented-1'], reason: 'a test' },
  'POST /datasets/:id/redelivery': { reason: 'a test' },
  'POST /parties/:id/suspension': { reason: 'a test' },
  'POST /parties/:id/resumption': { reason: 'a test' },
  'POST /parties/:id/revocation': { reason: 'a test' },
  'POST /emergencies': { roles: ['privacy-officer'], sees: ['content'], hours: 1, reason: 'a test' },
  'POST /emergencies/:id/approvals': { hash: 'sha256:x' }
}

/** Bodies of another form, and who refuses what is too much in them. */
const OTHERS: Readonly<Record<string, string>> = {
  'POST /oauth/token': 'a form: parameters that are not known are ignored (RFC 6749 §3.2), known ones stand once: oauth.test.ts',
  'POST /oauth/introspect': 'a form (RFC 7662 §2.1): token-use.test.ts',
  'POST /oauth/revoke': 'a form (RFC 7009 §2.1): token-use.test.ts',
  'POST /oauth/revocations': 'a form: token-use.test.ts',
  'POST /session/sign-out': 'a form with the session’s own token: session-csrf.test.ts',
  'POST /session/backchannel-logout': 'a form with one signed token: backchannel-logout.test.ts',
  'POST /consents': 'lines, each by its schema: consents.test.ts',
  'POST /agreements/:id/approvals': 'a signed word, whose payload is a schema: journeys/agreement-officers.test.ts',
  'POST /agreements/:id/check': 'an agreement, by its schema: journeys/agreement-officers.test.ts',
  'POST /agreements/:id/diff': 'an agreement, by its schema: journeys/agreement-officers.test.ts',
  'POST /agreements/:id/proposals': 'an agreement, by its schema: journeys/agreement-officers.test.ts',
  'POST /agreements/:id/simulation': 'records: journeys/simulate.test.ts',
  'POST /fhir/AuditEvent/_search': 'a form: audit.test.ts',
  'POST /fhir/Group/:agreement/$export': 'FHIR Parameters: bulk.test.ts',
  'PUT /submissions/:id/files/:name': 'records: submissions.test.ts',
  'POST /submissions/:id/files/:name': 'records: submissions.test.ts'
}

/** Parameters that stand once, by route. */
const ONCE: readonly (readonly [method: string, path: string, name: string, value: string])[] = [
  ['POST', '/submissions', 'agreement', 'clear-one'],
  ['POST', '/submissions', 'close', 'false'],
  ['POST', '/consents', 'change', 'opt-out'],
  ['GET', '/agreements/:id/explanation', 'version', '1'],
  ['GET', '/agreements/:id/export', 'as', 'consent'],
  ['GET', '/quality', 'last', '1'],
  ['GET', '/quality', 'agreement', 'clear-one'],
  ['GET', '/fhir/AuditEvent', '_cursor', 'abc'],
  ['GET', '/fhir/AuditEvent', '_count', '1'],
  ['GET', '/fhir/Group/:agreement/$export', '_since', '2026-01-01T00:00:00Z']
]

describe('http: tampering', function () {
  this.timeout(60_000)
  let gateway: HttpGateway
  before(async () => {
    const made = async (): Promise<never> => {
      throw new RequestError('not-found')
    }
    const accountings = { make: made, suspensions: made, incidents: made }
    gateway = await startHttpGateway({ limits: { requestsPerMinute: 600_000 }, accountings })
    for (const role of OFFICER_ROLES) gateway.parties.set(`officer-${role}`, officer(role, ['metadata', 'content', 'resend']))
  })
  after(() => gateway.stop())

  /** Somebody who may. */
  async function authorization(row: Row): Promise<Record<string, string>> {
    if (row.power === null) return {}
    const { who } = powerOf(row.power)
    const holder = HOLDERS.find((one) => who.has(roleOf(one) as Parameters<typeof who.has>[0])) ?? ''
    return { authorization: `Bearer ${await gateway.token(holder, Object.values(WORDS))}`, prefer: 'respond-async' }
  }
  async function ask(row: Row, query: string, body?: string): Promise<{ status: number; code: string; text: string }> {
    const response = await fetch(`${gateway.url}${example(row.path)}${query}`, {
      method: row.method,
      headers: { ...(await authorization(row)), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body })
    })
    const text = await response.text()
    return { status: response.status, code: /"system":"urn:sallyport:code","code":"([a-z-]+)"/.exec(text)?.[1] ?? '', text }
  }
  function rowOf(name: string): Row {
    const row = ROUTES.find(({ method, path }) => `${method} ${path}` === name)
    if (row === undefined) throw new Error(`${name} is no route`)
    return row
  }

  it('every body of the table is named here or has another form', () => {
    const withBody = ROUTES.filter(({ body }) => body !== 'none').map(({ method, path }) => `${method} ${path}`)
    const named = [...Object.keys(BODIES), ...Object.keys(OTHERS), ...IDENTITY]
    expect(withBody.filter((name) => !named.includes(name))).to.deep.equal([])
    expect(
      named.filter((name) => !withBody.includes(name)),
      'named, and no route'
    ).to.deep.equal([])
  })

  for (const [name, whole] of Object.entries(BODIES))
    it(`${name}: a member more is refused, whatever it is called, before any door is asked (mass assignment)`, async () => {
      const row = rowOf(name)
      const text = JSON.stringify(whole)
      const taken = await ask(row, '', text)
      expect(taken.code, 'as it should be').not.to.be.oneOf(['bad-request', 'not-json', 'scope-missing', 'unsupported-media-type'])
      const names = new Set(Object.keys(whole))
      for (const more of MORE.filter((one) => !names.has(Object.keys(JSON.parse(`{${one}}`) as object)[0] ?? '')))
        for (const sent of [`{${more},${text.slice(1)}`, `${text.slice(0, -1)},${more}}`]) {
          const told = await ask(row, '', sent)
          expect([told.status, told.code], sent).to.deep.equal([400, 'bad-request'])
        }
      for (const member of names) {
        const twice = `${text.slice(0, -1)},${JSON.stringify(member)}:"other"}`
        expect((await ask(row, '', twice)).code, twice).to.be.oneOf(['duplicate-key', 'bad-request'])
      }
      expect(({} as { role?: string }).role, 'no prototype was reached').to.equal(undefined)
    })

  for (const [method, path, parameter, value] of ONCE)
    it(`${method} ${path}: ${parameter} twice is refused (parameter pollution)`, async () => {
      const row = rowOf(`${method} ${path}`)
      for (const query of [
        `?${parameter}=${value}&${parameter}=${value}`,
        `?${parameter}=${value}&${parameter}=`,
        `?${parameter}=${value}&%${parameter.charCodeAt(0).toString(16)}${parameter.slice(1)}=x`
      ]) {
        const told = await ask(row, query)
        expect([told.status, told.code], query).to.deep.equal([400, 'bad-request'])
      }
    })

  it('parameters that no route knows are refused or change nothing, whatever they reach for', async () => {
    for (const row of ROUTES) {
      if (row.power === null) continue
      const plain = await ask(row, '')
      for (const query of [
        '?zzz=1',
        '?__proto__=x',
        '?__proto__[role]=officer',
        '?constructor=x',
        '?toString=x',
        '?role=officer&party=demo-hospital',
        '?a[]=1&a[b]=2',
        '?=x',
        '?access_token=x'
      ]) {
        const told = await ask(row, query)
        const same = told.status === plain.status && told.code === plain.code
        const refused = told.status === 400 && ['unsupported-parameter', 'bad-request'].includes(told.code)
        expect(same || refused, `${row.method} ${row.path}${query}: ${told.status} ${told.text}`).to.equal(true)
      }
    }
  })
})
