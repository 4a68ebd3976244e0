/**
 * What is counted of the records of a submission, bucket by bucket: plain numbers that add up in any order. Holds no value of a record; names of shared
 * records (organizations, practitioners) stand in it as digests until all buckets are in.
 */

import { addNames, type Names, noNames } from './names.ts'
import { RULES } from './plausibility.ts'

export interface Tally {
  /** records that count: of copies the last one */
  records: number
  /** copies that came under the identity of another of the same submission */
  again: number
  /** records whose content another of the same patient has, under another id */
  same: number
  /** per required element: records of its type, and those in which it is */
  readonly elements: [of: number, there: number][]
  /** events by whole days to their arrival */
  readonly days: Record<string, number>
  readonly references: { resolved: number; missing: number; conditional: number; readonly outside: Names }
  readonly plausible: { looked: number; broken: number; readonly rules: number[] }
}

/** Events that took longer count as this many days: ten years. */
export const MOST_DAYS = 3653

/** `elements`: how many the agreement requires. */
export function newTally(elements: number): Tally {
  return {
    records: 0,
    again: 0,
    same: 0,
    elements: Array.from({ length: elements }, () => [0, 0]),
    days: {},
    references: { resolved: 0, missing: 0, conditional: 0, outside: noNames() },
    plausible: { looked: 0, broken: 0, rules: RULES.map(() => 0) }
  }
}

/** Adds `more` to `tally`. Of other requirements nothing can be added: they are of another agreement. */
export function addTally(tally: Tally, more: Tally): void {
  tally.records += more.records
  tally.again += more.again
  tally.same += more.same
  for (const [n, pair] of tally.elements.entries()) {
    pair[0] += more.elements[n]?.[0] ?? 0
    pair[1] += more.elements[n]?.[1] ?? 0
  }
  for (const [day, times] of Object.entries(more.days)) tally.days[day] = (tally.days[day] ?? 0) + times
  tally.references.resolved += more.references.resolved
  tally.references.missing += more.references.missing
  tally.references.conditional += more.references.conditional
  addNames(tally.references.outside, more.references.outside)
  tally.plausible.looked += more.plausible.looked
  tally.plausible.broken += more.plausible.broken
  for (const n of tally.plausible.rules.keys()) tally.plausible.rules[n] = (tally.plausible.rules[n] ?? 0) + (more.plausible.rules[n] ?? 0)
}

/** Counts an event; what is dated after its arrival took no day. */
export function addDay(tally: Tally, days: number): void {
  const day = Math.min(Math.max(days, 0), MOST_DAYS)
  tally.days[day] = (tally.days[day] ?? 0) + 1
}
