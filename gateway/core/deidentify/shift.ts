/**
 * Dates moved back by the subject's own number of days: every interval survives to the second, for only the calendar day changes, never the time of day
 * or the zone. Refuses a date that would tell the number: one that stands in many records alike, whoever they are about, can be recognised when moved.
 */
import type { Context } from './context.ts'
import { type DateType, dayNumber, dayText, tailOf } from './dates.ts'
import type { Value } from './values.ts'

export type ShiftVerb = (value: Value, context: Context, type: DateType) => Value

/**
 * What systems write where no date is known: their first day (SQL Server, OLE, MUMPS, Unix, also seen from zones in the west, Mac, DOS) or last one.
 * Years far off are refused anyway.
 */
const PLACEHOLDERS: ReadonlySet<number | null> = new Set(
  [
    '1858-11-17',
    '1899-12-30',
    '1899-12-31',
    '1900-01-01',
    '1901-01-01',
    '1904-01-01',
    '1969-12-31',
    '1970-01-01',
    '1980-01-01',
    '2038-01-18',
    '2038-01-19',
    '2049-12-31',
    '2050-12-31'
  ].map(dayNumber)
)
/** Nobody has records from before; a date further ahead than this many years of 365.25 days means "no end". */
const EARLIEST = dayNumber('1850') ?? 0
const NEVER_DAYS = 50 * 365.25
/** Texts remembered: three centuries of days. */
const MEMORY = 110_000
const YEAR = 4
const DAY = 10

export function createShift(): ShiftVerb {
  const texts = new Map<number, string>()
  const textOf = (day: number): string => {
    const found = texts.get(day)
    if (found !== undefined) return found
    const made = dayText(day)
    if (texts.size < MEMORY) texts.set(day, made)
    return made
  }
  return (value, context, type) => {
    if (typeof value !== 'string' || context.shiftDays === null) return undefined
    const day = dayNumber(value)
    const tail = tailOf(value, type)
    if (day === null || tail === null || isTelling(day, value.length, context.today)) return undefined
    const moved = textOf(day - context.shiftDays)
    // 45 CFR 164.514(b)(2)(i)(C), asked of both: neither may show an age over 89
    if (moved < context.minYear || value.slice(0, YEAR) > context.maxYear) return undefined
    return (value.length < DAY ? moved.slice(0, value.length) : moved) + tail
  }
}

/** `today`: the day of the release, which the recipient knows. A year alone is always moved by one, and tells nothing. */
function isTelling(day: number, length: number, today: number): boolean {
  if (day < EARLIEST || day > today + NEVER_DAYS) return true
  return length > YEAR && (PLACEHOLDERS.has(day) || day === today)
}

/**
 * The end of a shifted period: a year or month that was moved may seem to lie before its start, and is then as late as the start (R4 per-1). Ends with a day
 * were moved as their start was, and texts of two zones do not compare.
 */
export function endAfter(start: Value, end: Value): Value {
  if (typeof start !== 'string' || typeof end !== 'string' || end.length >= Math.min(start.length, DAY)) return end
  const least = start.slice(0, end.length)
  return end < least ? least : end
}
