/**
 * What is asked of every group: k-anonymity, and for each sensitive column distinct and entropy l-diversity and t-closeness. Decides which groups fail and
 * whether so many rows may be suppressed. k and distinct l hold in a joined group whenever they hold in one of its parts, so fewer rows fail at higher
 * levels. Entropy l and t do not: a good group joined with a bad one may fail. They follow the levels only where nothing may be suppressed (a mixture of
 * groups that all hold them holds them: entropy is concave, the distance convex). To have no value may be no secret: then a group of such alone
 * tells nothing (positive disclosure of it is allowed: Machanavajjhala et al. 2007), whatever l is asked, and l does not follow the levels either.
 * Reads of typed arrays stay in bounds, so casts of them are sound.
 */
import { closeness, type Distance, distinctValues, entropyValues, type Measure } from '../measure/diversity.ts'
import type { SensitiveColumn, Table } from '../measure/table.ts'
import { suppressedRows } from './loss.ts'
import type { Grouped } from './rollup.ts'

export interface Demand {
  readonly k: number
  /** distinct values of each sensitive column in every group */
  readonly l?: number
  /** exp(entropy) of each sensitive column in every group */
  readonly entropyL?: number
  /** distance of every group from the whole table */
  readonly t?: number
  /** a group in which nobody has a sensitive value holds l */
  readonly none?: 'no secret'
}

/** `below`: every node below fails as well; `here`: this one does. */
export type Verdict = 'holds' | 'fails here' | 'fails below'

export interface Judged {
  readonly verdict: Verdict
  /** group → 1 when it does not hold what is asked */
  readonly failing: Uint8Array
  readonly suppressed: number
}

export type Judge = (grouped: Grouped) => Judged

/** Equal shares computed two ways differ in the last bits. */
const EPSILON = 1e-9

/** Whether groups must know their sensitive values. */
export function cellsFor({ l, entropyL, t }: Demand): 'sizes' | 'cells' {
  return l === undefined && entropyL === undefined && t === undefined ? 'sizes' : 'cells'
}

/** `most`: how many rows may be suppressed. `distances`: one for each sensitive column. */
export function createJudge(table: Table, demand: Demand, distances: readonly Distance[], most: number): Judge {
  const measures = table.sensitive.map((column, index) => closeness(column, distances[index] ?? 'equal'))
  return (grouped) => {
    const failing = new Uint8Array(grouped.sizes.length)
    mark(failing, grouped.sizes, (size) => size < demand.k)
    const small = suppressedRows(grouped.sizes, failing)
    if (small > most) return { verdict: 'fails below', failing, suppressed: small }
    const telling = table.sensitive.map((column, index) => tellingGroups(column, grouped, index, demand))
    markDistinct(failing, grouped, demand, telling)
    const always = suppressedRows(grouped.sizes, failing)
    if (always > most && demand.none === undefined) return { verdict: 'fails below', failing, suppressed: always }
    markMixed(failing, grouped, demand, { telling, measures })
    const suppressed = suppressedRows(grouped.sizes, failing)
    if (suppressed <= most) return { verdict: 'holds', failing, suppressed }
    return { verdict: most === 0 ? 'fails below' : 'fails here', failing, suppressed }
  }
}

/** Group → 1 where somebody has a value; all where to have none is a value like any. */
export function tellingGroups({ values }: SensitiveColumn, { sizes, cells }: Grouped, index: number, { none }: Demand): Uint8Array {
  const missing = none === undefined ? -1 : values.indexOf(null)
  const telling = new Uint8Array(sizes.length).fill(missing < 0 ? 1 : 0)
  const { group, code } = cells[index] ?? { group: NO_GROUP, code: NO_GROUP }
  if (missing >= 0) for (let cell = 0; cell < group.length; cell += 1) if (code[cell] !== missing) telling[group[cell] as number] = 1
  return telling
}

const NO_GROUP = new Int32Array(0)

function markDistinct(failing: Uint8Array, { sizes, cells }: Grouped, { l }: Demand, telling: readonly Uint8Array[]): void {
  if (l === undefined) return
  for (const [index, each] of cells.entries())
    mark(failing, distinctValues(each, sizes.length), (value, group) => telling[index]?.[group] === 1 && value < l)
}

interface Mixed {
  readonly telling: readonly Uint8Array[]
  readonly measures: readonly Measure[]
}

function markMixed(failing: Uint8Array, { sizes, cells }: Grouped, { entropyL, t }: Demand, { telling, measures }: Mixed): void {
  cells.forEach((each, index) => {
    if (entropyL !== undefined)
      mark(failing, entropyValues(each, sizes), (value, group) => telling[index]?.[group] === 1 && value < entropyL - EPSILON)
    if (t !== undefined) mark(failing, measures[index]?.(each, sizes) ?? new Float64Array(0), (value) => value > t + EPSILON)
  })
}

function mark(failing: Uint8Array, values: Float64Array | Int32Array, fails: (value: number, group: number) => boolean): void {
  for (let group = 0; group < values.length; group += 1) if (fails(values[group] as number, group)) failing[group] = 1
}
