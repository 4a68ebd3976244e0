/**
 * The table behind the indicators: stays by year of discharge and sex, with their totals. Decides which cells there are and how many different
 * subjects stand behind each number. Nothing in it is fit to leave: see suppress.ts.
 */
import type { Contribution } from './contribution.ts'

/** The name of a total. */
export const ALL = '*'

/** What a subject adds to a cell. */
export interface Part {
  stays: number
  readmitted: number
  days: number
}

export interface Cell extends Part {
  readonly year: string
  readonly sex: string
  /** different subjects: with a stay, with one that was followed by a readmission, with one that was not */
  subjects: number
  withReadmission: number
  without: number
  /**
   * Every subject stands in for itself once in the whole table, in one of its stays and in the totals of that: so in any cells together there are at
   * least as many different subjects as these add up to.
   */
  readonly own: { readmitted: number; other: number }
  /** the most days one subject has here, and the next most */
  readonly largest: [number, number]
}

/** Row by row, a row a year; the last row and the last column are totals. */
export interface Table {
  readonly years: readonly string[]
  readonly sexes: readonly string[]
  readonly cells: readonly Cell[]
}

export function cellName(year: string, sex: string): string {
  return `${year} ${sex}`
}

/** The four cells a stay counts in: its own and three totals. */
function namesFor(year: string, sex: string): string[] {
  return [cellName(year, sex), cellName(year, ALL), cellName(ALL, sex), cellName(ALL, ALL)]
}

/** Every cell the subject counts in, and what it adds there. */
export function partsOf({ sex, stays }: Contribution): Map<string, Part> {
  const parts = new Map<string, Part>()
  for (const stay of stays) {
    for (const name of namesFor(stay.year, sex)) {
      const part = parts.get(name) ?? { stays: 0, readmitted: 0, days: 0 }
      part.stays += 1
      part.readmitted += stay.readmitted ? 1 : 0
      part.days += stay.days
      parts.set(name, part)
    }
  }
  return parts
}

export function tableOf(subjects: readonly Contribution[]): Table {
  const years = [...new Set(subjects.flatMap(({ stays }) => stays.map(({ year }) => year)))].sort()
  const sexes = [...new Set(subjects.filter(({ stays }) => stays.length > 0).map(({ sex }) => sex))].sort()
  const cells = new Map<string, Cell>()
  for (const year of [...years, ALL]) for (const sex of [...sexes, ALL]) cells.set(cellName(year, sex), emptyCell(year, sex))
  for (const subject of subjects) {
    for (const [name, part] of partsOf(subject)) addPart(cells.get(name), part)
    standIn(cells, subject)
  }
  return { years, sexes, cells: [...cells.values()] }
}

function emptyCell(year: string, sex: string): Cell {
  const own = { readmitted: 0, other: 0 }
  return { year, sex, stays: 0, readmitted: 0, days: 0, subjects: 0, withReadmission: 0, without: 0, own, largest: [0, 0] }
}

function addPart(cell: Cell | undefined, part: Part): void {
  if (cell === undefined) return
  cell.stays += part.stays
  cell.readmitted += part.readmitted
  cell.days += part.days
  cell.subjects += 1
  cell.withReadmission += part.readmitted > 0 ? 1 : 0
  cell.without += part.stays > part.readmitted ? 1 : 0
  const { largest } = cell
  if (part.days > largest[0]) largest.splice(0, 2, part.days, largest[0])
  else if (part.days > largest[1]) largest[1] = part.days
}

/** In a stay that was followed by a readmission, if there is one: those are few. */
function standIn(cells: ReadonlyMap<string, Cell>, { sex, stays }: Contribution): void {
  const stay = stays.find(({ readmitted }) => readmitted) ?? stays[0]
  if (stay === undefined) return
  for (const name of namesFor(stay.year, sex)) {
    const own = cells.get(name)?.own
    if (own === undefined) continue
    if (stay.readmitted) own.readmitted += 1
    else own.other += 1
  }
}
