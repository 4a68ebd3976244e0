/**
 * Dates of a text moved to another day, in the form they were written in. Refuses (null) what is no one day (a weekday, a holiday, a season), and a day that
 * may not be moved.
 */
import { dayNumber, dayText } from '../../deidentify/values/dates.ts'

const NAMES = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december']
/** Where no year is written: one without a leap day. */
const ANY_YEAR = 2001
/** Where no day is written. */
const MIDDLE = 15

const ISO = /^(\d{4})(\s?[-/.]\s?)(\d{1,2})\2(\d{1,2})(?!\d)/
const NUMERIC = /^(\d{1,2})(\s?[-/.]\s?)(\d{1,2})(?:\2(\d{4}|\d{2})(?!\d))?/
const NAMED =
  /^([a-z]{3,9}\.?)(,?[\s/-]{1,3}(?:the\s)?)(\d{1,2})(?!\d)(\s?(?:st|nd|rd|th)\b)?(?:(\s?,?\s{0,3}(?:of\s|in\s)?|[-/])(\d{4}|'\d{2}))?/i
const DAY_FIRST =
  /^(\d{1,2})(\s?(?:st|nd|rd|th))?(?:\s?day)?([\s-]{0,2}(?:of\s)?)([a-z]{3,9}\.?)(?:([\s,/-]{0,3}(?:of\s)?)(\d{4}|'?\d{2}))?(?!\d)/i
const MONTH_YEAR = /^([a-z]{3,9}\.?)([\s,/-]{1,3}(?:of\s)?)(\d{4}|'\d{2})/i
const NUMBER_YEAR = /^(\d{1,2})(\s?\/\s?)(\d{4})(?!\d)/
/** Behind a time: a zone that tells summer from winter, and so about how far the day was moved. */
const ZONE = /(:\d\d(?:\.\d{1,6})?)\s?(?:[ecmp][sd]t|[+-]\d\d:?\d\d)$/i

interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** From a day to the day that stands in its place, both since 1970-01-01; null where none may. */
export type MoveDay = (day: number) => number | null

/** `text`: folded, as it was found. */
export function shiftedText(text: string, move: MoveDay): string | null {
  for (const form of FORMS) {
    const made = form(text, move)
    if (made !== null) return made.replace(ZONE, '$1')
  }
  return null
}

const FORMS: readonly ((text: string, move: MoveDay) => string | null)[] = [iso, numberYear, numeric, named, dayFirst, monthYear]

function moved(year: number, month: number, day: number, move: MoveDay): Day | null {
  const number = dayNumber(`${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`)
  const other = number === null ? null : move(number)
  if (other === null) return null
  const [to = 0, at = 0, on = 0] = dayText(other).split('-').map(Number)
  return { year: to, month: at, day: on }
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0')
}

/** A number as wide as it was written; beside one of two digits a single one would have had a nought. */
function as(like: string, number: number, beside = '1'): string {
  return like.startsWith('0') || (like.length === 2 && beside.length === 2) ? pad(number, like.length) : String(number)
}

/** The year of "21", "'21", "2021". */
function yearOf(text: string | undefined): number {
  if (text === undefined) return ANY_YEAR
  const number = Number(text.replace("'", ''))
  if (number > 99) return number
  return number < 50 ? 2000 + number : 1900 + number
}

function yearAs(like: string | undefined, year: number): string {
  if (like === undefined) return ''
  return like.length === 4 ? pad(year, 4) : `${like.startsWith("'") ? "'" : ''}${pad(year % 100, 2)}`
}

function monthOf(text: string): number {
  const bare = text.replace('.', '').toLowerCase()
  return NAMES.findIndex((name) => name.startsWith(bare) || (bare === 'sept' && name === 'september')) + 1
}

function monthAs(like: string, month: number): string {
  const name = NAMES[month - 1] ?? ''
  const bare = like.replace('.', '')
  const cut = bare.length <= 4 && monthOf(like) !== 5 ? name.slice(0, 3) : name
  const stop = like.endsWith('.') && cut.length < name.length ? '.' : ''
  if (bare === bare.toUpperCase()) return cut.toUpperCase() + stop
  return (bare === bare.toLowerCase() ? cut : cut.charAt(0).toUpperCase() + cut.slice(1)) + stop
}

function suffix(like: string | undefined, day: number): string {
  if (like === undefined) return ''
  const ending = day > 10 && day < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th')
  return like.replace(/[a-z]+/i, ending)
}

function iso(text: string, move: MoveDay): string | null {
  const [all, year = '', mark = '', month = '', day = ''] = ISO.exec(text) ?? []
  const to = all === undefined ? null : moved(Number(year), Number(month), Number(day), move)
  return to === null || all === undefined
    ? null
    : pad(to.year, 4) + mark + as(month, to.month, day) + mark + as(day, to.day, month) + text.slice(all.length)
}

function numeric(text: string, move: MoveDay): string | null {
  const [all, one = '', mark = '', two = '', year] = NUMERIC.exec(text) ?? []
  if (all === undefined) return null
  // the American order, unless it cannot be
  const dayFirstly = Number(one) > 12
  const to = moved(yearOf(year), Number(dayFirstly ? two : one), Number(dayFirstly ? one : two), move)
  if (to === null) return null
  const [first, second] = dayFirstly ? [to.day, to.month] : [to.month, to.day]
  return (
    as(one, first, two) + mark + as(two, second, one) + (year === undefined ? '' : mark + yearAs(year, to.year)) + text.slice(all.length)
  )
}

function named(text: string, move: MoveDay): string | null {
  const [all, month = '', gap = '', day = '', ordinal, between = '', year] = NAMED.exec(text) ?? []
  const to = all === undefined ? null : moved(yearOf(year), monthOf(month), Number(day), move)
  if (to === null || all === undefined) return null
  return (
    monthAs(month, to.month) + gap + as(day, to.day) + suffix(ordinal, to.day) + between + yearAs(year, to.year) + text.slice(all.length)
  )
}

function dayFirst(text: string, move: MoveDay): string | null {
  const [all, day = '', ordinal, gap = '', month = '', between = '', year] = DAY_FIRST.exec(text) ?? []
  const to = all === undefined ? null : moved(yearOf(year), monthOf(month), Number(day), move)
  if (to === null || all === undefined) return null
  return (
    as(day, to.day) + suffix(ordinal, to.day) + gap + monthAs(month, to.month) + between + yearAs(year, to.year) + text.slice(all.length)
  )
}

function monthYear(text: string, move: MoveDay): string | null {
  const [all, month = '', gap = '', year = ''] = MONTH_YEAR.exec(text) ?? []
  const to = all === undefined ? null : moved(yearOf(year), monthOf(month), MIDDLE, move)
  return to === null || all === undefined ? null : monthAs(month, to.month) + gap + yearAs(year, to.year) + text.slice(all.length)
}

function numberYear(text: string, move: MoveDay): string | null {
  const [all, month = '', mark = '', year = ''] = NUMBER_YEAR.exec(text) ?? []
  const to = all === undefined ? null : moved(Number(year), Number(month), MIDDLE, move)
  return to === null || all === undefined ? null : as(month, to.month) + mark + pad(to.year, 4) + text.slice(all.length)
}
