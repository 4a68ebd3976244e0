/**
 * Dates moved back by the subject's own number of days. Moments are written in UTC, so that every interval survives to the second; the zone of a hospital
 * would tell whether it was summer. Refuses a date that would tell the number: one that stands in many records alike, whoever they are about, can be
 * recognised when moved; and a year alone, which always becomes the one before.
 */
import type { Context } from '../context.ts'
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
/** Length of a moment to the second, without its zone. */
const SECOND = 19
const MINUTES = 1440

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
    if (typeof value !== 'string' || context.shiftDays === null || value.length < DAY) return undefined
    const day = dayNumber(value)
    const tail = tailOf(value, type)
    if (day === null || tail === null) return undefined
    const minutes = tail === '' ? 0 : minutesInUtc(tail)
    const utcDay = day + Math.floor(minutes / MINUTES)
    if (isEitherTelling(day, utcDay, context.today)) return undefined
    const moved = textOf(utcDay - context.shiftDays)
    // 45 CFR 164.514(b)(2)(i)(C), asked of both: neither may show an age over 89
    if (moved < context.minYear || value.slice(0, YEAR) > context.maxYear) return undefined
    return tail === '' ? moved : moved + inUtc(tail, minutes)
  }
}

/** The day as it is written, and in UTC. */
function isEitherTelling(day: number, utcDay: number, today: number): boolean {
  return isTelling(day, today) || isTelling(utcDay, today)
}

/** Would the day tell, when moved, by how much? `today`: the day of the release, which the recipient knows. Days since 1970-01-01. */
export function isTelling(day: number, today: number): boolean {
  return day < EARLIEST || day > today + NEVER_DAYS || PLACEHOLDERS.has(day) || day === today
}

/** Minutes from the midnight of the day it is written with to what follows that day, both as in UTC: below none and above 1,440 for other zones. */
function minutesInUtc(tail: string): number {
  const clock = minutesOf(tail.slice(1, 6))
  if (tail.endsWith('Z')) return clock
  const offset = minutesOf(tail.slice(-5))
  return tail.at(-6) === '-' ? clock + offset : clock - offset
}

/** `hh:mm`. */
function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
}

/** What follows the day, its hour and minute in UTC. Every zone is of whole minutes: the seconds stay as they are. */
function inUtc(tail: string, minutes: number): string {
  if (tail.endsWith('Z')) return tail
  const time = (minutes + MINUTES) % MINUTES
  return `T${twoDigits(Math.floor(time / 60))}:${twoDigits(time % 60)}${tail.slice(6, -6)}Z`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

/**
 * The end of a period whose dates were moved or shortened: days and moments, and years of two zones, may seem to lie in another order than they do. Compared
 * as far as both are written, an end that seems to be before its start is as late as the start (R4 per-1).
 */
export function endAfter(start: Value, end: Value): Value {
  if (typeof start !== 'string' || typeof end !== 'string') return end
  const length = Math.min(withoutZone(start), withoutZone(end))
  const least = start.slice(0, length)
  if (end.slice(0, length) >= least) return end
  return length < SECOND ? least : `${least}Z`
}

function withoutZone(text: string): number {
  return text.endsWith('Z') ? text.length - 1 : Math.min(text.length, SECOND)
}
