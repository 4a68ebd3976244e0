/** An opt-out holds whatever a Bundle calls the patient. */
import { expect } from 'chai'
import { AT_ONCE } from '../support/gateway.ts'
import { officer, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { condition, ndjson, patient, ward } from '../support/records.ts'

const ADMITTED = 'urn:uuid:bbbbbbbb-0000-4000-8000-000000000001'

describe('an opt-out and the names of a patient', () => {
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })

  it('a patient who opted out by its own id is not released by the name of a Bundle (R4 2.36.4)', async function () {
    this.timeout(60_000)
    const { site, gateway } = house()
    const opted = await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'Patient/w0'])
    expect(opted.code, opted.err).to.equal(0)
    const admission = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { fullUrl: ADMITTED, resource: patient('w0'), request: { method: 'POST', url: 'Patient' } },
        { resource: { ...condition('extra', 'w0'), subject: { reference: ADMITTED } }, request: { method: 'POST', url: 'Condition' } }
      ]
    }
    const hospital = new Party(gateway, site, 'demo-hospital')
    const sent = await hospital.ended(await hospital.send({ 'bundle.ndjson': ndjson([...ward('w', 5), admission]) }))
    expect(sent.agreements.map(({ state, released, withheld }) => ({ state, released, withheld }))).to.deep.equal([
      { state: 'ready', released: 8, withheld: { 'opted-out': 4 } }
    ])
  })
})
