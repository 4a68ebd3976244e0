/**
 * What left is offered again, on a real database: by an officer who sees re-sending, to the same recipient, under the same id, as long as it is kept and may leave; nothing
 * that never left, was withdrawn or recalled, and nothing to an agreement that is stopped.
 */
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Caller, ExportStatus } from '../../gateway/exchange/doors.ts'
import { recall } from '../../gateway/exchange/release/hold.ts'
import { AT_ONCE, makeSite, type Site } from '../support/gateway.ts'
import { addOfficer, query } from '../support/house.ts'
import { AS_HOSPITAL, AS_INSURER, type Inside, openInside } from '../support/inside.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'

const as = (party: string): Caller => ({ party, role: 'officer', scopes: ['sallyport/redelivery'] })
const PRIVACY = as('demo-privacy-officer')
const NOBODYS = '00000000-0000-4000-8000-000000000000'

describe('exchange/exports/redelivery', function () {
  this.timeout(60_000)
  const database = useDatabase()
  const kept: { site: Site | null; inside: Inside | null } = { site: null, inside: null }
  const inside = (): Inside => kept.inside as Inside

  before(async () => {
    let site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
    for (const [id, roles, rest] of [
      ['demo-operator', ['operator'], { sees: ['metadata', 'resend'] }],
      ['demo-hands', ['operator'], {}],
      ['demo-reviewer', ['compliance-reviewer'], { sees: ['metadata', 'content', 'resend'] }]
    ] as const)
      site = addOfficer(site, id, roles, rest)
    kept.site = site
    kept.inside = await openInside(site, database().url)
  })
  after(async () => {
    await kept.inside?.stop()
    kept.site?.remove()
  })

  async function released(prefix: string): Promise<string> {
    const submission = await inside().send('demo-safe-harbor', ndjson(ward(prefix, 8)))
    return inside().release(async () => {
      const [found] = (await inside().submissions.view(AS_HOSPITAL, submission)).agreements
      return found?.state === 'ready' ? found.dataset : null
    })
  }
  async function exported(since: string | null): Promise<Extract<ExportStatus, { state: 'done' }>> {
    const { job } = await inside().exports.kickOff(AS_INSURER, { agreement: 'demo-safe-harbor', since, types: [] })
    const status = await inside().exports.status(AS_INSURER, job)
    if (status.state !== 'done') throw new Error('nothing was under way')
    return status
  }
  const refusal = async (work: () => Promise<unknown>): Promise<string> => {
    const thrown: unknown = await work().then(
      () => null,
      (error: unknown) => error
    )
    return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : 'done'
  }
  const again = (caller: Caller, dataset: string, reason = 'a disk was lost'): Promise<unknown> =>
    inside().exports.redeliver(caller, dataset, reason)

  it('is in the next export whatever its _since, under the same id, and is an entry of the officer; the export after has it no more', async () => {
    const dataset = await released('again')
    expect(await refusal(() => again(PRIVACY, dataset)), 'nothing of it left yet').to.equal('bad-request')
    const first = await exported(null)
    expect(first.manifests.map((one) => one.dataset)).to.deep.equal([dataset])
    await inside().exports.manifest(AS_INSURER, dataset)
    await inside().exports.acknowledge(AS_INSURER, dataset)
    expect((await exported(first.transactionTime)).manifests).to.deep.equal([])

    const told = await again(as('demo-operator'), dataset)
    expect(told).to.deep.include({ dataset, agreement: 'demo-safe-harbor', recipient: 'demo-insurer' })
    const second = await exported(first.transactionTime)
    expect(second.manifests.map((one) => one.dataset)).to.deep.equal([dataset])
    expect(second.files.map(({ name }) => name)).to.deep.equal(first.files.map(({ name }) => name))
    expect((await exported(second.transactionTime)).manifests).to.deep.equal([])
    const sql = "SELECT statement::json AS said FROM outbox WHERE kind = 'dataset-redelivered'"
    const [entry, ...others] = await query<{ said: Record<string, string> }>(database().url, sql)
    expect(others).to.deep.equal([])
    expect(entry?.said).to.include({ dataset, account: 'demo-operator', reason: 'a disk was lost', recipient: 'demo-insurer' })
  })

  it('refuses officers without the level or the role, parties, words that are none, and what is not there', async () => {
    const dataset = await released('refused')
    await inside().exports.manifest(AS_INSURER, dataset)
    for (const caller of [as('demo-hands'), as('demo-reviewer'), as('demo-author'), as('nobody'), AS_INSURER, AS_HOSPITAL])
      expect(await refusal(() => again(caller, dataset)), caller.party).to.equal('scope-missing')
    for (const reason of ['', '  ', 'a\nline', 'x'.repeat(1001)])
      expect(await refusal(() => again(PRIVACY, dataset, reason))).to.equal('bad-request')
    for (const id of [NOBODYS, 'dataset-1', '', "'; --"]) expect(await refusal(() => again(PRIVACY, id))).to.equal('not-found')
    const before = await query(database().url, 'SELECT 1 FROM redelivery')
    await recall(inside().pool, dataset, { officer: 'Test', account: 'test', reason: 'a test', at: new Date() })
    expect(await refusal(() => again(PRIVACY, dataset)), 'recalled').to.equal('not-found')
    expect(await query(database().url, 'SELECT 1 FROM redelivery')).to.have.length(before.length)
  })
})
