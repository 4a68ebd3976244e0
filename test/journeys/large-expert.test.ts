/** A subject whose records take a worker thread down costs itself, not the dataset of everybody else. */
import { expect } from 'chai'
import { certifiedOften, EXPERT, OFTEN, OTHERS } from '../support/expert.ts'
import { useGateway } from '../support/house.ts'
import { miscounted, Party } from '../support/journey.ts'
import { condition, ndjson, ward } from '../support/records.ts'

/** Almost 16 MiB: it is taken in at first, and its records are all in memory when its traits are read. */
const MANY = 41_000

/** Of a leap year's last day no shift leaves the year: all look alike whatever their shifts are. */
const LAST_DAY = '1960-12-31'

describe('a subject that takes the thread down', () => {
  const house = useGateway({ ...OTHERS, [EXPERT]: OFTEN }, {}, certifiedOften)

  it('is withheld and counted, and the others of the dataset are released', async function () {
    this.timeout(240_000)
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const large = ndjson(Array.from({ length: MANY }, (_, n) => condition(`large-${n}`, 'w0')))
    const few = ward('w', 5).map((record) => (record['resourceType'] === 'Patient' ? { ...record, birthDate: LAST_DAY } : record))
    const sent = await hospital.ended(await hospital.send({ 'Condition.ndjson': ndjson(few) + large }))
    expect(miscounted(sent)).to.deep.equal([])
    expect(sent.agreements.map(({ state, released, withheld }) => ({ state, released, withheld }))).to.deep.equal([
      { state: 'ready', released: 8, withheld: { 'not-releasable': MANY + 2 } }
    ])
    expect(gateway.log(), 'or this showed nothing').to.contain('ThreadDied')
  })
})
