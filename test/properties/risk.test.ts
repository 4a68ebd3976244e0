/** What the search promises of any table, checked against all nodes tried one by one, in other words than the search uses. */
import { expect } from 'chai'
import fc from 'fast-check'
import type { Distance } from '../../gateway/core/risk/measure/diversity.ts'
import { histogramOf, measureSizes, prosecutorRisk } from '../../gateway/core/risk/measure/measures.ts'
import { createTableBuilder, type Table } from '../../gateway/core/risk/measure/table.ts'
import type { Demand } from '../../gateway/core/risk/search/demand.ts'
import { type Hierarchy, ladderOf } from '../../gateway/core/risk/search/hierarchies.ts'
import { METRICS, type MetricName } from '../../gateway/core/risk/search/loss.ts'
import { bottomOf, createRollup } from '../../gateway/core/risk/search/rollup.ts'
import { findOptima, findOptimum, type Optimum, type Task } from '../../gateway/core/risk/search/search.ts'

type Row = readonly string[]

/** Columns: a number of two levels of bins, a code of one level of parents, a text that is kept or gone; then what is sensitive. */
const HIERARCHIES: readonly Hierarchy[] = [
  { kind: 'bins', widths: [2, 4] },
  { kind: 'values', parents: new Map(['a', 'b', 'c', 'd'].map((name, index) => [name, [index < 2 ? 'ab' : 'cd']])) },
  { kind: 'whole' }
]
const NAMES = ['number', 'code', 'text']
const LEVELS: readonly ((value: string) => string)[][] = [
  [(value) => value, (value) => `${Math.floor(Number(value) / 2)}`, (value) => `${Math.floor(Number(value) / 4)}`, () => '*'],
  [(value) => value, (value) => (value < 'c' ? 'ab' : 'cd'), () => '*'],
  [(value) => value, () => '*']
]

const row = fc.tuple(
  fc.integer({ min: 0, max: 7 }).map(String),
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.constantFrom('x', 'y', 'z'),
  fc.constantFrom('1', '2', '3'),
  fc.constantFrom('p', 'q')
)
const rows = fc.array(row, { maxLength: 26 })
const demand: fc.Arbitrary<Demand> = fc
  .record({
    k: fc.integer({ min: 1, max: 5 }),
    l: fc.integer({ min: 1, max: 3 }),
    entropyL: fc.constantFrom(1, 1.5, 2),
    t: fc.constantFrom(0.1, 0.2, 0.4, 0.7)
  })
  .chain(({ k, l, entropyL, t }) => fc.constantFrom<Demand>({ k }, { k, l }, { k, entropyL }, { k, t }, { k, l, t }, { k, l, entropyL, t }))
const asked = fc.record({
  rows,
  demand,
  limit: fc.constantFrom(0, 0.1, 0.25, 0.5, 1),
  metric: fc.constantFrom(...METRICS),
  distance: fc.constantFrom<Distance>('equal', 'ordered')
})
type Asked = typeof asked extends fc.Arbitrary<infer Value> ? Value : never

function tableOf(list: readonly Row[]): Table {
  const builder = createTableBuilder(NAMES, ['first', 'second'])
  for (const each of list) builder.add(each)
  return builder.finish()
}

function taskOf({ rows: list, demand: wanted, limit, metric, distance }: Asked): Task {
  const table = tableOf(list)
  const ladders = table.quasi.map((column, index) => ladderOf(column, HIERARCHIES[index] ?? { kind: 'whole' }))
  return { table, ladders, demand: wanted, distances: [distance, distance], limit, metric }
}

function search(given: Asked): Optimum | null {
  return findOptimum(taskOf(given))
}

