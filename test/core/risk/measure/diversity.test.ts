/** l-diversity and t-closeness on the tables of the papers that named them. */
import { expect } from 'chai'
import { closeness, type Distance, type Diversity, measureDiversity } from '../../../../gateway/core/risk/measure/diversity.ts'
import { createTableBuilder } from '../../../../gateway/core/risk/measure/table.ts'
import { bottomOf } from '../../../../gateway/core/risk/search/rollup.ts'

/** `group value` a row. */
function diversity(rows: readonly string[], distance: Distance = 'equal'): Diversity {
  const builder = createTableBuilder(['group'], ['value'])
  for (const row of rows) builder.add(row.split(' '))
  const table = builder.finish()
  const { cells, sizes } = bottomOf(table, 'cells')
  const [column] = table.sensitive
  const [cell] = cells
  if (column === undefined || cell === undefined) throw new Error('a sensitive column was declared')
  return measureDiversity(cell, sizes, closeness(column, distance))
}

describe('core/risk/diversity', () => {
  it('distinct and entropy l-diversity: the inpatient table of Machanavajjhala et al. 2007, figure 2, has a group of cancer only', () => {
    const first = ['1 heart', '1 heart', '1 viral', '1 viral', '2 cancer', '2 heart', '2 viral', '2 viral']
    expect(diversity(first)).to.deep.include({ distinct: 2, entropy: 2 })
    expect(diversity(first.slice(4))).to.deep.include({ distinct: 3, entropy: Number((2 ** 1.5).toPrecision(12)) })
    expect(diversity([...first, '3 cancer', '3 cancer', '3 cancer', '3 cancer'])).to.deep.include({ distinct: 1, entropy: 1 })
  })

  it('t-closeness, ordered distance: the salaries of Li et al. 2007, section 4: 0.375 for {3k, 4k, 5k}, 0.167 for {6k, 8k, 11k}', () => {
    const low = ['1 3', '1 4', '1 5']
    const all = [...low, '2 6', '2 11', '2 8', '3 7', '3 9', '3 10']
    expect(diversity(all, 'ordered').t).to.be.closeTo(0.375, 1e-9)
    const others = ['1 3', '1 8', '1 10', '2 6', '2 11', '2 8', '3 7', '3 9', '3 4', '3 5']
    expect(diversity(others, 'ordered').t).to.be.below(0.375)
    expect(diversity(['1 6', '1 8', '1 11', '2 3', '2 4', '2 5', '2 7', '2 9', '2 10'], 'ordered').t).to.be.closeTo(1 / 6, 1e-9)
  })

  it('t-closeness, equal distance: half the absolute differences; of two groups of one value each it is a half', () => {
    expect(diversity(['1 a', '1 a', '2 b', '2 b']).t).to.equal(0.5)
    expect(diversity(['1 a', '1 b', '2 a', '2 b']).t).to.equal(0)
    expect(diversity(['1 a', '1 a', '1 b', '2 b']).t).to.equal(0.5)
  })

  it('numbers are ordered as numbers: 9 stands beside 10, not beside 99', () => {
    expect(diversity(['1 9', '1 10', '2 9', '2 99'], 'ordered').t).to.equal(0.125)
  })

  it('missing is a value of its own, first in order', () => {
    expect(diversity(['1 ', '1 5', '2 5', '2 5'])).to.deep.include({ distinct: 1 })
    expect(diversity(['1 ', '1 5'])).to.deep.include({ distinct: 2, entropy: 2 })
  })

  it('rows that came suppressed are no group, but everybody sees their values: they count in the whole table', () => {
    expect(diversity(['1 a', '1 b', '* b', '* b']).t).to.equal(0.25)
    expect(diversity(['1 a', '1 b', '* *', '* *']).t).to.equal(0)
  })

  it('of no rows nothing is measured; one row is one value', () => {
    expect(diversity([])).to.deep.equal({ distinct: 0, entropy: 0, t: 0 })
    expect(diversity(['1 a'])).to.deep.equal({ distinct: 1, entropy: 1, t: 0 })
    expect(diversity(['1 a'], 'ordered').t).to.equal(0)
  })
})
