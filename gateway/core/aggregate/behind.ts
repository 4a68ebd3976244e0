/**
 * How many different subjects stand behind each number of a release, and behind the difference to what an earlier release told: laid side by side, two
 * releases tell of those who came, left or changed in between. Decides nothing; suppress.ts hides what few stand behind.
 */
import type { Contribution } from './contribution.ts'
import { ALL, cellsOf, type Part, partsOf } from './table.ts'

/** Of one cell: different subjects who add to (or change) its stays, their days, its readmissions, its stays without one. */
export interface Behind {
  stays: number
  days: number
  readmitted: number
  other: number
  /**
   * Each subject stands in once in the whole table, in one stay and the totals of that: so behind any cells together there are at least as many
   * different subjects as these add up to.
   */
  readonly standIns: { readmitted: number; other: number }
}

/** A release as it is remembered: who was in it with what, and the names of the cells it told. */
export interface Told {
  readonly subjects: readonly Contribution[]
  readonly stays: readonly string[]
  readonly readmitted: readonly string[]
}

/** By the name of the cell: those whose part is another in `now` than in `before`. */
export function behind(now: readonly Contribution[], before: readonly Contribution[] = []): Map<string, Behind> {
  const cells = new Map<string, Behind>()
  const earlier = new Map(before.map((subject) => [subject.key, subject]))
  for (const subject of now) {
    addDifference(cells, partsIn(earlier.get(subject.key)), partsOf(subject))
    earlier.delete(subject.key)
  }
  for (const subject of earlier.values()) addDifference(cells, partsOf(subject), new Map())
  return cells
}

/**
 * The same against a release of before. A number has something to be compared with when one told then was of it or of more; that there was no stay at
 * all was told, too.
 */
export function behindDifference(now: readonly Contribution[], told: Told): Map<string, Behind> {
  const cells = behind(now, told.subjects)
  const there = behind(told.subjects)
  const [stays, readmitted] = [new Set(told.stays), new Set(told.readmitted)]
  for (const [name, cell] of cells) {
    if (!there.has(name)) continue
    const wider = name.includes(ALL) ? [name] : cellsOf(...(name.split(' ') as [string, string])) // as cellName wrote it
    if (!wider.some((other) => stays.has(other))) Object.assign(cell, { stays: 0, days: 0 })
    if (!wider.some((other) => readmitted.has(other))) Object.assign(cell, { readmitted: 0, other: 0 })
  }
  return cells
}

function partsIn(subject: Contribution | undefined): Map<string, Part> {
  return subject === undefined ? new Map() : partsOf(subject)
}

const NOTHING: Part = { stays: 0, readmitted: 0, days: 0 }

function addDifference(cells: Map<string, Behind>, before: ReadonlyMap<string, Part>, now: ReadonlyMap<string, Part>): void {
  const differing = [...new Set([...before.keys(), ...now.keys()])].map((name) => {
    const [a, b] = [before.get(name) ?? NOTHING, now.get(name) ?? NOTHING]
    const other = a.stays - a.readmitted !== b.stays - b.readmitted
    return { name, stays: a.stays !== b.stays, days: a.days !== b.days, readmitted: a.readmitted !== b.readmitted, other }
  })
  for (const { name, stays, days, readmitted, other } of differing) {
    const cell = cells.get(name) ?? { stays: 0, days: 0, readmitted: 0, other: 0, standIns: { readmitted: 0, other: 0 } }
    cells.set(name, cell)
    cell.stays += stays ? 1 : 0
    cell.days += days ? 1 : 0
    cell.readmitted += readmitted ? 1 : 0
    cell.other += other ? 1 : 0
  }
  const own = differing.filter(({ name }) => !name.includes(ALL))
  // readmissions are few: whoever has one stands in there
  const place = own.find(({ readmitted }) => readmitted) ?? own.find(({ other }) => other)
  if (place !== undefined) standIn(cells, place.name, place.readmitted ? 'readmitted' : 'other')
}

function standIn(cells: ReadonlyMap<string, Behind>, name: string, as: keyof Behind['standIns']): void {
  const [year = '', sex = ''] = name.split(' ')
  for (const of of cellsOf(year, sex)) {
    const cell = cells.get(of)
    if (cell !== undefined) cell.standIns[as] += 1
  }
}
