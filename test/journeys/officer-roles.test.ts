/**
 * Officers of each role at a real gateway: what an auditor, an operator and the officers of a party read and do, each as much of it as he or she may see; and what left,
 * offered again to its recipient.
 */
import { expect } from 'chai'
import { before } from 'mocha'
import { AT_ONCE, tokenFor, until } from '../support/gateway.ts'
import { addOfficer, addParty, officer, query, useGateway, writeAgreement } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'

const AGREEMENT = 'demo-safe-harbor'
const EVERY_SCOPE =
  'sallyport/agreements sallyport/accountings sallyport/redelivery sallyport/operate system/AuditEvent.rs sallyport/submit system/*.rs'
const CONTENT = { sees: ['metadata', 'content'] }
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)

const OFFICERS: readonly (readonly [id: string, roles: readonly string[], rest: Readonly<Record<string, unknown>>])[] = [
  ['an-auditor', ['auditor'], { ...CONTENT, until: TOMORROW }],
  ['an-old-auditor', ['auditor'], { ...CONTENT, until: YESTERDAY }],
  ['an-operator', ['operator'], { sees: ['metadata', 'resend'] }],
  ['a-bare-operator', ['operator'], {}],
  ['a-bare-officer', ['privacy-officer'], {}],
  ['a-keeper', ['insurer-admin'], { party: 'demo-insurer' }]
]

interface Told {
  readonly status: number
  readonly code: string
  readonly text: string
}

