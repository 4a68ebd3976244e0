/** Random trees against a slow reference of RFC 6962; `npm run proof:log` runs a million of them. */
import { randomInt } from 'node:crypto'
import { expect } from 'chai'
import { proveTrees } from '../../scripts/proof/trees.ts'

describe('properties: random trees against RFC 6962 §2.1', () => {
  it('roots, inclusion and consistency of 20,000 trees agree with the slow reference, and nothing altered passes', function () {
    this.timeout(60_000)
    const seed = randomInt(2 ** 31)
    const { trees, leaves, largest, faults } = proveTrees(20_000, seed)
    console.log(`      ${trees} trees of ${leaves} leaves, the largest of ${largest}; seed ${seed}`)
    expect(faults).to.deep.equal([])
    expect(largest).to.be.above(256)
  })
})
