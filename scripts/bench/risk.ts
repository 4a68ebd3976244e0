/**
 * How fast the risk of a dataset is measured, and the cheapest generalisation found. Makes rows in the manner of the census income data (attributes, numbers
 * of values and heights of hierarchies as in ARX's Adult example, skewed so that some 27,000 of 30,000 rows differ) and subjects from a seed. Times are of
 * the processor, all threads together, for the machine may be shared. Prints them beside what was asked of them, nodes and memory; decides nothing.
 */

import { histogramOf, measureSizes, prosecutorRisk, type SizeMeasures } from '../../gateway/core/risk/measure/measures.ts'
import { createTableBuilder, type Table } from '../../gateway/core/risk/measure/table.ts'
import type { Demand } from '../../gateway/core/risk/search/demand.ts'
import { type Hierarchy, type Ladder, ladderOf } from '../../gateway/core/risk/search/hierarchies.ts'
import { latticeSize } from '../../gateway/core/risk/search/lattice.ts'
import { METRICS, type MetricName } from '../../gateway/core/risk/search/loss.ts'
import { bottomOf } from '../../gateway/core/risk/search/rollup.ts'
import { findOptimum } from '../../gateway/core/risk/search/search.ts'
import { createRandom, type Random } from '../../gateway/synthetic/random.ts'

/** A tree over `values` names, as many classes a level as given: value → parents. */
function tree(values: number, ...classes: readonly number[]): Hierarchy {
  const parents = Array.from({ length: values }, (_, value): [string, string[]] => [
    `v${value}`,
    classes.map((count, level) => `${level}-${Math.floor((Math.floor((value * (classes[0] ?? 1)) / values) * count) / (classes[0] ?? 1))}`)
  ])
  return { kind: 'values', parents: new Map(parents) }
}

interface Attribute {
  readonly name: string
  readonly hierarchy: Hierarchy
  /** how one value is drawn */
  readonly draw: (random: Random) => string
}

/** Falling shares, as nationalities and work classes have: most rows hold the first few of `values`. */
function skewed(values: number, skew: number): Attribute['draw'] {
  return (random) => `v${Math.min(values - 1, Math.floor(values * random.next() ** skew))}`
}

const ADULT: readonly Attribute[] = [
  {
    name: 'age',
    hierarchy: { kind: 'bins', widths: [5, 10, 20] },
    draw: (random) => String(Math.max(17, Math.min(90, Math.round(random.around(38, 14)))))
  },
  { name: 'sex', hierarchy: { kind: 'whole' }, draw: (random) => (random.chance(0.67) ? 'male' : 'female') },
  { name: 'race', hierarchy: { kind: 'whole' }, draw: skewed(5, 8) },
  { name: 'marital', hierarchy: tree(7, 2), draw: skewed(7, 2.5) },
  { name: 'education', hierarchy: tree(16, 5, 2), draw: skewed(16, 2.2) },
  { name: 'country', hierarchy: tree(41, 5), draw: skewed(41, 30) },
  { name: 'workclass', hierarchy: tree(8, 3), draw: skewed(8, 6) },
  { name: 'occupation', hierarchy: tree(14, 6), draw: skewed(14, 1.3) }
]

function adult(rows: number): Table {
  const random = createRandom('bench', 'adult')
  const builder = createTableBuilder(
    ADULT.map(({ name }) => name),
    ['salary']
  )
  for (let row = 0; row < rows; row += 1) builder.add([...ADULT.map(({ draw }) => draw(random)), random.chance(0.25) ? 'more' : 'less'])
  return builder.finish()
}

/** What came of it, and the seconds of processor time it took. */
function timed<Result>(run: () => Result): readonly [Result, number] {
  const began = process.cpuUsage()
  const result = run()
  const { user, system } = process.cpuUsage(began)
  return [result, (user + system) / 1e6]
}

const DEMANDS: readonly { readonly says: string; readonly demand: Demand; readonly metric: MetricName }[] = [
  ...METRICS.map((metric) => ({ says: `k = 5, ${metric}`, demand: { k: 5 }, metric })),
  { says: 'k = 5, l = 2, loss', demand: { k: 5, l: 2 }, metric: 'loss' },
  { says: 'k = 5, t = 0.2, loss', demand: { k: 5, t: 0.2 }, metric: 'loss' }
]

function benchSearch(): void {
  const table = adult(30_000)
  const ladders: Ladder[] = table.quasi.map((column, index) => ladderOf(column, ADULT[index]?.hierarchy ?? { kind: 'whole' }))
  const heights = ladders.map(({ levels }) => levels.length).join(' x ')
  const groups = bottomOf(table, 'sizes').sizes.length
  console.log(`${table.rows} rows, ${groups} of them different; lattice ${heights} = ${latticeSize(ladders)} nodes; asked: 3 s`)
  for (const limit of [0, 0.02, 0.05])
    for (const { says, demand, metric } of DEMANDS) {
      const [found, seconds] = timed(() => findOptimum({ table, ladders, demand, distances: [], limit, metric }))
      const told =
        found === null
          ? 'nothing holds'
          : `levels ${found.levels.join('')}, cost ${found.cost.toPrecision(5)}, ${found.suppressed} suppressed`
      const looked = `${found?.checked ?? latticeSize(ladders)} nodes looked at`
      console.log(`  ${says.padEnd(26)} <= ${String(limit * 100)} % suppressed  ${seconds.toFixed(2)} s  ${looked.padStart(22)}  ${told}`)
    }
}

const NAMES = ['birth', 'gender', 'zip3', 'race', 'maritalStatus']

/** Births of 90 years by year (some 300,000 combinations) or by month, two sexes, 90 ZIP areas, six races, five marital states. */
function* subjects(count: number, births: 'year' | 'month'): Generator<string[]> {
  const random = createRandom('bench', 'subjects')
  for (let subject = 0; subject < count; subject += 1) {
    const month = births === 'month' ? `-${random.between(10, 21)}` : ''
    const zip = String(100 + Math.floor(90 * random.next() ** 2))
    yield [
      `${1930 + random.between(0, 89)}${month}`,
      random.chance(0.5) ? 'f' : 'm',
      zip,
      `r${random.between(0, 5)}`,
      `m${random.between(0, 4)}`
    ]
  }
}

function measure(rows: Iterable<string[]>): SizeMeasures {
  const builder = createTableBuilder(NAMES, [])
  for (const row of rows) builder.add(row)
  const histogram = histogramOf(bottomOf(builder.finish(), 'sizes').sizes)
  prosecutorRisk(histogram, 0.2)
  return measureSizes(histogram)
}

function benchCount(): void {
  console.log('1000000 subjects, 5 quasi-identifiers, from texts to sizes of groups; asked: 2 s')
  for (const births of ['year', 'month'] as const) {
    const rows = [...subjects(1_000_000, births)]
    const [{ groups, uniques }, seconds] = timed(() => measure(rows))
    console.log(`  births by ${births.padEnd(5)}  ${seconds.toFixed(2)} s  ${groups} groups, ${uniques} alone`)
  }
}

/** Memory at its highest follows the groups, not the rows: the rows are made one by one here and never kept. */
function benchMemory(): void {
  for (const count of [1_000_000, 4_000_000]) {
    const { groups } = measure(subjects(count, 'year'))
    const most = Math.round(process.resourceUsage().maxRSS / 1024)
    console.log(`  streamed ${count} rows of ${groups} groups: ${most} MB at most so far`)
  }
}

benchMemory()
benchSearch()
benchCount()