describe('officers of each role', function () {
  this.timeout(120_000)
  const house = useGateway({ 'demo-transport-only': null, [AGREEMENT]: AT_ONCE }, {}, (site) => {
    let whole = addParty(addParty(site, 'other-hospital', 'hospital'), 'other-insurer', 'insurer')
    for (const [id, roles, rest] of OFFICERS) whole = addOfficer(whole, id, roles, rest)
    writeAgreement(whole, 'between-others', { source: 'other-hospital', recipient: 'other-insurer', recipientKey: 'other-insurer-enc' })
    return whole
  })
  const tokens = new Map<string, string>()
  let dataset = ''
  let insurer: Party

  before(async () => {
    const { gateway, site } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    insurer = new Party(gateway, site, 'demo-insurer')
    const submission = await hospital.send({ 'data.ndjson': ndjson(ward('role', 9)) }, AGREEMENT)
    dataset = (await hospital.ended(submission, ['ready'])).agreements[0]?.dataset ?? ''
    await insurer.ask('GET', `/datasets/${dataset}/manifest`)
    for (const [id] of OFFICERS) if (id !== 'an-old-auditor') tokens.set(id, await tokenFor(gateway.url, site, id, EVERY_SCOPE))
    await until(async () => {
      const found = await query(house().database, "SELECT 1 FROM logged WHERE kind = 'file-delivered'")
      return found.length === 0 ? null : true
    })
  })

  async function ask(who: string, method: string, path: string, body?: object): Promise<Told> {
    const response = await fetch(`${house().gateway.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens.get(who)}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    return {
      status: response.status,
      code: /^\{"resourceType":"OperationOutcome".*"system":"urn:sallyport:code","code":"([a-z-]+)"/.exec(text)?.[1] ?? '',
      text
    }
  }
  async function statuses(who: string, asked: readonly (readonly [method: string, path: string, body?: object])[]): Promise<string[]> {
    const found: string[] = []
    for (const [method, path, body] of asked) {
      const { status, code } = await ask(who, method, path, body)
      found.push(`${method} ${path}: ${status}${code === '' ? '' : ` ${code}`}`)
    }
    return found
  }

  it('an auditor reads what a reviewer reads, changes nothing, and after the last day does not sign in', async () => {
    const read = [
      '/agreements',
      `/agreements/${AGREEMENT}/history`,
      '/quality',
      '/incidents',
      '/accountings/suspensions',
      '/fhir/AuditEvent'
    ]
    expect(
      await statuses(
        'an-auditor',
        read.map((path) => ['GET', path])
      )
    ).to.deep.equal(read.map((path) => `GET ${path}: 200`))
    expect((await ask('an-auditor', 'GET', '/fhir/AuditEvent?_tag=dataset-released')).text, 'content').to.contain('"detail"')
    const changes = [
      ['POST', '/accountings', { source: 'demo-hospital', patients: ['x'], reason: 'a test' }],
      ['POST', `/agreements/${AGREEMENT}/suspension`, { officer: 'an-auditor', reason: 'a test' }],
      ['POST', `/agreements/${AGREEMENT}/approvals`, {}],
      ['POST', `/datasets/${dataset}/redelivery`, { reason: 'a test' }]
    ] as const
    for (const line of await statuses('an-auditor', changes)) expect(line).to.match(/: 403 scope-missing$/)
    const { gateway, site } = house()
    const refused = await tokenFor(gateway.url, site, 'an-old-auditor', 'sallyport/accountings').catch((error: Error) => error.message)
    expect(refused).to.contain('invalid_client')
  })

  it('who operates reads no content: no entry, agreement, accounting or record, though the token was asked for it all', async () => {
    const asked = [
      '/agreements',
      `/agreements/${AGREEMENT}`,
      '/quality',
      '/incidents',
      '/accountings/suspensions',
      '/fhir/AuditEvent',
      '/disputes'
    ]
    for (const who of ['an-operator', 'a-bare-operator'])
      for (const line of await statuses(
        who,
        [...asked, `/datasets/${dataset}/manifest`].map((path) => ['GET', path])
      ))
        expect(line).to.match(/: 403 scope-missing$/)
  })

  it('an officer of a party sees its agreements and entries as metadata, and nothing of others; speaks for it by no route of officers', async () => {
    const listed = await ask('a-keeper', 'GET', '/agreements')
    const ids = (JSON.parse(listed.text) as { agreements: { agreement: string }[] }).agreements.map(({ agreement }) => agreement)
    expect(ids).to.include(AGREEMENT).and.not.include('between-others')
    expect((await ask('a-keeper', 'GET', '/agreements/between-others')).code).to.equal('agreement-unknown')
    const events = await ask('a-keeper', 'GET', '/fhir/AuditEvent?_tag=dataset-released,file-delivered')
    expect(events.status).to.equal(200)
    expect(events.text).to.contain(dataset).and.not.contain('"detail"')
    for (const line of await statuses('a-keeper', [
      ['POST', `/agreements/${AGREEMENT}/suspension`, { officer: 'a-keeper', reason: 'a test' }],
      ['GET', `/agreements/${AGREEMENT}/history`],
      ['GET', '/quality'],
      ['GET', `/datasets/${dataset}/manifest`]
    ]))
      expect(line).to.match(/: 403 scope-missing$/)
  })

  it('a privacy officer who sees metadata alone reads the log without what it says, and simulates nothing', async () => {
    const events = await ask('a-bare-officer', 'GET', '/fhir/AuditEvent?_tag=dataset-released')
    expect([events.status, events.text.includes(dataset), events.text.includes('"detail"')]).to.deep.equal([200, true, false])
    expect((await ask('a-bare-officer', 'POST', `/agreements/${AGREEMENT}/simulation`, {})).code).to.equal('scope-missing')
    expect((await ask('a-bare-officer', 'POST', `/datasets/${dataset}/redelivery`, { reason: 'a test' })).code).to.equal('scope-missing')
  })

  it('what left stands in the next export once more, by the word of an officer who sees re-sending; recalled, it does not', async () => {
    const exported = async (since: string): Promise<{ transactionTime: string; text: string }> => {
      const kicked = await insurer.ask('GET', `/fhir/Group/${AGREEMENT}/$export?_since=${since}`, undefined, { prefer: 'respond-async' })
      const told = await until(async () => {
        const answer = await insurer.ask('GET', new URL(kicked.headers.get('content-location') ?? '').pathname)
        return answer.status === 200 ? answer : null
      })
      return { ...(JSON.parse(told.text) as { transactionTime: string }), text: told.text }
    }
    const first = await exported('2020-01-01T00:00:00Z')
    expect((await exported(first.transactionTime)).text).to.not.contain(dataset)
    expect((await ask('a-bare-operator', 'POST', `/datasets/${dataset}/redelivery`, { reason: 'a test' })).code).to.equal('scope-missing')
    const told = await ask('an-operator', 'POST', `/datasets/${dataset}/redelivery`, { reason: 'its disk was lost' })
    expect([told.status, (JSON.parse(told.text) as { dataset: string }).dataset], told.text).to.deep.equal([200, dataset])
    expect((await exported(first.transactionTime)).text).to.contain(dataset)
    expect((await officer(house().site, ['dataset', 'recall', dataset, '--officer', 'Test', '--reason', 'a test'])).code).to.equal(0)
    expect(await ask('an-operator', 'POST', `/datasets/${dataset}/redelivery`, { reason: 'a test' })).to.include({
      status: 404,
      code: 'not-found'
    })
  })
})
