/**
 * What is asked of every group: k-anonymity, and for each sensitive column distinct and entropy l-diversity and t-closeness. Decides which groups fail and
 * whether so many rows may be suppressed. k and distinct l hold in a joined group whenever they hold in one of its parts, so fewer rows fail at higher
 * levels. Entropy l and t do not: a good group joined with a bad one may fail. They follow the levels only where nothing may be suppressed (a mixture of
 * groups that all hold them holds them: entropy is concave, the distance convex). Reads of typed arrays stay in bounds, so casts of
 * them are sound.
 */
import { closeness, type Distance, distinctValues, entropyValues, type Measure } from './diversity.ts'
import { suppressedRows } from './loss.ts'
import type { Grouped } from './rollup.ts'
import type { Table } from './table.ts'

export interface Demand {
  readonly k: number
  /** distinct values of each sensitive column in every group */
  readonly l?: number
  /** exp(entropy) of each sensitive column in every group */
  readonly entropyL?: number
  /** distance of every group from the whole table */
  readonly t?: number
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
    markUniform(failing, grouped, demand)
    const always = suppressedRows(grouped.sizes, failing)
    if (always > most) return { verdict: 'fails below', failing, suppressed: always }
    markMixed(failing, grouped, demand, measures)
    const suppressed = suppressedRows(grouped.sizes, failing)
    if (suppressed <= most) return { verdict: 'holds', failing, suppressed }
    return { verdict: most === 0 ? 'fails below' : 'fails here', failing, suppressed }
  }
}

function markUniform(failing: Uint8Array, { sizes, cells }: Grouped, { l }: Demand): void {
  if (l !== undefined) for (const each of cells) mark(failing, distinctValues(each, sizes.length), (value) => value < l)
}

function markMixed(failing: Uint8Array, { sizes, cells }: Grouped, { entropyL, t }: Demand, measures: readonly Measure[]): void {
  cells.forEach((each, index) => {
    if (entropyL !== undefined) mark(failing, entropyValues(each, sizes), (value) => value < entropyL - EPSILON)
    if (t !== undefined) mark(failing, measures[index]?.(each, sizes) ?? new Float64Array(0), (value) => value > t + EPSILON)
  })
}

function mark(failing: Uint8Array, values: Float64Array | Int32Array, fails: (value: number) => boolean): void {
  for (let group = 0; group < values.length; group += 1) if (fails(values[group] as number)) failing[group] = 1
}
