/**
 * Which cells may be published. Hidden first: cells with few subjects, cells whose numerator or the rest of whose denominator is of few subjects, means
 * that one subject makes, and cells that differ by few subjects from what an earlier release told; then as many more as it takes that none of those can
 * be computed. Few is 1 to `floor` - 1 (CMS Cell Size Suppression Policy: 1 to 10). Decides for the dataset as a whole, both indicators together,
 * because they count the same stays.
 */
import type { Change } from './compare.ts'
import { type Layer, protect } from './protect.ts'
import { type Cell, cellName, type Table } from './table.ts'

/** By place in the table's cells. What hides the stays of a cell hides its numerator, too. */
export interface Hidden {
  /** number of stays and mean */
  readonly stays: readonly boolean[]
  /** number of readmissions and their share */
  readonly readmitted: readonly boolean[]
}

/** p % rule: nobody may know the largest share of a mean to within 10 % by subtracting its own (UNECE, Managing Statistical Confidentiality). */
const DOMINANCE = 0.1

/**
 * `changes`: against each earlier release, cells it told and by how many subjects they have changed since.
 *
 * Why it holds. Let f be any sum of stays by year, sex and outcome that the published cells determine, with a number of few subjects in it. Moving amounts
 * around a closed walk of hidden cells leaves f as it is; protect() found walks that add to that number what it lacks to `floor`, so the rest of f loses as
 * much, and loses nowhere more than the subjects who stand in there (table.ts): f is of `floor` different subjects at least.
 */
export function suppress(table: Table, floor: number, changes: readonly ReadonlyMap<string, Change>[]): Hidden {
  const few = (subjects: number): boolean => subjects > 0 && subjects < floor
  const changed = (cell: Cell, what: keyof Change): boolean =>
    changes.some((change) => few(change.get(cellName(cell.year, cell.sex))?.[what] ?? 0))
  const needs = (subjects: number, own: number, isOpen: boolean): number => (isOpen ? floor : few(subjects) ? Math.max(1, floor - own) : 0)
  const { cells } = table
  const stays = cells.map((cell) => needs(cell.subjects, cell.own.other, isDominated(cell) || changed(cell, 'stays')))
  const readmitted = cells.map((cell) => needs(cell.withReadmission, cell.own.readmitted, changed(cell, 'readmitted')))
  const others = cells.map((cell, n) => (stays[n] === 0 ? needs(cell.without, cell.own.other, changed(cell, 'other')) : 0))

  const ofStays = layerOf(
    table,
    stays.map((need) => need > 0),
    () => Number.POSITIVE_INFINITY,
    ({ own }) => own.other
  )
  protectAll(ofStays, stays, 1)
  const ofReadmitted = layerOf(
    table,
    cells.map((_, n) => ofStays.hidden[n] === true || readmitted[n] !== 0 || others[n] !== 0),
    ({ own }) => own.other,
    ({ own }) => own.readmitted
  )
  protectAll(ofReadmitted, readmitted, 1)
  protectAll(ofReadmitted, others, -1)
  return { stays: ofStays.hidden, readmitted: ofReadmitted.hidden }
}

function isDominated({ days, largest: [first, second] }: Cell): boolean {
  return days - first - second < DOMINANCE * first
}

/** Where no choice of cells is enough, all are hidden. */
function protectAll(layer: Layer, needs: readonly number[], direction: 1 | -1): void {
  const isProtected = needs.every((need, cell) => need === 0 || protect(layer, cell, direction, need))
  if (!isProtected) layer.present.forEach((is, cell) => (layer.hidden[cell] = is))
}

function layerOf(table: Table, hidden: boolean[], up: (cell: Cell) => number, down: (cell: Cell) => number): Layer {
  const { years, sexes, cells } = table
  return {
    rows: years.length + 1,
    columns: sexes.length + 1,
    present: cells.map((cell) => cell.stays > 0),
    hidden,
    up: cells.map(up),
    down: cells.map(down),
    cost: cells.map((cell) => cell.stays)
  }
}
