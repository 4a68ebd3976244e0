/**
 * The groups of a table at given levels, made from those of lower levels already known wherever possible: joining groups is cheaper than grouping rows
 * again (rollup and snapshots: LeFevre et al. 2005, Kohlmayer et al. 2012). Decides only which snapshots to keep. Reads of typed arrays stay in bounds,
 * so casts of them are sound.
 */
import { type Cells, cellsOf } from '../measure/diversity.ts'
import { allRows, type Coded, groupBy, sumBy } from '../measure/group.ts'
import type { Table } from '../measure/table.ts'
import type { Ladder, Level } from './hierarchies.ts'

export interface Grouped {
  readonly levels: readonly number[]
  /** group → one combination of the table that is in it */
  readonly members: Int32Array
  /** group → rows */
  readonly sizes: Int32Array
  /** per sensitive column, made when first looked at; empty when they were not asked for */
  readonly cells: readonly Cells[]
}

export interface Rollup {
  at(levels: readonly number[]): Grouped
}

/** Snapshots kept beside the first hold this many numbers together at most, or so many times the groups of the first. */
const ROOM = 2_000_000
const TIMES = 4

/** `cells`: whether groups must know their sensitive values. */
export function createRollup(table: Table, ladders: readonly Ladder[], cells: 'sizes' | 'cells'): Rollup {
  const bottom = bottomOf(table, cells)
  const snapshots: { readonly grouped: Grouped; readonly room: number }[] = []
  const most = Math.max(ROOM, TIMES * bottom.sizes.length)
  let held = 0
  const keep = (grouped: Grouped, from: Grouped): void => {
    // cells not made yet hold on to what they are made of
    const room = grouped.sizes.length + (cells === 'cells' ? from.sizes.length : 0)
    snapshots.push({ grouped, room })
    held += room
    while (held > most) held -= snapshots.shift()?.room ?? held
  }
  return {
    at: (levels) => {
      const from = nearest(bottom, snapshots, levels)
      if (from.levels.every((level, index) => level === levels[index])) return from
      const grouped = climb(from, levels, table, ladders)
      // one hardly smaller than what it came from saves nothing
      if (grouped.sizes.length * 4 <= from.sizes.length * 3) keep(grouped, from)
      return grouped
    }
  }
}

/** Groups by the quasi-identifiers as they are: combinations that differ only in sensitive values are joined. */
export function bottomOf(table: Table, cells: 'sizes' | 'cells'): Grouped {
  const rows = allRows(table.weights.length)
  const numbered = groupBy(
    table.quasi.map(({ codes, values }) => ({ codes, size: values.length })),
    rows
  )
  const sizes = { levels: table.quasi.map(() => 0), members: numbered.first, sizes: sumBy(numbered, table.weights) }
  if (cells === 'sizes') return { ...sizes, cells: [] }
  return withCells(sizes, () => table.sensitive.map(({ codes }) => cellsOf(numbered.of, codes, table.weights)))
}

function nearest(bottom: Grouped, snapshots: readonly { readonly grouped: Grouped }[], levels: readonly number[]): Grouped {
  let best = bottom
  for (const { grouped } of snapshots)
    if (grouped.sizes.length < best.sizes.length && grouped.levels.every((level, index) => level <= (levels[index] as number)))
      best = grouped
  return best
}

function climb(from: Grouped, levels: readonly number[], { quasi }: Table, ladders: readonly Ladder[]): Grouped {
  const columns = quasi.map(({ codes }, index): Coded => {
    const level = ladders[index]?.levels[levels[index] ?? 0] as Level // a node's levels are those of the ladders
    return { codes, of: level.of, size: level.size }
  })
  const numbered = groupBy(columns, from.members)
  const sizes = { levels, members: through(from.members, numbered.first), sizes: sumBy(numbered, from.sizes) }
  return withCells(sizes, () => from.cells.map(({ group, code, weight }) => cellsOf(through(numbered.of, group), code, weight)))
}

/** Most nodes fail by the sizes of their groups alone: their cells are never made. */
function withCells(grouped: Omit<Grouped, 'cells'>, make: () => readonly Cells[]): Grouped {
  let waiting: (() => readonly Cells[]) | null = make
  let made: readonly Cells[] = []
  return {
    ...grouped,
    get cells() {
      if (waiting !== null) made = waiting()
      waiting = null
      return made
    }
  }
}

/** index → of[index], for each index of the list. */
function through(of: Int32Array, list: Int32Array): Int32Array {
  const out = new Int32Array(list.length)
  for (let at = 0; at < list.length; at += 1) out[at] = of[list[at] as number] as number
  return out
}
