/** The table: what is a row, what is missing, what came suppressed; and sizes of groups by either policy of missing values. */
import { expect } from 'chai'
import { contributionsOf } from '../../../../gateway/core/risk/measure/contributions.ts'
import { histogramOf } from '../../../../gateway/core/risk/measure/measures.ts'
import { createTableBuilder, type Table } from '../../../../gateway/core/risk/measure/table.ts'
import { wildcardHistogram } from '../../../../gateway/core/risk/measure/wildcard.ts'
import { bottomOf } from '../../../../gateway/core/risk/search/rollup.ts'

/** `M 30` a row; `-` is missing. */
function table(rows: readonly string[], columns = ['sex', 'age']): Table {
  const builder = createTableBuilder(columns, [])
  for (const row of rows) builder.add(row.split(' ').map((value) => (value === '-' ? null : value)))
  return builder.finish()
}

const sizes = (rows: readonly string[]) => histogramOf(bottomOf(table(rows), 'sizes').sizes)

describe('core/risk/table', () => {
  it('equal rows are one combination with a weight, whatever their order', () => {
    const { rows, weights, quasi } = table(['M 30', 'F 40', 'M 30'])
    expect({ rows, weights: [...weights] }).to.deep.equal({ rows: 3, weights: [2, 1] })
    expect(quasi.map(({ values }) => values)).to.deep.equal([
      ['M', 'F'],
      ['30', '40']
    ])
  })

  it('rows that come suppressed (every quasi-identifier *) are counted apart and are not a group', () => {
    const { rows, suppressed, weights } = table(['* *', 'M 30', '* *', '* 30'])
    expect({ rows, suppressed, combinations: weights.length }).to.deep.equal({ rows: 2, suppressed: 2, combinations: 2 })
    expect(sizes(['* *', '* *', '* *'])).to.deep.equal([])
  })

  it('missing values are a class of their own: null and the empty text alike', () => {
    const builder = createTableBuilder(['sex', 'age'], [])
    builder.add([null, '30'])
    builder.add(['', '30'])
    builder.add(['M', '30'])
    expect([...builder.finish().weights]).to.deep.equal([2, 1])
    expect(sizes(['- -', '- -', 'M 30'])).to.deep.equal([
      { size: 1, rows: 1 },
      { size: 2, rows: 2 }
    ])
  })

  it('by option a missing value may be any: a row’s group is all rows that agree where both have a value', () => {
    expect(wildcardHistogram(table(['M 30', 'M -', '- 30', 'F 40']))).to.deep.equal([
      { size: 1, rows: 1 },
      { size: 3, rows: 3 }
    ])
    expect(wildcardHistogram(table(['M 30', 'F 30', '- 30', '- 30']))).to.deep.equal([
      { size: 3, rows: 2 },
      { size: 4, rows: 2 }
    ])
    expect(wildcardHistogram(table(['M 30', '* 30']))).to.deep.equal([{ size: 2, rows: 2 }])
    expect(wildcardHistogram(table([]))).to.deep.equal([])
  })

  it('without missing values both policies count alike, over many combinations', () => {
    const rows = Array.from({ length: 5000 }, (_, row) => `v${row % 83} ${row % 59}`)
    expect(wildcardHistogram(table(rows))).to.deep.equal(sizes(rows))
    expect(sizes(rows)).to.deep.equal([
      { size: 1, rows: 4794 },
      { size: 2, rows: 206 }
    ])
  })

  it('more columns than one word holds are still told apart', () => {
    const columns = Array.from({ length: 12 }, (_, column) => `c${column}`)
    const rows = Array.from({ length: 3000 }, (_, row) => columns.map((_, column) => (row * (column + 7)) % (1000 + column)).join(' '))
    const grouped = bottomOf(table([...rows, ...rows], columns), 'sizes')
    expect(grouped.sizes.length).to.equal(new Set(rows).size)
  })

  it('what a quasi-identifier adds: by itself, and what is left without it', () => {
    const [sex, age] = contributionsOf(table(['M 30', 'M 31', 'F 30', 'F -']))
    expect(sex).to.deep.equal({ name: 'sex', values: 2, missing: 0, alone: 0.5, without: 0.75, uniqueWithout: 0.5 })
    expect(age).to.deep.equal({ name: 'age', values: 2, missing: 0.25, alone: 0.75, without: 0.5, uniqueWithout: 0 })
    expect(contributionsOf(table([])).map(({ alone }) => alone)).to.deep.equal([0, 0])
  })
})
