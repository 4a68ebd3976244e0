/**
 * How much each quasi-identifier does to make people alone: measured by itself, and by what is left of the risk without it. Decides nothing.
 */
import { allRows, groupBy, sumBy } from './group.ts'
import { histogramOf, measureSizes, prosecutorRisk } from './measures.ts'
import type { Table } from './table.ts'

export interface Contribution {
  readonly name: string
  /** distinct values, missing not counted */
  readonly values: number
  /** share of the rows without a value */
  readonly missing: number
  /** average prosecutor risk if this column alone were known */
  readonly alone: number
  /** average prosecutor risk if all the other columns were known */
  readonly without: number
  /** share of rows alone in their group by the other columns */
  readonly uniqueWithout: number
}

export function contributionsOf(table: Table): Contribution[] {
  const coded = table.quasi.map(({ codes, values }) => ({ codes, size: values.length }))
  const rows = allRows(table.weights.length)
  const histogram = (chosen: typeof coded) => histogramOf(sumBy(groupBy(chosen, rows), table.weights))
  return table.quasi.map((column, index) => {
    const alone = histogram(coded.slice(index, index + 1))
    const without = histogram(coded.filter((_, other) => other !== index))
    return {
      name: column.name,
      values: column.values.filter((value) => value !== null).length,
      missing: shareMissing(column, table),
      alone: prosecutorRisk(alone, 1).average,
      without: prosecutorRisk(without, 1).average,
      uniqueWithout: table.rows === 0 ? 0 : measureSizes(without).uniques / table.rows
    }
  })
}

function shareMissing({ codes, values }: Table['quasi'][number], { rows, weights }: Table): number {
  const missing = values.indexOf(null)
  const count = weights.reduce((sum, weight, row) => (codes[row] === missing ? sum + weight : sum), 0)
  return rows === 0 ? 0 : count / rows
}
