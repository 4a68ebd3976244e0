/**
 * Dates of a text moved to another day, in the form they were written in. Refuses (null) whatever is not one whole date, or a range of two: what were kept of
 * it would stand unmoved beside what was moved, and tell by how much. Refuses days and ranges that everybody knows (New Year, whole months), for moved they
 * tell it, too. The time of day is covered: it is local, and beside a moment of the record in UTC tells summer from winter.
 */
import { dayNumber, dayText } from '../../deidentify/values/dates.ts'
import { DATE_FORMS, type Day, pad, type Written } from './date-forms.ts'

/** Days that are known without being told, of every year and of one. */
const EVERYBODY_KNOWS = /-(?:01-01|07-04|12-25|12-31)$|^2001-09-11$/

/** What may follow a date and tells nothing. */
const NOTHING = /^[^\p{L}\p{N}]*$/u
/** A time of day, but for what may be a year. */
const CLOCK =
  /^[t\s,]{1,3}(?:at\s|@\s?|(?!(?:19|20)\d\d(?!\d)))\d{1,2}:?\d\d(?:[:.]\d\d)?(?:\.\d{1,6})?(?:\s?[ap]\.?m\b\.?)?(?:\s?(?:hours?|hrs?|h)\b)?(?:\s?\(?[a-z]{1,4}\)?|\s?[+-]\d\d:?\d\d)?[^\p{L}\p{N}]*$/iu
const LINK = /^\s?(?:-|to|through|thru|until|till)\s?/i

/** From a day to the day that stands in its place, both since 1970-01-01; null where none may. */
export type MoveDay = (day: number) => number | null

/** `text`: folded, as it was found. */
export function shiftedText(text: string, move: MoveDay): string | null {
  for (const form of DATE_FORMS) {
    const date = form(text)
    const made = date === null ? null : shifted(date, text, move)
    if (made !== null) return made
  }
  return null
}

function shifted(date: Written, text: string, move: MoveDay): string | null {
  const made = moved(date, move)
  const rest = text.slice(date.length)
  if (made === null || NOTHING.test(rest)) return made === null ? null : made + rest
  if (CLOCK.test(rest)) return `${made} [TIME]`
  const [link] = LINK.exec(rest) ?? []
  const other = link === undefined ? null : secondOf(date, rest.slice(link.length), move)
  return other === null ? null : `${made}${link}${other}`
}

/** The second of a range; null where the range is one that is known, such as a month. */
function secondOf(first: Written, text: string, move: MoveDay): string | null {
  for (const form of DATE_FORMS) {
    const last = form(text)
    if (last === null || !NOTHING.test(text.slice(last.length))) continue
    if (!(first.hasYear && last.hasYear) || isWholeMonths(first, last)) return null
    const made = moved(last, move)
    return made === null ? null : made + text.slice(last.length)
  }
  return null
}

/** From the first of a month to the last of one: a month, a quarter, a benefit year. */
function isWholeMonths({ from, hasDay }: Written, { from: to }: Written): boolean {
  return !hasDay || (from.day === 1 && textOf({ ...to, day: to.day + 1 }) === null)
}

/** Null where the calendar has no such day. */
function textOf({ year, month, day }: Day): string | null {
  const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return dayNumber(text) === null ? null : text
}

function moved({ from, write }: Written, move: MoveDay): string | null {
  const text = textOf(from)
  const number = text === null || EVERYBODY_KNOWS.test(text) ? null : dayNumber(text)
  const other = number === null ? null : move(number)
  if (other === null) return null
  const [year = 0, month = 0, day = 0] = dayText(other).split('-').map(Number)
  return write({ year, month, day })
}
