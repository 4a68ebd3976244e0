/** The best generalisation, on the example of the paper that searched lattices first, and at the edges: no rows, one row, nothing holds. */
import { expect } from 'chai'
import { RequestError } from '../../../../gateway/core/errors.ts'
import { createTableBuilder, type Table } from '../../../../gateway/core/risk/measure/table.ts'
import type { Demand } from '../../../../gateway/core/risk/search/demand.ts'
import { type Hierarchy, ladderOf } from '../../../../gateway/core/risk/search/hierarchies.ts'
import type { MetricName } from '../../../../gateway/core/risk/search/loss.ts'
import { findOptimum, type Optimum } from '../../../../gateway/core/risk/search/search.ts'

/** LeFevre, DeWitt and Ramakrishnan 2005, figure 1: birth date, sex, ZIP code. */
const PATIENTS = [
  '1976-01-21 Male 53715',
  '1986-04-13 Female 53715',
  '1976-02-28 Male 53703',
  '1976-01-21 Male 53703',
  '1986-04-13 Female 53706',
  '1976-02-28 Female 53706'
]
const HIERARCHIES: readonly Hierarchy[] = [{ kind: 'whole' }, { kind: 'whole' }, { kind: 'prefix', lengths: [4, 3] }]

function table(rows: readonly string[], sensitive: readonly string[] = []): Table {
  const builder = createTableBuilder(['birthDate', 'sex', 'zip'], sensitive)
  for (const row of rows) builder.add(row.split(' '))
  return builder.finish()
}

interface Asked {
  readonly demand?: Demand
  readonly metric?: MetricName
  readonly limit?: number
  readonly sensitive?: readonly string[]
}

function optimum(rows: readonly string[], { demand = { k: 2 }, metric = 'loss', limit = 0, sensitive = [] }: Asked): Optimum | null {
  const made = table(rows, sensitive)
  const ladders = made.quasi.map((column, index) => ladderOf(column, HIERARCHIES[index] ?? { kind: 'whole' }))
  return findOptimum({ table: made, ladders, demand, distances: [], limit, metric })
}

describe('core/risk/search', () => {
  it('2-anonymity of the table of LeFevre et al. 2005: birth date and one of the others gone, or sex and ZIP; never less', () => {
    const found = optimum(PATIENTS, {})
    expect(found?.cost).to.be.closeTo(2 / 3, 1e-12)
    expect([...(found?.grouped.sizes ?? [])].every((size) => size >= 2)).to.equal(true)
    expect(optimum(PATIENTS, { metric: 'discernibility' })?.cost).to.equal(12)
    expect(optimum(PATIENTS, { metric: 'average-class-size' })?.cost).to.equal(2)
  })

  it('with two of the six suppressed less must be generalised', () => {
    const found = optimum(PATIENTS, { limit: 1 / 3 })
    expect(found?.suppressed).to.be.at.most(2)
    expect(found?.cost).to.be.below(2 / 3)
  })

  it('the limit is a share of rows: two of six are a third, and not one less', () => {
    const rows = ['1 a 11111', '1 a 11111', '1 a 11111', '1 a 11111', '2 b 22222', '3 c 33333']
    expect(optimum(rows, { limit: 2 / 6 })?.levels).to.deep.equal([0, 0, 0])
    expect(optimum(rows, { limit: 0.33 })?.levels).not.to.deep.equal([0, 0, 0])
  })

  it('l-diversity and t-closeness are asked of every sensitive column', () => {
    const rows = ['1 a 1 flu no', '1 a 1 flu yes', '2 a 1 cold no', '2 a 1 cold yes']
    const sensitive = ['diagnosis', 'smoker']
    expect(optimum(rows, { sensitive })?.levels).to.deep.equal([0, 0, 0])
    for (const demand of [
      { k: 2, l: 2 },
      { k: 2, entropyL: 2 },
      { k: 2, t: 0 }
    ])
      expect(optimum(rows, { sensitive, demand })?.levels).to.deep.equal([1, 0, 0])
  })

  it('nothing holds when fewer rows than k came; all may be suppressed only where the limit is 1', () => {
    expect(optimum(PATIENTS, { demand: { k: 7 } })).to.equal(null)
    expect(optimum(PATIENTS, { demand: { k: 7 }, limit: 1 })).to.deep.include({ suppressed: 6, cost: 1 })
  })

  it('no rows need nothing; one row alone is its own group', () => {
    expect(optimum([], {})).to.deep.include({ cost: 0, suppressed: 0, levels: [0, 0, 0] })
    expect(optimum(['1 a 1'], { demand: { k: 1 } })).to.deep.include({ cost: 0, suppressed: 0 })
    expect(optimum(['1 a 1'], {})).to.equal(null)
  })

  it('rows that came suppressed are no group: 2-anonymity does not mind them, and they use up no limit', () => {
    const found = optimum(['* * *', ...PATIENTS, '* * *', '* * *'], {})
    expect(found?.cost).to.be.closeTo(2 / 3, 1e-12)
    expect(found?.grouped.sizes.reduce((sum, size) => sum + size, 0)).to.equal(6)
  })

  it('a lattice of too many nodes is refused before anything is tried', () => {
    const builder = createTableBuilder(
      Array.from({ length: 22 }, (_, index) => `c${index}`),
      []
    )
    builder.add(Array(22).fill('a'))
    builder.add(Array(22).fill('b'))
    const made = builder.finish()
    const ladders = made.quasi.map((column) => ladderOf(column, { kind: 'whole' }))
    expect(() => findOptimum({ table: made, ladders, demand: { k: 2 }, distances: [], limit: 0, metric: 'loss' })).to.throw(RequestError)
  })
})
