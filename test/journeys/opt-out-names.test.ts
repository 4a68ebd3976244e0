/** An opt-out holds whatever a Bundle calls the patient, and however deep the Bundle stands. */
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

  it('nor inside a Bundle in a Bundle or in Parameters, nor when a name is used a second time for somebody else', async function () {
    this.timeout(60_000)
    const { site, gateway } = house()
    const opted = await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'Patient/n0'])
    expect(opted.code, opted.err).to.equal(0)
    const named = (id: string): object => ({ fullUrl: ADMITTED, resource: patient(id) })
    const inner = (...entry: readonly object[]): object => ({ resourceType: 'Bundle', type: 'collection', entry })
    const noted = (id: string): object => ({ resource: { ...condition(id, 'n0'), subject: { reference: ADMITTED } } })
    const lines = [
      // the outer Bundle names the patient, the inner one holds the record
      inner(named('n0'), { resource: inner(noted('a')) }),
      { resourceType: 'Parameters', parameter: [{ name: 'x', resource: inner(named('n0'), noted('c')) }] },
      // another server's Bundle: its relative references are that server's, and the opt-out by plain id still holds
      inner({
        fullUrl: 'https://other.example/fhir/Bundle/1',
        resource: inner({ resource: patient('n0') }, { resource: condition('d', 'n0') })
      }),
      // the inner Bundle gives the name to another patient, who is sent last
      inner(named('n0'), { resource: inner(named('n9')) }, noted('b'))
    ]
    const hospital = new Party(gateway, site, 'demo-hospital')
    const body = ndjson([...ward('n', 5), ...(lines as Parameters<typeof ndjson>[0])])
    const sent = await hospital.ended(await hospital.send({ 'bundles.ndjson': body }))
    // n0 as sent plainly (2) and by another server (2); under the Bundle's name three conditions and one Patient, three copies of it replaced
    expect(sent.agreements.map(({ state, released, withheld }) => ({ state, released, withheld }))).to.deep.equal([
      { state: 'ready', released: 8, withheld: { superseded: 3, 'opted-out': 8 } }
    ])
  })
})
