/**
 * How fast the risk of a dataset is measured, and the best generalisation found. Makes census-income style rows (the attributes, numbers of values and
 * heights of hierarchies of ARX's Adult example) and subjects from a seed. Prints seconds, nodes and memory; decides nothing.
 */
import { automaticHierarchy } from '../../gateway/core/risk/automatic.ts'
import { type Hierarchy, type Ladder, ladderOf } from '../../gateway/core/risk/hierarchies.ts'
import { latticeSize } from '../../gateway/core/risk/lattice.ts'
import { METRICS } from '../../gateway/core/risk/loss.ts'
import { histogramOf, measureSizes, prosecutorRisk } from '../../gateway/core/risk/measures.ts'
import { bottomOf } from '../../gateway/core/risk/rollup.ts'
import { findOptimum } from '../../gateway/core/risk/search.ts'
import { createTableBuilder, type Table } from '../../gateway/core/risk/table.ts'
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
  { name: 'race', hierarchy: { kind: 'whole' }, draw: skewed(5, 6) },
  { name: 'marital', hierarchy: tree(7, 2), draw: skewed(7, 1.6) },
  { name: 'education', hierarchy: tree(16, 5, 2), draw: skewed(16, 1.5) },
  { name: 'country', hierarchy: tree(41, 5), draw: skewed(41, 12) },
  { name: 'workclass', hierarchy: tree(8, 3), draw: skewed(8, 3) },
  { name: 'occupation', hierarchy: tree(14, 6), draw: skewed(14, 1.1) }
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

function timed<Result>(run: () => Result): readonly [Result, number] {
  const began = performance.now()
  const result = run()
  return [result, (performance.now() - began) / 1000]
}

function benchSearch(): void {
  const [table, made] = timed(() => adult(30_000))
  const ladders: Ladder[] = table.quasi.map((column, index) => ladderOf(column, ADULT[index]?.hierarchy ?? { kind: 'whole' }))
  const heights = ladders.map(({ levels }) => levels.length).join(' × ')
  console.log(
    `${table.rows} rows x ${ladders.length} quasi-identifiers, ${bottomOf(table, 'sizes').sizes.length} groups (made in ${made.toFixed(2)} s)`
  )
  console.log(`lattice ${heights} = ${latticeSize(ladders)} nodes`)
  const demands = [
    ...METRICS.map((metric) => ({ says: `k = 5, ${metric}`, metric, demand: { k: 5 } })),
    { says: 'k = 5, l = 2, loss', metric: 'loss' as const, demand: { k: 5, l: 2 } },
    { says: 'k = 5, t = 0.2, loss', metric: 'loss' as const, demand: { k: 5, t: 0.2 } }
  ]
  for (const limit of [0, 0.02, 0.05])
    for (const { says, metric, demand } of demands) {
      const [found, seconds] = timed(() => findOptimum({ table, ladders, demand, distances: [], limit, metric }))
      const told =
        found === null
          ? 'nothing holds'
          : `levels ${found.levels.join('')}, cost ${found.cost.toPrecision(5)}, ${found.suppressed} suppressed`
      console.log(
        `  optimal ${says.padEnd(30)} <= ${String(limit * 100).padStart(2)} %  ${seconds.toFixed(3)} s  ${found?.checked ?? 0} nodes looked at  ${told}`
      )
    }
}

/** Birth dates of 90 years, sexes, 900 three-digit ZIP areas, races, marital states. */
function subjects(count: number): () => Generator<string[]> {
  return function* () {
    const random = createRandom('bench', 'subjects')
    for (let subject = 0; subject < count; subject += 1) {
      const born = new Date(Date.UTC(1930, 0, 1) + random.between(0, 90 * 365) * 86_400_000).toISOString().slice(0, 7)
      const zip = String(100 + Math.floor(900 * random.next() ** 2))
      yield [born, random.chance(0.5) ? 'f' : 'm', zip, `r${random.between(0, 5)}`, `m${random.between(0, 4)}`]
    }
  }
}

const NAMES = ['birthDate', 'gender', 'zip3', 'race', 'maritalStatus']

function benchCount(): void {
  for (const count of [1_000_000, 2_000_000]) {
    const rows = count === 1_000_000 ? [...subjects(count)()] : subjects(count)()
    const builder = createTableBuilder(NAMES, [])
    const before = process.memoryUsage().rss
    const [measures, seconds] = timed(() => {
      for (const row of rows) builder.add(row)
      const histogram = histogramOf(bottomOf(builder.finish(), 'sizes').sizes)
      return { ...measureSizes(histogram), risk: prosecutorRisk(histogram, 0.2) }
    })
    const memory = Math.round((process.memoryUsage().rss - before) / 1e6)
    const drawn = count === 1_000_000 ? '' : ' (rows made meanwhile)'
    console.log(
      `  counted ${count} subjects x ${NAMES.length}: ${seconds.toFixed(2)} s${drawn}, ${measures.groups} groups, ${measures.uniques} alone, ${memory} MB more`
    )
  }
  console.log(`  (${automaticHierarchy.name} is what the report would use)`)
}

benchSearch()
benchCount()
