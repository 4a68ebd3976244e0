/** The proof (npm run proof), over part of what it is made over: the sets that are small, the invented feed with few patients. */
import { expect } from 'chai'
import { locateRecordProfile } from '../../gateway/cli/deidentify/locate.ts'
import { feedSet, sharedSets } from '../../scripts/proof/sets.ts'
import { type ProofRow, problemsOf, prove } from '../../scripts/proof.ts'

const { profile } = locateRecordProfile('safe-harbor')
/** Sets of which every coding, quantity and status of a released record is accounted for. */
const WHOLE = ['synthea-r4-ma-20-notes', 'synthea-r4-wa-11-notes']
const SMALL = ['cms-bcda-samples', 'deqm-examples', 'ecqm-2024-tests', 'us-core-examples', 'fhir-r4-examples', 'hl7v2-messages']

function keepsAll(row: ProofRow): void {
  expect(row.balance.lost).to.deep.equal([])
  for (const [kind, { before, after }] of row.balance.byKind) expect(after, kind).to.equal(before)
  expect([...row.balance.byKind.keys()]).to.include.members(['SNOMED CT', 'LOINC', 'RxNorm', 'UCUM', 'quantity', 'status'])
}

describe('the proof of de-identification', () => {
  it('the invented feed: nothing found, all of it R4, every coding, quantity and status kept', async () => {
    const row = await prove(feedSet(40), profile)
    expect(problemsOf(row)).to.deep.equal([])
    expect(row.released).to.equal(row.received).and.be.above(1000)
    expect(row.scan.planted).to.be.above(1000)
    expect([...row.balance.byDesign]).to.deep.equal([])
    keepsAll(row)
  })

  it('synthea-r4-ma-20-notes under expert determination: every date moved by the days of its subject, to the second', async function () {
    const set = sharedSets()?.find((one) => one.name === 'synthea-r4-ma-20-notes')
    if (set === undefined) {
      console.log('    skipped: no ../shared/data')
      this.skip()
    }
    const row = await prove(set, locateRecordProfile('expert-determination').profile)
    expect(problemsOf(row)).to.deep.equal([])
    expect(row.moved?.dates).to.be.above(5000)
  })

  for (const name of [...WHOLE, ...SMALL])
    it(`${name}: nothing found, all of it R4${WHOLE.includes(name) ? ', every coding, quantity and status kept' : ''}`, async function () {
      const set = sharedSets()?.find((one) => one.name === name)
      if (set === undefined) {
        console.log('    skipped: no ../shared/data')
        this.skip()
      }
      const row = await prove(set, profile)
      expect(problemsOf(row)).to.deep.equal([])
      expect(row.released).to.be.above(0)
      if (WHOLE.includes(name)) keepsAll(row)
    })
})
