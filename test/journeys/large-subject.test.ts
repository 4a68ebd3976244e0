/** A subject too large to be parsed whole costs itself, not the others. */
import { expect } from 'chai'
import { AT_ONCE } from '../support/gateway.ts'
import { useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { condition, ndjson, ward } from '../support/records.ts'

/** About 380 bytes each. */
const MANY = 50_000

describe('a subject with very many records', () => {
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })

  it('is withheld and counted, and the others of the dataset are released', async function () {
    this.timeout(120_000)
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const large = ndjson(Array.from({ length: MANY }, (_, n) => condition(`large-${n}`, 'w0')))
    const sent = await hospital.ended(await hospital.send({ 'Condition.ndjson': ndjson(ward('w', 5)) + large }))
    expect(sent.agreements.map(({ state, released, withheld }) => ({ state, released, withheld }))).to.deep.equal([
      { state: 'ready', released: 8, withheld: { 'not-releasable': MANY + 2 } }
    ])
  })
})
