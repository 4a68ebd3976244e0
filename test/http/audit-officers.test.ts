/** FHIR AuditEvent search by an officer who signed in: every entry, as at the desk, and each search an entry of the account. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { after, before } from 'mocha'
import { registryOf } from '../../gateway/core/identity/registry.ts'
import { openAuditEvents } from '../../gateway/exchange/audit/audit-search.ts'
import { balpFaults } from '../support/balp.ts'
import { query } from '../support/house.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { useLog } from '../support/logged.ts'

interface Event {
  readonly id: string
  readonly meta: { readonly tag: readonly { readonly code: string }[] }
}

interface Bundle {
  readonly total?: number
  readonly link: readonly { readonly relation: string; readonly url: string }[]
  readonly entry?: readonly { readonly resource: Event }[]
  readonly issue?: readonly { readonly details: { readonly coding: readonly { readonly code: string }[] } }[]
}

describe('http: AuditEvent search by officers', () => {
  const log = useLog()
  const opened: { gateway: HttpGateway | null } = { gateway: null }
  const gateway = (): HttpGateway => opened.gateway as HttpGateway

  before(async function () {
    this.timeout(60_000)
    const { pool, ring, add, place } = log()
    const officers = new Map([
      ['demo-officer', { id: 'demo-officer', name: 'Demo Officer', roles: ['compliance-reviewer'], sees: ['metadata', 'content'] }],
      ['demo-author', { id: 'demo-author', name: 'Demo Author', roles: ['proposer'] }],
      ['privacy', { id: 'privacy', name: 'Demo Privacy', roles: ['privacy-officer'] }],
      ['keeper', { id: 'keeper', name: 'Demo Keeper', roles: ['insurer-admin'], party: 'demo-insurer' }]
    ])
    const house = {
      pool,
      ring,
      now: () => new Date('2026-03-01T00:00:00Z'),
      policies: { parties: new Map(), officers },
      registry: registryOf({ parties: new Map(), officers: officers as never })
    }
    opened.gateway = await startHttpGateway({ auditEvents: openAuditEvents(house as unknown as Parameters<typeof openAuditEvents>[0]) })
    for (const [id, { roles, ...rest }] of officers)
      if (!gateway().parties.has(id))
        gateway().parties.set(id, { ...rest, id, role: 'officer', roles: roles as never, sees: ['metadata'], certificates: [] })
    const dataset = randomUUID()
    for (let n = 0; n < 5; n++)
      await add('dataset-released', '2026-01-12T00:00:00Z', { source: 'demo-hospital', recipient: 'demo-insurer', dataset })
    await add('hold-released', '2026-01-13T00:00:00Z', { dataset, officer: 'Test Privacy Office', reason: 'a test' })
    await add('gateway-started', '2026-01-14T00:00:00Z', { run: 'a' })
    await add('export-refused', '2026-01-15T00:00:00Z', { party: 'other-insurer', reason: 'agreement-expired' })
    await add('token-granted', '2026-01-16T00:00:00Z', { party: 'demo-officer', role: 'officer', scopes: ['sallyport/accountings'] })
    await place()
  })
  after(() => gateway().stop())

  async function ask(party: string, path: string, form?: Record<string, string>): Promise<{ status: number; body: Bundle; text: string }> {
    const authorization = `Bearer ${await gateway().token(party, ['system/AuditEvent.rs'])}`
    const url = path.startsWith('http') ? path : `${gateway().url}/fhir/AuditEvent${path}`
    const posted = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }
    const response = await fetch(url, { headers: { authorization }, ...posted })
    const text = await response.text()
    return { status: response.status, body: JSON.parse(text) as Bundle, text }
  }

  const eventsOf = ({ body }: { body: Bundle }): Event[] => (body.entry ?? []).map(({ resource }) => resource)
  const nextOf = ({ body }: { body: Bundle }): string | undefined => body.link.find(({ relation }) => relation === 'next')?.url

  async function notedReads(): Promise<{ statement: string; parties: string[] }[]> {
    return query(log().url, "SELECT statement, parties FROM outbox WHERE kind = 'log-read' ORDER BY id")
  }

  it('every entry, of the house and of other officers too, page after page; nobody else can follow', async () => {
    const first = await ask('demo-officer', '?date=lt2026-02-01&_count=4')
    const found = eventsOf(first)
    for (let next = nextOf(first); next !== undefined; ) {
      expect((await ask('demo-insurer', next)).status).to.equal(400)
      const answer = await ask('demo-officer', next)
      found.push(...eventsOf(answer))
      next = nextOf(answer)
    }
    expect(found.map(({ meta }) => meta.tag[0]?.code)).to.deep.equal([
      'token-granted',
      'export-refused',
      'gateway-started',
      'hold-released',
      ...Array(5).fill('dataset-released')
    ])
    for (const event of found) expect(balpFaults(event as unknown as Record<string, unknown>)).to.deep.equal([])
    expect((await ask('demo-officer', '?date=lt2026-02-01&_summary=count')).body.total).to.equal(9)
    const held = found.find(({ meta }) => meta.tag[0]?.code === 'hold-released')
    expect((await ask('demo-officer', `/${held?.id}`)).text).to.contain('Test Privacy Office')
    expect(eventsOf(await ask('demo-insurer', '?_tag=hold-released,token-granted')), 'parties see none of it').to.deep.equal([])
  })

  it('an officer of agreements, who may not ask for accountings, reads none of it', async () => {
    const answer = await ask('demo-author', '?date=lt2026-02-01')
    expect([answer.status, answer.text.includes('scope-missing')]).to.deep.equal([403, true])
  })

  it('whoever sees metadata alone is told that it was, when, of whom and of which dataset, and nothing of what it says', async () => {
    const held = await ask('privacy', '?_tag=hold-released,dataset-released,gateway-started')
    const found = eventsOf(held) as unknown as Record<string, unknown>[]
    expect(found.length).to.equal(7)
    for (const event of found) expect(balpFaults(event)).to.deep.equal([])
    for (const told of ['a test', 'valueString":"a"', 'detail', 'query', 'urn:sallyport:log:statement'])
      expect(held.text).not.to.contain(told)
    for (const told of ['urn:sallyport:dataset', 'demo-insurer', 'outcome']) expect(held.text).to.contain(told)
    await log().place()
    const searches = await ask('privacy', '?_tag=log-read')
    expect(eventsOf(searches).length).to.be.greaterThan(0)
    expect(searches.text, 'nor what others searched for').not.to.contain('query"')
  })

  it('an officer of a party reads what concerns that party, as metadata (condition own)', async () => {
    const all = await ask('keeper', '?date=lt2026-02-01')
    expect(eventsOf(all).map(({ meta }) => meta.tag[0]?.code)).to.deep.equal(Array(5).fill('dataset-released'))
    expect(all.text).not.to.contain('detail')
    const others = eventsOf(await ask('demo-officer', '?_tag=hold-released'))[0]
    expect((await ask('keeper', `/${others?.id}`)).status).to.equal(404)
    expect((await ask('demo-officer', nextOf(await ask('keeper', '?_count=1')) ?? '')).status, 'its cursor').to.equal(400)
  })

  it('each search is an entry of the account that no party may read', async () => {
    const before = await notedReads()
    expect((await ask('demo-officer', '?_tag=dataset-released')).status).to.equal(200)
    const told = (await notedReads()).slice(before.length)
    expect(told.map(({ statement, parties }) => [(JSON.parse(statement) as { account?: string }).account, parties])).to.deep.equal([
      ['demo-officer', []]
    ])
    expect(JSON.parse(told[0]?.statement ?? '{}')).not.to.have.property('party')
  })

  it('of a patient an accounting is made: a search by one is refused, and so is one in an address', async () => {
    for (const [path, form, status] of [
      ['/_search', { patient: 'invented-patient-77' }, 403],
      ['?patient=invented-patient-77', undefined, 400]
    ] as const) {
      const answer = await ask('demo-officer', path, form)
      expect([answer.status, answer.text.includes('invented')], answer.text).to.deep.equal([status, false])
    }
  })
})
