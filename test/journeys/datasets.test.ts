/** What officers are told of datasets, at a real gateway: the list by its tables, and one as its entry in the log says. */
import { expect } from 'chai'
import type { ListedDataset, ShownDataset } from '../../gateway/exchange/exports/dataset-list.ts'
import { AT_ONCE } from '../support/gateway.ts'
import { officer, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'

describe('datasets at the desk', function () {
  this.timeout(60_000)
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })

  it('what left, to whom, why and under which rule: listed in a table that fits a screen, and one shown as its proved entry says', async () => {
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('told', 4)) }, 'demo-safe-harbor')
    const dataset = (await hospital.ended(id, ['ready'])).agreements[0]?.dataset ?? ''
    const rows = JSON.parse((await officer(site, ['dataset', 'list', '--json'])).out) as ListedDataset[]
    const row = rows.find((one) => one.dataset === dataset)
    expect(row).to.deep.include({
      state: 'ready',
      source: 'demo-hospital',
      recipient: 'demo-insurer',
      purposeOfUse: 'HOUTCOMS',
      agreement: 'demo-safe-harbor',
      mode: 'safe-harbor',
      records: { released: 8, withheld: 0, rejected: 0, held: 0 }
    })
    expect(row?.agreementHash).to.match(/^sha256:[0-9a-f]{64}$/)
    expect(row?.profile.name).to.equal('safe-harbor')
    const [heading = '', ...lines] = (await officer(site, ['dataset', 'list'])).out.trimEnd().split('\n')
    expect(heading).to.match(/^dataset +state +released +recipient +purpose +agreement +records +withheld$/)
    expect(lines.find((line) => line.startsWith(dataset))).to.match(
      / ready +[\d-]{10}T[\d:]{5} +demo-insurer +HOUTCOMS +demo-safe-harbor@\d+ +8 +0$/
    )
    for (const line of lines) expect(line.length).to.be.at.most(140)
    const shown = JSON.parse((await officer(site, ['dataset', 'show', dataset, '--json'])).out) as ShownDataset
    expect([shown.statement.agreement.hash, shown.statement.profile.hash]).to.deep.equal([row?.agreementHash, row?.profile.hash])
    const text = (await officer(site, ['dataset', 'show', dataset])).out
    for (const said of ['demo-insurer', 'HOUTCOMS', shown.legalReference, shown.statement.profile.hash, '8 released of 8'])
      expect(text).to.contain(said)
    const nothing = await officer(site, ['dataset', 'show', '00000000-0000-4000-8000-000000000000'])
    expect([nothing.code, nothing.err.includes('[not-found]')]).to.deep.equal([1, true])
    expect((await officer(site, ['dataset', 'show', "x'; --"])).err).to.contain('[not-found]')
  })
})
