/**
 * Which cells may be told. Hidden first: numbers few subjects stand behind, and those few make the rest of; means that one subject makes; numbers that
 * few have changed since an earlier release told them. Then as many more as it takes that none of those can be computed. Few is 1 to `floor` - 1 (CMS
 * Cell Size Suppression Policy: 1 to 10). Decides for both indicators together, because they count the same stays.
 */
import type { Behind } from './behind.ts'
import { type Layer, protect } from './protect.ts'
import { ALL, type Cell, cellName, type Table } from './table.ts'

/** By place in the table's cells. What hides the stays of a cell (and their mean) hides its readmissions, too. */
export interface Hidden {
  readonly stays: readonly boolean[]
  readonly readmitted: readonly boolean[]
}

/** p % rule: nobody may know the largest share of a mean to within 10 % by subtracting its own (UNECE, Managing Statistical Confidentiality). */
const DOMINANCE = 0.1

/** What must be hidden for one reason, by place in the cells: 0, or how many subjects must stand behind what can be computed with it. */
interface Needs {
  /** cells that hold stays, or held some when an earlier release told of them: an empty one of which nobody ever heard hides nothing */
  readonly present: readonly boolean[]
  readonly stays: readonly number[]
  readonly readmitted: readonly number[]
  readonly others: readonly number[]
  readonly standIns: readonly Behind['standIns'][]
}

/**
 * `behinds`: who stands behind the numbers of this release, then behind the differences to each earlier one.
 *
 * Why it holds. Let f be any sum of stays by year, sex and outcome that the told numbers determine, with a hidden number of few subjects in it. Moving
 * amounts around a closed walk of hidden cells leaves f as it is; protect() found walks that add to that number what it lacks to `floor`, so the rest of f
 * loses as much, and loses nowhere more than the subjects who stand in there: behind f are at least `floor` different subjects.
 */
export function suppress(table: Table, floor: number, behinds: readonly ReadonlyMap<string, Behind>[]): Hidden {
  const present = table.cells.map(({ year, sex }) => behinds.some((cells) => cells.has(cellName(year, sex))))
  const needs = behinds.map((cells) => ({ ...needsOf(table, floor, cells), present }))
  const dominated = table.cells.map((cell) => (isDominated(cell) ? floor : 0))
  const isHidden = (of: 'stays' | 'readmitted' | 'others', n: number): boolean => needs.some((need) => need[of][n] !== 0)

  const stays = table.cells.map((_, n) => isHidden('stays', n) || dominated[n] !== 0)
  for (const [n, need] of needs.entries()) {
    const layer = layerOf(table, stays, need, { up: null, down: 'other' })
    protectAll(need.stays, (cell, least) => protect(layer, cell, 1, least), layer)
    if (n === 0) protectAll(dominated, (cell, least) => protect(layer, cell, 1, least), layer)
  }
  const readmitted = table.cells.map((_, n) => stays[n] === true || isHidden('readmitted', n) || isHidden('others', n))
  for (const need of needs) {
    const layer = layerOf(table, readmitted, need, { up: 'other', down: 'readmitted' })
    // among cells whose stays are hidden, too, readmissions and others may each be moved without the other
    const within = (down: keyof Behind['standIns']): Layer => ({ ...layerOf(table, stays, need, { up: null, down }), present: stays })
    const [ofReadmitted, ofOthers] = [within('readmitted'), within('other')]
    protectAll(
      need.readmitted,
      (cell, least) => (stays[cell] === true && protect(ofReadmitted, cell, 1, least)) || protect(layer, cell, 1, least),
      layer
    )
    protectAll(
      need.others,
      (cell, least) => (stays[cell] === true && protect(ofOthers, cell, 1, least)) || protect(layer, cell, -1, least),
      layer
    )
  }
  return { stays, readmitted }
}

function needsOf({ cells }: Table, floor: number, behind: ReadonlyMap<string, Behind>): Omit<Needs, 'present'> {
  const lacks = (subjects: number, standIns: number): number => (subjects > 0 && subjects < floor ? Math.max(1, floor - standIns) : 0)
  const rows = cells.map((cell) => behind.get(cellName(cell.year, cell.sex)) ?? NOBODY)
  const stays = rows.map((row) => Math.max(lacks(row.stays, row.standIns.other), lacks(row.days, 0)))
  return {
    stays,
    readmitted: rows.map((row) => lacks(row.readmitted, row.standIns.readmitted)),
    // where the stays are of few, hiding them hides the others
    others: rows.map((row, n) => (stays[n] === 0 ? lacks(row.other, row.standIns.other) : 0)),
    standIns: rows.map((row) => row.standIns)
  }
}

const NOBODY: Behind = { stays: 0, days: 0, readmitted: 0, other: 0, standIns: { readmitted: 0, other: 0 } }

function isDominated({ days, largest: [first, second] }: Cell): boolean {
  return days - first - second < DOMINANCE * first
}

/** Where no choice of cells is enough, all are hidden. */
function protectAll(needs: readonly number[], isProtected: (cell: number, need: number) => boolean, { hidden, present }: Layer): void {
  if (!needs.every((need, cell) => need === 0 || isProtected(cell, need))) hidden.splice(0, hidden.length, ...present)
}

/** A total moves by what its cells do; a cell as far as subjects stand in there (null: without limit). */
function layerOf(
  { years, sexes, cells }: Table,
  hidden: boolean[],
  { standIns, present }: Needs,
  limit: { readonly up: keyof Behind['standIns'] | null; readonly down: keyof Behind['standIns'] }
): Layer {
  const limited = (by: keyof Behind['standIns'] | null): number[] =>
    cells.map((cell, n) => (by === null || cell.year === ALL || cell.sex === ALL ? Number.POSITIVE_INFINITY : (standIns[n]?.[by] ?? 0)))
  return {
    rows: years.length + 1,
    columns: sexes.length + 1,
    present,
    hidden,
    up: limited(limit.up),
    down: limited(limit.down),
    cost: cells.map((cell) => cell.stays)
  }
}
