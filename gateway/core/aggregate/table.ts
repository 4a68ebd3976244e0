/**
 * The table behind the indicators: stays by year of discharge and sex, with their totals. Decides which cells there are and what is in them. Nothing in
 * it is fit to leave: see suppress.ts.
 */
import type { Contribution } from './contribution.ts'

/** The name of a total. */
export const ALL = '*'

/** What a subject adds to a cell, or all of them. */
export interface Part {
  stays: number
  readmitted: number
  days: number
}

export interface Cell extends Part {
  readonly year: string
  readonly sex: string
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
export function cellsOf(year: string, sex: string): string[] {
  return [cellName(year, sex), cellName(year, ALL), cellName(ALL, sex), cellName(ALL, ALL)]
}

/** Every cell the subject counts in, and what it adds there. */
export function partsOf({ sex, stays }: Contribution): Map<string, Part> {
  const parts = new Map<string, Part>()
  for (const stay of stays) {
    for (const name of cellsOf(stay.year, sex)) {
      const part = parts.get(name) ?? { stays: 0, readmitted: 0, days: 0 }
      part.stays += 1
      part.readmitted += stay.readmitted ? 1 : 0
      part.days += stay.days
      parts.set(name, part)
    }
  }
  return parts
}

/** `before`: subjects of earlier releases, whose cells stand here, too, though they be empty now. */
export function tableOf(subjects: readonly Contribution[], before: readonly Contribution[] = []): Table {
  const counted = [...subjects, ...before].filter(({ stays }) => stays.length > 0)
  const years = [...new Set(counted.flatMap(({ stays }) => stays.map(({ year }) => year)))].sort()
  const sexes = [...new Set(counted.map(({ sex }) => sex))].sort()
  const cells = new Map<string, Cell>()
  for (const year of [...years, ALL]) {
    for (const sex of [...sexes, ALL]) cells.set(cellName(year, sex), { year, sex, stays: 0, readmitted: 0, days: 0, largest: [0, 0] })
  }
  for (const subject of subjects) for (const [name, part] of partsOf(subject)) addPart(cells.get(name), part)
  return { years, sexes, cells: [...cells.values()] }
}

function addPart(cell: Cell | undefined, part: Part): void {
  if (cell === undefined) return
  cell.stays += part.stays
  cell.readmitted += part.readmitted
  cell.days += part.days
  const { largest } = cell
  if (part.days > largest[0]) largest.splice(0, 2, part.days, largest[0])
  else if (part.days > largest[1]) largest[1] = part.days
}
