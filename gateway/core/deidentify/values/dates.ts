/**
 * FHIR's dates, times and instants as text (R4 datatypes: date, dateTime, instant, time). Decides which are well formed: a day the calendar has, a time
 * of day with seconds and zone. Refuses everything else. Fractions of a second end at three digits, for a longer one can hold the number of a person.
 */
import type { Value } from './values.ts'

export type DateType = 'date' | 'dateTime' | 'instant'

const TIME_OF_DAY = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?'
const TIME = new RegExp(`^${TIME_OF_DAY}$`)
/** What follows the day. */
const TAIL = new RegExp(`^T${TIME_OF_DAY}(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))$`)
const HYPHEN = 45
/** Length of a date with day, with month, with neither. */
const DAY = 10
const MONTH = 7
const YEAR = 4
const DAY_MS = 86_400_000

/** Days since 1970-01-01 of the day a text begins with (of a partial date its first day); null when the calendar has no such day. */
export function dayNumber(text: string): number | null {
  const year = digits(text, 0, YEAR)
  if (year < 1) return null
  if (text.length === YEAR) return civilDay(year, 1, 1)
  const month = text.charCodeAt(YEAR) === HYPHEN ? digits(text, 5, MONTH) : 0
  if (month < 1 || month > 12) return null
  if (text.length === MONTH) return civilDay(year, month, 1)
  const day = text.charCodeAt(MONTH) === HYPHEN ? digits(text, 8, DAY) : 0
  return day < 1 || day > daysIn(year, month) ? null : civilDay(year, month, day)
}

/** What follows the day of a well-formed text ('' where it ends there), its fraction cut; null when the text is not of the type. */
export function tailOf(text: string, type: DateType): string | null {
  if (text.length <= DAY) return type === 'instant' ? null : ''
  if (type === 'date') return null
  const tail = text.slice(DAY)
  return TAIL.test(tail) ? cut(tail) : null
}

/** The text where it is well formed; undefined else. */
export function wellFormed(value: Value, type: DateType): Value {
  if (typeof value !== 'string' || dayNumber(value) === null) return undefined
  const tail = tailOf(value, type)
  if (tail === null) return undefined
  return tail.length + DAY < value.length ? value.slice(0, DAY) + tail : value
}

export function wellFormedTime(value: Value): Value {
  return typeof value === 'string' && TIME.test(value) ? cut(value) : undefined
}

/** `YYYY-MM-DD` of a day number; of years up to 9999. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, DAY)
}

/** Counted four centuries later, for Date.UTC takes years below 100 for those of another century; the calendar repeats after 146,097 days. */
function civilDay(year: number, month: number, day: number): number {
  return Date.UTC(year + 400, month - 1, day) / DAY_MS - 146_097
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The number the digits of a text make; -1 where there is another character. */
function digits(text: string, from: number, to: number): number {
  let number = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return -1
    number = number * 10 + digit
  }
  return number
}

/** A fraction of more than three digits keeps three. */
function cut(text: string): string {
  const point = text.indexOf('.')
  return point < 0 ? text : text.replace(/(\.\d{3})\d+/, '$1')
}
