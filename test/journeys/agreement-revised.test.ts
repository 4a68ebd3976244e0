/** An agreement of another text while a dataset waits for its window, at a real gateway that is started again on it. */
import { expect } from 'chai'
import { AT_ONCE, type Process, startProcess } from '../support/gateway.ts'
import { query, useGateway, writeAgreement } from '../support/house.ts'
import { miscounted, Party, type Submission } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'

const IN_A_WHILE = { releaseWindow: { ...AT_ONCE.releaseWindow, every: 'PT15S' } } as const

describe('a revised agreement', function () {
  this.timeout(60_000)
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null }, {}, (site) => {
    writeAgreement(site, 'revised', IN_A_WHILE)
    writeAgreement(site, 'handed-on', IN_A_WHILE)
    return site
  })
  const again: { gateway: Process | null } = { gateway: null }
  after(() => again.gateway?.stop())

  async function ended(hospital: Party, submission: string): Promise<Submission['agreements'][number]> {
    const done = await hospital.ended(submission, ['ready'])
    expect(miscounted(done)).to.deep.equal([])
    const [disclosure] = done.agreements
    if (disclosure === undefined) throw new Error('no disclosure')
    return disclosure
  }

  /** Version of the agreement, and who receives it. */
  async function madeUnder(dataset: string): Promise<[number, string]> {
    const text = 'SELECT statement FROM disclosure WHERE id = $1'
    const [row] = await query<{ statement: string }>(house().database, text, [dataset])
    const { agreement, recipient } = JSON.parse(row?.statement ?? '{}')
    return [agreement.version, recipient]
  }

  it('an agreement revised while a dataset waits for its window: it leaves by the agreement of the day; a text between other parties takes nobody its own', async () => {
    const { site, gateway } = house()
    let hospital = new Party(gateway, site, 'demo-hospital')
    const ids: string[] = []
    for (const agreement of ['revised', 'handed-on']) {
      await ended(hospital, await hospital.send({ 'data.ndjson': ndjson(ward('first', 3)) }, agreement))
      ids.push(await hospital.send({ 'data.ndjson': ndjson(ward('second', 3)) }, agreement))
    }
    await gateway.kill()
    writeAgreement(site, 'revised', { ...IN_A_WHILE, version: 2, resources: { Patient: ['gender'] } })
    writeAgreement(site, 'handed-on', { ...IN_A_WHILE, version: 2, recipient: 'demo-research', recipientKey: 'demo-research-enc' })
    again.gateway = await startProcess(site)
    hospital = new Party(again.gateway, site, 'demo-hospital')
    const [revised = '', handedOn = ''] = ids
    const done = await ended(hospital, revised)
    expect([done.released, done.withheld]).to.deep.equal([3, { 'type-not-agreed': 3 }])
    expect(await madeUnder(done.dataset)).to.deep.equal([2, 'demo-insurer'])
    // another recipient needs another id: the version that was signed stays in force, and what is released goes to whom it was agreed with
    const kept = await ended(hospital, handedOn)
    expect(await madeUnder(kept.dataset)).to.deep.equal([1, 'demo-insurer'])
    expect(again.gateway.log()).to.include('agreement-of-others')
  })
})
