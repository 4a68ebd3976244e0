/**
 * What a group tells of a sensitive value: distinct and entropy l-diversity (Machanavajjhala et al. 2007) and t-closeness (Li, Li and Venkatasubramanian
 * 2007). Decides nothing. Missing is a value of its own. Reads of typed arrays stay in bounds, so casts of them are sound.
 */
import { numberPairs } from './group.ts'
import type { SensitiveColumn } from './table.ts'

/** How many rows of a group have which sensitive value: one cell for each value that occurs in the group. */
export interface Cells {
  readonly group: Int32Array
  readonly code: Int32Array
  readonly weight: Int32Array
}

/** How far apart two values are: any two alike (equal), or by their places in order (ordered; missing stands first). */
export type Distance = 'equal' | 'ordered'

export interface Diversity {
  /** fewest distinct values of a group; 0 of no groups */
  readonly distinct: number
  /** least exp(entropy) of a group: so many equally frequent values would be as uncertain; 0 of no groups */
  readonly entropy: number
  /** greatest earth mover's distance of a group from the whole table, 0 to 1 */
  readonly t: number
}

/** Merges rows of the same group and code into cells. */
export function cellsOf(group: Int32Array, code: Int32Array, weight: Int32Array): Cells {
  const { of, first } = numberPairs(group, code)
  const count = first.length
  const cells = { group: new Int32Array(count), code: new Int32Array(count), weight: new Int32Array(count) }
  for (let row = 0; row < of.length; row += 1) {
    const cell = of[row] as number
    cells.group[cell] = group[row] as number
    cells.code[cell] = code[row] as number
    cells.weight[cell] = (cells.weight[cell] as number) + (weight[row] as number)
  }
  return cells
}

/** Group → distinct values in it. */
export function distinctValues({ group }: Cells, groups: number): Float64Array {
  const distinct = new Float64Array(groups)
  for (const each of group) distinct[each] = (distinct[each] as number) + 1
  return distinct
}

/** Group → exp(-Σ p ln p), p the share of each value: entropy l-diversity asks that it be l or more. */
export function entropyValues({ group, weight }: Cells, sizes: Int32Array): Float64Array {
  const entropy = new Float64Array(sizes.length)
  for (let cell = 0; cell < group.length; cell += 1) {
    const share = (weight[cell] as number) / (sizes[group[cell] as number] as number)
    entropy[group[cell] as number] = (entropy[group[cell] as number] as number) - share * Math.log(share)
  }
  return entropy.map(Math.exp)
}

/** Group → earth mover's distance between its values and those of the whole table. */
export type Measure = (cells: Cells, sizes: Int32Array) => Float64Array

export function closeness(column: SensitiveColumn, distance: Distance): Measure {
  const total = column.reference.reduce((sum, rows) => sum + rows, 0)
  const shares = column.reference.map((rows) => (total === 0 ? 0 : rows / total))
  return distance === 'equal' ? equalDistance(shares) : orderedDistance(shares, orderOf(column.values))
}

/** ½ Σ |p - q| = Σ max(0, p - q): values that the group lacks need not be visited (Li et al., 4.2). */
function equalDistance(shares: Float64Array): Measure {
  return ({ group, code, weight }, sizes) => {
    const distances = new Float64Array(sizes.length)
    for (let cell = 0; cell < group.length; cell += 1) {
      const number = group[cell] as number
      const above = (weight[cell] as number) / (sizes[number] as number) - (shares[code[cell] as number] as number)
      if (above > 0) distances[number] = (distances[number] as number) + above
    }
    return distances
  }
}

/** Σ |Σ (p - q) up to i| / (m - 1) over the m values in order (Li et al., 4.1). */
function orderedDistance(shares: Float64Array, order: Int32Array): Measure {
  const inOrder = new Float64Array(shares.length)
  order.forEach((place, code) => {
    inOrder[place] = shares[code] as number
  })
  return ({ group, code, weight }, sizes) => {
    const { starts, members } = byGroup(group, sizes.length)
    const share = new Float64Array(shares.length)
    const distances = new Float64Array(sizes.length)
    for (let number = 0; number < sizes.length; number += 1) {
      share.fill(0)
      for (let at = starts[number] as number; at < (starts[number + 1] as number); at += 1) {
        const cell = members[at] as number
        share[order[code[cell] as number] as number] = (weight[cell] as number) / (sizes[number] as number)
      }
      distances[number] = moved(share, inOrder)
    }
    return distances
  }
}

function moved(share: Float64Array, reference: Float64Array): number {
  let [carried, work] = [0, 0]
  for (let place = 0; place < share.length - 1; place += 1) {
    carried += (share[place] as number) - (reference[place] as number)
    work += Math.abs(carried)
  }
  return share.length < 2 ? 0 : work / (share.length - 1)
}

/** Counting sort of cells by group. */
function byGroup(group: Int32Array, groups: number): { readonly starts: Int32Array; readonly members: Int32Array } {
  const starts = new Int32Array(groups + 1)
  for (const each of group) starts[each + 1] = (starts[each + 1] as number) + 1
  for (let each = 0; each < groups; each += 1) starts[each + 1] = (starts[each + 1] as number) + (starts[each] as number)
  const next = starts.slice()
  const members = new Int32Array(group.length)
  for (let cell = 0; cell < group.length; cell += 1) {
    const each = group[cell] as number
    members[next[each] as number] = cell
    next[each] = (next[each] as number) + 1
  }
  return { starts, members }
}

/** Code → place in order: missing first, then by number where all are numbers, else by code unit. */
function orderOf(values: readonly (string | null)[]): Int32Array {
  const numeric = values.every((value) => value === null || (value.trim() !== '' && Number.isFinite(Number(value))))
  const before = (a: string | null, b: string | null): number => {
    if (a === null || b === null) return a === null ? -1 : 1
    return numeric ? Number(a) - Number(b) || (a < b ? -1 : 1) : a < b ? -1 : 1
  }
  const order = new Int32Array(values.length)
  values
    .map((value, code) => ({ value, code }))
    .sort((a, b) => before(a.value, b.value))
    .forEach(({ code }, place) => {
      order[code] = place
    })
  return order
}

const least = (values: Float64Array): number => values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY)

export function measureDiversity(cells: Cells, sizes: Int32Array, measure: Measure): Diversity {
  if (sizes.length === 0) return { distinct: 0, entropy: 0, t: 0 }
  return {
    distinct: least(distinctValues(cells, sizes.length)),
    entropy: rounded(least(entropyValues(cells, sizes))),
    t: rounded(measure(cells, sizes).reduce((most, value) => Math.max(most, value), 0))
  }
}

/** Sums in another order differ in the last bits: twelve digits are the same. */
function rounded(value: number): number {
  return Number(value.toPrecision(12))
}
