/**
 * Sizes of groups when a missing value may be any value: a row's group is then every row that agrees with it wherever both have one (as sdcMicro counts).
 * Groups overlap, so this measures sizes only. Decides nothing. For l and t each class of its own is the stricter view: what holds in all of them holds in
 * their union. Time grows with the square of the patterns of missing values that occur. Reads of typed arrays stay in bounds, so casts are sound.
 */

import { bottomOf } from '../search/rollup.ts'
import { groupBy, sumBy } from './group.ts'
import type { Histogram } from './measures.ts'
import { SUPPRESSED, type Table } from './table.ts'

/** The groups that lack a value in the same columns. */
interface Pattern {
  /** per column whether a value is there */
  readonly has: readonly boolean[]
  readonly groups: readonly number[]
}

/** Rows by the number of rows that may be like them, themselves included. */
export function wildcardHistogram(table: Table): Histogram {
  const { members, sizes } = bottomOf(table, 'sizes')
  const codes = table.quasi.map((column) => members.map((member) => column.codes[member] as number))
  const patterns = patternsOf(table, codes, members.length)
  const counts = new Map<number, number>()
  for (const pattern of patterns) {
    const alike = new Float64Array(pattern.groups.length)
    for (const other of patterns) addMatches(alike, pattern, other, { table, codes, sizes })
    pattern.groups.forEach((group, index) => {
      const size = alike[index] as number
      counts.set(size, (counts.get(size) ?? 0) + (sizes[group] as number))
    })
  }
  return [...counts].sort(([a], [b]) => a - b).map(([size, rows]) => ({ size, rows }))
}

function patternsOf({ quasi }: Table, codes: readonly Int32Array[], groups: number): Pattern[] {
  const there = quasi.map(({ values }) => values.map((value) => value !== null && value !== SUPPRESSED))
  const byKey = new Map<string, { has: boolean[]; groups: number[] }>()
  for (let group = 0; group < groups; group += 1) {
    const has = there.map((column, index) => column[codes[index]?.[group] as number] === true)
    const key = has.join()
    const known = byKey.get(key)
    if (known === undefined) byKey.set(key, { has, groups: [group] })
    else known.groups.push(group)
  }
  return [...byKey.values()]
}

interface Grounds {
  readonly table: Table
  readonly codes: readonly Int32Array[]
  readonly sizes: Int32Array
}

/** Adds to each group of `pattern` the rows of `other` that agree with it in the columns both have. */
function addMatches(alike: Float64Array, pattern: Pattern, other: Pattern, { table, codes, sizes }: Grounds): void {
  const both = codes.flatMap((column, index) =>
    pattern.has[index] === true && other.has[index] === true ? [{ column, size: table.quasi[index]?.values.length ?? 0 }] : []
  )
  const rows = Int32Array.from([...pattern.groups, ...other.groups])
  const numbered = groupBy(
    both.map(({ column, size }) => ({ codes: column, size })),
    rows
  )
  const theirs = sumBy(
    numbered,
    rows.map((group, index) => (index < pattern.groups.length ? 0 : (sizes[group] as number)))
  )
  for (let index = 0; index < alike.length; index += 1)
    alike[index] = (alike[index] as number) + (theirs[numbered.of[index] as number] as number)
}
