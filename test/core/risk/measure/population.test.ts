/** Estimates of population uniqueness: formulas worked by hand, and populations whose uniques are known because they were drawn here. */
import { expect } from 'chai'
import { digamma, logGamma } from '../../../../gateway/core/risk/measure/gamma.ts'
import { histogramOf } from '../../../../gateway/core/risk/measure/measures.ts'
import {
  classesInPopulation,
  pitman,
  populationUniqueness,
  sampleOf,
  slideNegativeBinomial,
  zayatz
} from '../../../../gateway/core/risk/measure/population.ts'
import { createRandom, type Random } from '../../../../gateway/synthetic/random.ts'

/** Groups of the population: a restaurant in which the next guest sits alone with (θ + α tables) / (θ + guests), the rule of Pitman's model. */
function restaurant(random: Random, guests: number, theta: number, alpha: number): number[] {
  const tables: number[] = []
  const seats: number[] = []
  for (let guest = 0; guest < guests; guest += 1) {
    const fresh = random.next() * (theta + guest) < theta + alpha * tables.length
    let table = tables.length
    // a table of s guests draws the next with s - α: one of the guests at random, the first of a table refused with α
    while (!fresh && table === tables.length) {
      const other = random.between(0, guest - 1)
      const chosen = seats[other] ?? 0
      if (random.next() * (tables[chosen] ?? 1) < (tables[chosen] ?? 1) - alpha) table = chosen
    }
    tables[table] = (tables[table] ?? 0) + 1
    seats.push(table)
  }
  return tables
}

function sampled(random: Random, groups: readonly number[], fraction: number): number[] {
  return groups.map((size) => Array.from({ length: size }, () => random.chance(fraction)).filter(Boolean).length)
}

describe('core/risk/population', () => {
  const small = sampleOf(histogramOf([1, 1, 2]), 8)

  it('the gamma function and its derivative: 5! = 120, Γ(1/2) = √π, ψ(1) = -0.5772…, ψ(x + 1) = ψ(x) + 1/x', () => {
    expect(logGamma(6)).to.be.closeTo(Math.log(120), 1e-12)
    expect(logGamma(0.5)).to.be.closeTo(Math.log(Math.PI) / 2, 1e-12)
    expect(digamma(1)).to.be.closeTo(-0.5772156649015329, 1e-12)
    expect(digamma(3.7) - digamma(2.7)).to.be.closeTo(1 / 2.7, 1e-12)
  })

  it('Zayatz 1991: two alone and a pair, half of eight sampled: 28/11 alone', () => {
    expect(zayatz(small)).to.be.closeTo(28 / 11, 1e-9)
  })

  it('Haas and Stokes 1998, Sh3: the same sample tells of 3 + 2 (0.875 / 0.8125) (1.25 / 1.5)² groups', () => {
    expect(classesInPopulation(small)).to.be.closeTo(3 + 2 * (0.875 / 0.8125) * (1.25 / 1.5) ** 2, 1e-12)
  })

  it('who is nobody’s unique in the sample is none in the population; of the whole population nothing is estimated', () => {
    expect(populationUniqueness(histogramOf([2, 3]), 50)).to.deep.equal({ model: 'counted', uniques: 0, share: 0 })
    expect(populationUniqueness(histogramOf([1, 1, 2]), 4)).to.deep.equal({ model: 'counted', uniques: 2, share: 0.5 })
    expect(populationUniqueness([], 0)).to.deep.equal({ model: 'counted', uniques: 0, share: 0 })
  })

  it('models without a solution leave the word to Zayatz: one row, only uniques, no pairs', () => {
    expect(populationUniqueness(histogramOf([1]), 100).model).to.equal('zayatz')
    expect(populationUniqueness(histogramOf(Array(20).fill(1)), 1000)).to.deep.include({ model: 'zayatz', uniques: 1000, share: 1 })
    expect(populationUniqueness(histogramOf([1, 1, 5]), 14).model).to.equal('zayatz')
  })

  it('Pitman (Hoshino 2001): of a population drawn by its rule and a sample of 5 %, within a fifth of the truth', () => {
    const random = createRandom('population', 'pitman')
    const groups = restaurant(random, 60_000, 300, 0.4)
    const truth = groups.filter((size) => size === 1).length
    const histogram = histogramOf(sampled(random, groups, 0.05))
    expect(populationUniqueness(histogram, 60_000).model).to.equal('pitman')
    expect((pitman(sampleOf(histogram, 60_000)) ?? 0) / truth).to.be.within(0.8, 1.2)
  })

  it('slide negative binomial (Chen and Keller-McNulty 1998): of a population drawn by its rule and a sample of 30 %, within a fifth', () => {
    const random = createRandom('population', 'snb')
    // α = 1: F - 1 geometric
    const groups = Array.from({ length: 20_000 }, () => 1 + Math.floor(Math.log(1 - random.next()) / Math.log(1 - 0.3)))
    const people = groups.reduce((sum, size) => sum + size, 0)
    const truth = groups.filter((size) => size === 1).length
    const histogram = histogramOf(sampled(random, groups, 0.3))
    expect((slideNegativeBinomial(sampleOf(histogram, people)) ?? 0) / truth).to.be.within(0.8, 1.2)
  })

  it('Dankar et al. 2012: beyond a tenth sampled the smaller of the slide negative binomial and Zayatz', () => {
    const random = createRandom('population', 'rule')
    const groups = Array.from({ length: 5000 }, () => 1 + Math.floor(Math.log(1 - random.next()) / Math.log(1 - 0.3)))
    const people = groups.reduce((sum, size) => sum + size, 0)
    const histogram = histogramOf(sampled(random, groups, 0.3))
    const sample = sampleOf(histogram, people)
    const told = populationUniqueness(histogram, people)
    expect(told.uniques).to.equal(Math.min(zayatz(sample), slideNegativeBinomial(sample) ?? Number.POSITIVE_INFINITY))
    expect(told.share).to.equal(told.uniques / people)
  })
})
