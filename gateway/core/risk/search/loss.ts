/**
 * What a generalisation costs, by a named metric, smaller is better:
 *   loss                a value costs the share of its column's other values it is made one with, a suppressed row costs all (Iyengar 2002); 0 to 1
 *   precision           a value costs its level by the height of its hierarchy (Sweeney 2002); 0 to 1
 *   discernibility      Σ size² over groups released, and all rows for each suppressed one (Bayardo and Agrawal 2005)
 *   average-class-size  rows by groups, the suppressed together one group (LeFevre et al. 2006)
 * `bound` is no more than the cost of any node with these levels or higher ones, so that a search may stop; `floor` the same, known once the groups are.
 * Sums are of whole numbers, so that the order of rows cannot matter. Reads of typed arrays stay in bounds, so casts of them are sound.
 */

import type { Table } from '../measure/table.ts'
import type { Ladder } from './hierarchies.ts'
import type { Grouped } from './rollup.ts'

export const METRICS = ['loss', 'precision', 'discernibility', 'average-class-size'] as const
export type MetricName = (typeof METRICS)[number]

export interface Metric {
  readonly name: MetricName
  bound(levels: readonly number[]): number
  floor(grouped: Grouped): number
  /** `failing`: group → 1 when it is suppressed */
  cost(grouped: Grouped, failing: Uint8Array): number
}

export function metricOf(name: MetricName, table: Table, ladders: readonly Ladder[]): Metric {
  switch (name) {
    case 'loss':
      return additive(name, table, ladders, leavesLost)
    case 'precision':
      return additive(name, table, ladders, levelLost)
    case 'discernibility':
      return discernibility(table.rows)
    case 'average-class-size':
      return averageClassSize(table.rows)
    default:
      return name satisfies never
  }
}

/** What a row loses in one column: per level, code → a whole number, `most` at most. */
interface Lost {
  readonly most: number
  readonly byLevel: readonly Int32Array[]
}

function leavesLost({ levels }: Ladder): Lost {
  return { most: (levels[0]?.size ?? 1) - 1, byLevel: levels.map(({ leaves }) => leaves.map((count) => count - 1)) }
}

function levelLost({ levels }: Ladder): Lost {
  return { most: levels.length - 1, byLevel: levels.map(({ leaves }, level) => leaves.map(() => level)) }
}

function additive(name: MetricName, table: Table, ladders: readonly Ladder[], lostOf: (ladder: Ladder) => Lost): Metric {
  const losts = ladders.map(lostOf)
  const shared = losts.length * table.rows
  const average = (sums: readonly number[], suppressed: number): number => {
    const total = losts.reduce((sum, { most }, column) => sum + (most === 0 ? suppressed : (sums[column] ?? 0) / most), 0)
    return shared === 0 ? 0 : total / shared
  }
  const codes = table.quasi.map((column) => column.codes)
  const marginals = losts.map(({ byLevel }, column) => byLevel.map((lost) => lostBy(lost, codes[column] as Int32Array, table.weights)))
  const bound = (levels: readonly number[]): number => {
    const sums = levels.map((level, column) => marginals[column]?.[level] ?? 0)
    return average(sums, 0)
  }
  const cost = ({ levels, members, sizes }: Grouped, failing: Uint8Array): number => {
    const suppressed = suppressedRows(sizes, failing)
    const sums = losts.map(({ byLevel, most }, column) => {
      const lost = byLevel[levels[column] ?? 0] as Int32Array
      return suppressed * most + lostByGroups(lost, codes[column] as Int32Array, { members, sizes, failing })
    })
    return average(sums, suppressed)
  }
  return { name, bound, floor: ({ levels }) => bound(levels), cost }
}

function lostBy(lost: Int32Array, codes: Int32Array, weights: Int32Array): number {
  let sum = 0
  for (let row = 0; row < codes.length; row += 1) sum += (weights[row] as number) * (lost[codes[row] as number] as number)
  return sum
}

interface Released {
  readonly members: Int32Array
  readonly sizes: Int32Array
  readonly failing: Uint8Array
}

function lostByGroups(lost: Int32Array, codes: Int32Array, { members, sizes, failing }: Released): number {
  let sum = 0
  for (let group = 0; group < sizes.length; group += 1)
    if (failing[group] === 0) sum += (sizes[group] as number) * (lost[codes[members[group] as number] as number] as number)
  return sum
}

export function suppressedRows(sizes: Int32Array, failing: Uint8Array): number {
  let sum = 0
  for (let group = 0; group < sizes.length; group += 1) if (failing[group] === 1) sum += sizes[group] as number
  return sum
}

/** Joining groups makes Σ size² larger, and size² is no more than size times all rows: the sum over all groups is a floor. */
function discernibility(rows: number): Metric {
  return {
    name: 'discernibility',
    bound: () => 0,
    floor: ({ sizes }) => sizes.reduce((sum, size) => sum + size * size, 0),
    cost: ({ sizes }, failing) => sizes.reduce((sum, size, group) => sum + size * (failing[group] === 0 ? size : rows), 0)
  }
}

/** Joining groups makes fewer of them, and the suppressed were one group at least. */
function averageClassSize(rows: number): Metric {
  const by = (groups: number): number => (groups === 0 ? 0 : rows / groups)
  return {
    name: 'average-class-size',
    bound: () => 0,
    floor: ({ sizes }) => by(sizes.length),
    cost: ({ sizes }, failing) => {
      const suppressed = failing.reduce((sum, each) => sum + each, 0)
      return by(sizes.length - suppressed + Math.min(suppressed, 1))
    }
  }
}
