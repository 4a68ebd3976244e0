/** What sizes of groups tell, on tables small enough to work by hand. */
import { expect } from 'chai'
import {
  expectedInverse,
  histogramOf,
  journalistRisk,
  measureSizes,
  prosecutorRisk
} from '../../../../gateway/core/risk/measure/measures.ts'

describe('core/risk/measures', () => {
  const sizes = histogramOf([3, 1, 2, 3, 1])

  it('k-anonymity: the smallest group is the k; sample uniques are alone in theirs', () => {
    expect(sizes).to.deep.equal([
      { size: 1, rows: 2 },
      { size: 2, rows: 2 },
      { size: 3, rows: 6 }
    ])
    expect(measureSizes(sizes)).to.deep.equal({ rows: 10, groups: 5, k: 1, largest: 3, average: 2, uniques: 2 })
  })

  it('of no rows there is no group and no risk; one row alone is certain', () => {
    expect(measureSizes([])).to.deep.equal({ rows: 0, groups: 0, k: 0, largest: 0, average: 0, uniques: 0 })
    expect(prosecutorRisk([], 0.2)).to.deep.equal({ max: 0, average: 0, atRisk: 0 })
    expect(journalistRisk([], 0.2, 0)).to.deep.equal({ max: 0, average: 0, atRisk: 0 })
    expect(measureSizes(histogramOf([1]))).to.deep.include({ rows: 1, groups: 1, k: 1, uniques: 1 })
    expect(prosecutorRisk(histogramOf([1]), 0.2)).to.deep.equal({ max: 1, average: 1, atRisk: 1 })
  })

  it('prosecutor risk (El Emam 2013): 1/min f, groups by rows, and the share of rows above the threshold, which itself is not above', () => {
    expect(prosecutorRisk(sizes, 1 / 3)).to.deep.equal({ max: 1, average: 0.5, atRisk: 0.4 })
    expect(prosecutorRisk(sizes, 0.5).atRisk).to.equal(0.2)
    expect(prosecutorRisk(sizes, 0.2).atRisk).to.equal(1)
  })

  it('journalist and marketer risk of all the population are the prosecutor’s', () => {
    expect(journalistRisk(sizes, 1 / 3, 10)).to.deep.equal(prosecutorRisk(sizes, 1 / 3))
  })

  it('half sampled: 1/F is expected to be ln 2 of one row seen, 1 - ln 2 of two, ln 2 - 1/2 of three', () => {
    expect(expectedInverse(1, 0.5)).to.be.closeTo(Math.LN2, 1e-9)
    expect(expectedInverse(2, 0.5)).to.be.closeTo(1 - Math.LN2, 1e-9)
    expect(expectedInverse(3, 0.5)).to.be.closeTo(Math.LN2 - 0.5, 1e-9)
    const risk = journalistRisk(histogramOf([1, 1, 2]), 0.5, 8)
    expect(risk.max).to.be.closeTo(Math.LN2, 1e-9)
    expect(risk.average).to.be.closeTo(0.5, 1e-9)
    expect(risk.atRisk).to.equal(0.5)
  })

  it('the expected 1/F is the sum of its series: F negative binomial (Benedetti and Franconi 1998)', () => {
    for (const fraction of [0.01, 0.1, 0.3, 0.49, 0.51, 0.8, 0.99])
      for (const size of [1, 2, 3, 7, 40]) {
        let [term, sum] = [fraction ** size, 0]
        for (let F = size; F < 20_000; F += 1) {
          sum += term / F
          term *= ((1 - fraction) * F) / (F - size + 1)
        }
        expect(expectedInverse(size, fraction), `${size} of ${fraction}`).to.be.closeTo(sum, 1e-7)
      }
  })
})
