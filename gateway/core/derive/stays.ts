/**
 * Inpatient stays of one subject: how long each was, and how soon another followed. A stay is an Encounter of an inpatient class with a first and a
 * last day that took place; a stay that begins before another ends is a transfer of it, not a readmission.
 */
import type { Resource } from '../fhir/resource.ts'
import { dayNumber, dayOf } from './calendar.ts'

/** Facts about the stay of one record, by its place in the list given. */
export interface Stay {
  readonly index: number
  readonly days: number
  /** Whole days from discharge to the next admission; null when none is known. */
  readonly next: number | null
  /** The admission that followed lies in a later calendar year than the discharge. */
  readonly nextInLaterYear: boolean
}

/** A stay seen alone: days since 1970, years. */
export interface Span {
  readonly index: number
  readonly from: number
  readonly to: number
  readonly admitted: number
  readonly discharged: number
}

/** A stay of so many days or more is told as that. */
export const LONG_STAY = 365

/** Did another admission follow within 30 days of discharge? What is not known counts as no. */
export function isReadmitted({ next }: Stay): boolean {
  return next !== null && next <= 30
}

/** v3 ActCode: inpatient, acute, non-acute, short stay. */
const INPATIENT: ReadonlySet<unknown> = new Set(['IMP', 'ACUTE', 'NONAC', 'SS'])
const TOOK_PLACE: ReadonlySet<unknown> = new Set(['finished', 'in-progress', 'onleave'])

export function staysOf(records: readonly Resource[]): Stay[] {
  return staysAmong(records.map(spanOf).filter((span) => span !== null))
}

export function staysAmong(given: readonly Span[]): Stay[] {
  const spans = given.toSorted((a, b) => a.from - b.from || a.to - b.to || a.index - b.index)
  return spans.map((span, at) => {
    const next = nextAdmission(spans, at)
    return {
      index: span.index,
      days: span.to - span.from,
      next: next === null ? null : next.from - span.to,
      nextInLaterYear: next !== null && next.admitted > span.discharged
    }
  })
}

/** null where the record is no stay. */
export function spanOf(record: Resource, index: number): Span | null {
  if (record.resourceType !== 'Encounter' || !TOOK_PLACE.has(record['status'])) return null
  const kind = record['class']
  if (typeof kind !== 'object' || kind === null || Array.isArray(kind) || !INPATIENT.has(kind['code'])) return null
  const period = record['period']
  if (typeof period !== 'object' || period === null || Array.isArray(period)) return null
  const from = dayOf(period['start'])
  const to = dayOf(period['end'])
  if (from === null || to === null) return null
  const span = { index, from: dayNumber(from), to: dayNumber(to), admitted: from.year, discharged: to.year }
  return span.to < span.from ? null : span
}

function nextAdmission(spans: readonly Span[], at: number): Span | null {
  const own = spans[at]
  if (own === undefined) return null
  for (let other = at + 1; other < spans.length; other++) {
    const span = spans[other]
    if (span !== undefined && span.from >= own.to && span.from > own.from) return span
  }
  return null
}