const count = <Item>(items: Iterable<Item>): Map<Item, number> => {
  const counts = new Map<Item, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

/** Whether a group of rows holds what is asked, from the definitions. */
function holds(group: readonly Row[], all: readonly Row[], { k, l, entropyL, t }: Demand, distance: Distance): boolean {
  return (
    group.length >= k &&
    [3, 4].every((column) => {
      const values = [...new Set(all.map((each) => each[column] ?? ''))].sort()
      const [inGroup, inAll] = [group, all].map((list) => count(list.map((each) => each[column] ?? '')))
      const p = values.map((value) => (inGroup?.get(value) ?? 0) / group.length)
      const q = values.map((value) => (inAll?.get(value) ?? 0) / all.length)
      const entropy = Math.exp(p.reduce((sum, share) => (share === 0 ? sum : sum - share * Math.log(share)), 0))
      return (inGroup?.size ?? 0) >= (l ?? 0) && entropy >= (entropyL ?? 0) - 1e-9 && apart(p, q, distance) <= (t ?? 1) + 1e-9
    })
  )
}

function apart(p: readonly number[], q: readonly number[], distance: Distance): number {
  const differences = p.map((share, index) => share - (q[index] ?? 0))
  if (distance === 'equal') return differences.reduce((sum, each) => sum + Math.abs(each), 0) / 2
  let carried = 0
  const work = differences.reduce((sum, each) => {
    carried += each
    return sum + Math.abs(carried)
  }, 0)
  return p.length < 2 ? 0 : work / (p.length - 1)
}

interface Outcome {
  readonly groups: readonly (readonly Row[])[]
  readonly suppressed: number
}

function at(levels: readonly number[], { rows: list, demand: wanted, distance }: Asked, steps = LEVELS): Outcome {
  const groups = new Map<string, Row[]>()
  for (const each of list) {
    const key = levels.map((level, column) => steps[column]?.[level]?.(each[column] ?? '')).join()
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  const kept = [...groups.values()].filter((group) => holds(group, list, wanted, distance))
  return { groups: kept, suppressed: list.length - kept.reduce((sum, group) => sum + group.length, 0) }
}

/** The metrics from their definitions; `steps` without the levels that join nothing. */
function costOf(
  metric: MetricName,
  levels: readonly number[],
  { groups, suppressed }: Outcome,
  { rows: list }: Asked,
  steps: typeof LEVELS
): number {
  const all = list.length
  if (all === 0) return 0
  if (metric === 'discernibility') return groups.reduce((sum, group) => sum + group.length ** 2, 0) + suppressed * all
  if (metric === 'average-class-size') return all / (groups.length + Math.min(suppressed, 1))
  const columns = levels.map((level, column) => {
    const values = [...new Set(list.map((each) => each[column] ?? ''))]
    const step = steps[column]?.[level] ?? String
    const height = (steps[column]?.length ?? 1) - 1
    const lossOf = (value: string): number => {
      if (metric === 'precision') return height === 0 ? 0 : level / height
      return values.length === 1 ? 0 : (values.filter((other) => step(other) === step(value)).length - 1) / (values.length - 1)
    }
    return groups.flat().reduce((sum, each) => sum + lossOf(each[column] ?? ''), suppressed)
  })
  return columns.reduce((sum, each) => sum + each, 0) / (columns.length * all)
}

/** The levels of a column that are a choice: each joins something that the one before does not. */
function choices(list: readonly Row[]): typeof LEVELS {
  return LEVELS.map((steps, column) => {
    const classes = (step: (value: string) => string): number => new Set(list.map((each) => step(each[column] ?? ''))).size
    return steps.filter((step, level) => level === 0 || classes(step) < Math.min(...steps.slice(0, level).map(classes)))
  })
}

function bruteForce(given: Asked): number | null {
  const steps = choices(given.rows)
  const nodes = steps.reduce<number[][]>((made, each) => made.flatMap((levels) => each.map((_, level) => [...levels, level])), [[]])
  const most = Math.floor(given.limit * given.rows.length + 1e-9)
  const costs = nodes.flatMap((levels) => {
    const outcome = at(levels, given, steps)
    return outcome.suppressed > most ? [] : [costOf(given.metric, levels, outcome, given, steps)]
  })
  return costs.length === 0 ? null : Math.min(...costs)
}

describe('properties: risk', () => {
  it('the optimum costs what the best of all nodes costs, by any metric, whatever is asked; or no node holds', () => {
    fc.assert(
      fc.property(asked, (given) => {
        const [found, best] = [search(given)?.cost ?? null, bruteForce(given)]
        if (found === null || best === null) expect(found).to.equal(best)
        else expect(found).to.be.closeTo(best, 1e-9)
      }),
      { numRuns: 1000 }
    )
  })

  it('after it the promised k, l and t hold in every group that is left, and no more rows are suppressed than permitted', () => {
    fc.assert(
      fc.property(asked, (given) => {
        const found = search(given)
        if (found === null) return
        const outcome = at(found.levels, given, choices(given.rows))
        expect(found.suppressed).to.equal(outcome.suppressed)
        expect(found.suppressed).to.be.at.most(given.limit * given.rows.length + 1e-9)
        const kept = [...found.grouped.sizes].filter((_, group) => found.failing[group] === 0)
        expect(kept.sort()).to.deep.equal(outcome.groups.map((group) => group.length).sort())
      }),
      { numRuns: 500 }
    )
  })

  it('several k searched together, rising, find what each finds alone', () => {
    fc.assert(
      fc.property(asked, (given) => {
        const task = taskOf(given)
        const rising = [1, 2, 3, 4, 5]
        const together = findOptima(task, rising, createRollup(task.table, task.ladders, 'cells'))
        const alone = rising.map((k) => findOptimum({ ...task, demand: { ...task.demand, k } }))
        expect(together.map((found) => found?.cost)).to.deep.equal(alone.map((found) => found?.cost))
      })
    )
  })

  it('the order of rows does not matter: not to measures, not to the optimum', () => {
    const shuffled = asked.chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given.rows, { minLength: given.rows.length })))
    const told = (given: Asked) => {
      const found = search(given)
      const histogram = histogramOf(bottomOf(tableOf(given.rows), 'sizes').sizes)
      return { levels: found?.levels, cost: found?.cost, measures: measureSizes(histogram), risk: prosecutorRisk(histogram, 0.2) }
    }
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(told({ ...given, rows: other })).to.deep.equal(told(given))
      })
    )
  })
})
