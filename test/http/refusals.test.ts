/** Entries at the doors: who was refused where is told before the answer, and where it cannot be told nobody is refused: 503. */
import { expect } from 'chai'
import fc from 'fast-check'
import { UpstreamError } from '../../gateway/core/errors.ts'
import type { Refused } from '../../gateway/exchange/audit/refusals.ts'
import { ROUTES, whoOf } from '../../gateway/http/routes.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

const NOBODYS = '00000000-0000-4000-8000-000000000000'

function example(path: string): string {
  return path.replace(':agreement', 'clear-one').replace(':name', 'Patient.ndjson').replace(':id', NOBODYS)
}

describe('http: entries of who was refused', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  beforeEach(() => {
    gateway.audited.length = 0
    gateway.auditFault = null
  })
  after(() => gateway.stop())

  async function ask(method: string, path: string, token: string | null, headers: Record<string, string> = {}): Promise<number> {
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(`${gateway.url}${path}`, { method, headers: { ...authorization, ...headers } })
    await response.text()
    return response.status
  }

  function sign(form: Readonly<Record<string, string>>): Promise<Response> {
    const usual = { grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
    return fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ ...usual, ...form }) })
  }

  /** What was told since the test began, shortly: event, party, reason, proved. */
  function told(): unknown[] {
    return gateway.audited.map(({ event, data }) => {
      const refused = data as unknown as Refused // that of `refused`; of a grant the party only is looked at
      return event === 'tokenGranted'
        ? [event, refused.party]
        : [refused.told.kind ?? event, refused.told.party ?? refused.party, refused.reason, refused.told.proved ?? null]
    })
  }

  const doors = ROUTES.filter((row) => row.power !== null)
  for (const row of doors) {
    it(`${row.method} ${row.path}: no token is told of an address; an expired one, and a missing scope, of the party`, async () => {
      const party = whoOf(row) === 'hospital' ? 'demo-hospital' : 'demo-insurer'
      const path = example(row.path)
      await ask(row.method, path, null)
      await ask(row.method, path, await gateway.token(party, undefined, { secondsAgo: 301 }))
      await ask(row.method, path, await gateway.token(party, ['openid']))
      expect(told()).to.deep.equal([
        ['refused', null, 'token-missing', null],
        ['refused', party, 'token-expired', null],
        ['refused', party, 'scope-missing', null]
      ])
      expect(gateway.audited.map(({ data }) => data['route'])).to.deep.equal([row.path, row.path, row.path])
    })
  }

  it('what is not there or of others is told of the party; a mistake in a request is not', async () => {
    const token = await gateway.token('demo-insurer')
    expect(await ask('GET', `/datasets/${NOBODYS}/manifest`, token)).to.equal(404)
    expect(await ask('GET', `/fhir/jobs/${NOBODYS}`, token)).to.equal(404)
    expect(await ask('GET', '/fhir/Group/clear-one/$export', token), 'no Prefer').to.equal(400)
    expect(told()).to.deep.equal([
      ['refused', 'demo-insurer', 'not-found', null],
      ['refused', 'demo-insurer', 'not-found', null]
    ])
  })

  it('a patient named in an address is told of the party, though it is a mistake: it stands in logs on the way', async () => {
    const token = await gateway.token('demo-hospital', ['system/AuditEvent.rs'])
    expect(await ask('GET', '/fhir/AuditEvent?patient=1', token)).to.equal(400)
    expect(
      await ask('POST', '/fhir/AuditEvent/_search?patient=1', token, { 'content-type': 'application/x-www-form-urlencoded' })
    ).to.equal(400)
    expect(told()).to.deep.equal(Array(2).fill(['request-refused', 'demo-hospital', 'patient-in-address', null]))
  })

  it('a path that does not exist, a wrong method and a hidden path are told of an address, by code, without the path', async () => {
    await ask('GET', '/patients/Ann-Example', null)
    await ask('PATCH', '/livez', null)
    await ask('GET', '/%2e%2e%2fAnn-Example', null)
    expect(told()).to.deep.equal([
      ['refused', null, 'not-found', null],
      ['refused', null, 'method-not-allowed', null],
      ['refused', null, 'bad-request', null]
    ])
    expect(JSON.stringify(gateway.audited)).not.to.contain('Ann')
  })

  it('a token granted is told; refused, of the party that is proved, of the one that is claimed, or of nobody', async () => {
    const assertion = await gateway.assertion('demo-insurer')
    expect((await sign({ client_assertion: assertion })).status).to.equal(200)
    expect((await sign({ client_assertion: assertion })).status, 'a replay').to.equal(401)
    expect((await sign({ client_assertion: await gateway.assertion('demo-insurer'), scope: 'system/*.write' })).status).to.equal(400)
    expect((await sign({ client_assertion: `${await gateway.assertion('demo-hospital')}x` })).status).to.equal(401)
    expect((await sign({ client_assertion: await gateway.assertion('demo-hospital', { iss: 'nobody-known', sub: 'x' }) })).status).to.equal(
      401
    )
    expect((await sign({ client_assertion: 'x.y.z' })).status).to.equal(401)
    expect((await sign({})).status).to.equal(401)
    expect(told()).to.deep.equal([
      ['tokenGranted', 'demo-insurer'],
      ['token-refused', 'demo-insurer', 'invalid_client', true],
      ['token-refused', 'demo-insurer', 'invalid_scope', true],
      ['token-refused', 'demo-hospital', 'invalid_client', false],
      ['refused', null, 'invalid_client', null],
      ['refused', null, 'invalid_client', null],
      ['refused', null, 'invalid_client', null]
    ])
  })

  it('what cannot be told is not answered: 503 and Retry-After in place of 401, 403, 404 and of a token', async () => {
    for (const fault of [new UpstreamError('storage-full', 30), new Error('anything')]) {
      gateway.auditFault = fault
      const token = await gateway.token('demo-insurer')
      expect(await ask('GET', '/nowhere', null)).to.equal(503)
      expect(await ask('GET', '/fhir/jobs/x', null)).to.equal(503)
      expect(await ask('POST', '/submissions', token)).to.equal(503)
      expect(await ask('GET', `/datasets/${NOBODYS}/manifest`, token)).to.equal(503)
      const refused = await sign({ client_assertion: 'x' })
      expect([refused.status, refused.headers.get('retry-after')?.length, await refused.json()]).to.deep.include({
        error: 'temporarily_unavailable',
        error_description:
          fault instanceof UpstreamError
            ? 'There is no room to keep the data: nothing was taken.'
            : 'The database cannot be reached: try again shortly.'
      })
      const granted = await sign({ client_assertion: await gateway.assertion('demo-insurer') })
      expect(granted.status).to.be.at.least(500)
      expect(await granted.text()).not.to.contain('access_token')
    }
  })

  it('whatever an assertion claims, only a registered party is named (property)', async () => {
    const issuer = fc.oneof(fc.string({ maxLength: 60 }), fc.constantFrom('__proto__', 'constructor', 'demo-hospital', 'Ann Example', ''))
    await fc.assert(
      fc.asyncProperty(fc.oneof(issuer, fc.json()), async (claim) => {
        gateway.audited.length = 0
        const payload = Buffer.from(JSON.stringify({ iss: claim, sub: claim })).toString('base64url')
        await sign({ client_assertion: `e30.${payload}.x` })
        const [refused] = told() as [unknown, string | null][]
        expect(refused?.[1] ?? null).to.equal(gateway.parties.has(claim) ? claim : null)
      }),
      { numRuns: 60 }
    )
  })
})
