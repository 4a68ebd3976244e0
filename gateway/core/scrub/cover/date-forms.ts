/**
 * The forms of a date that can be written anew with another day: numbers in each order, months by name. Decides by the form alone what day is meant (the
 * American order, unless it cannot be); a form that is none of these is no date here.
 */

const NAMES = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december']
/** Where no year is written: one without a leap day. */
const ANY_YEAR = 2001
/** Where no day is written. */
const MIDDLE = 15

const ISO = /^(\d{4})(\s?[-/.]\s?)(\d{1,2})\2(\d{1,2})(?!\d)/
const NUMERIC = /^(\d{1,2})(\s?[-/.]\s?)(\d{1,2})(?:\2(\d{4}|\d{2})(?!\d))?(?!\d)/
const NAMED =
  /^([a-z]{3,9}\.?)(,?[\s/-]{1,3}(?:the\s)?)(\d{1,2})(?!\d)(\s?(?:st|nd|rd|th)\b)?(?:(\s?,?\s{0,3}(?:of\s|in\s)?|[-/])(\d{4}|'\d{2})(?!\d))?/i
const DAY_FIRST =
  /^(\d{1,2})(\s?(?:st|nd|rd|th))?(?:\s?day)?([\s-]{0,2}(?:of\s)?)([a-z]{3,9}\.?)(?:([\s,/-]{0,3}(?:of\s)?)(\d{4}|'?\d{2}))?(?!\d)/i
const MONTH_YEAR = /^([a-z]{3,9}\.?)([\s,/-]{1,3}(?:of\s)?)(\d{4}|'\d{2})(?!\d)/i
const NUMBER_YEAR = /^(\d{1,2})(\s?\/\s?)(\d{4})(?!\d)/

export interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** A date that a text begins with. */
export interface Written {
  readonly length: number
  readonly from: Day
  readonly hasYear: boolean
  /** it told its day, not the month alone */
  readonly hasDay: boolean
  /** another day in the form of this one */
  readonly write: (day: Day) => string
}

/** The forms to try, in this order. */
export const DATE_FORMS: readonly ((text: string) => Written | null)[] = [iso, numberYear, numeric, named, dayFirst, monthYear]

export function pad(number: number, width: number): string {
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

function iso(text: string): Written | null {
  const [all, year = '', mark = '', month = '', day = ''] = ISO.exec(text) ?? []
  if (all === undefined) return null
  return {
    length: all.length,
    from: { year: Number(year), month: Number(month), day: Number(day) },
    hasYear: true,
    hasDay: true,
    write: (to) => pad(to.year, 4) + mark + as(month, to.month, day) + mark + as(day, to.day, month)
  }
}

function numeric(text: string): Written | null {
  const [all, one = '', mark = '', two = '', year] = NUMERIC.exec(text) ?? []
  if (all === undefined) return null
  // the American order, unless it cannot be, or the day stands before a full stop ("9.6.")
  const dayFirstly = Number(one) > 12 || (mark === '.' && year === undefined && Number(two) <= 12)
  return {
    length: all.length,
    from: { year: yearOf(year), month: Number(dayFirstly ? two : one), day: Number(dayFirstly ? one : two) },
    hasYear: year !== undefined,
    hasDay: true,
    write(to) {
      const [first, second] = dayFirstly ? [to.day, to.month] : [to.month, to.day]
      return as(one, first, two) + mark + as(two, second, one) + (year === undefined ? '' : mark + yearAs(year, to.year))
    }
  }
}

function named(text: string): Written | null {
  const [all, month = '', gap = '', day = '', ordinal, between = '', year] = NAMED.exec(text) ?? []
  if (all === undefined) return null
  return {
    length: all.length,
    from: { year: yearOf(year), month: monthOf(month), day: Number(day) },
    hasYear: year !== undefined,
    hasDay: true,
    write: (to) => monthAs(month, to.month) + gap + as(day, to.day) + suffix(ordinal, to.day) + between + yearAs(year, to.year)
  }
}

function dayFirst(text: string): Written | null {
  const [all, day = '', ordinal, gap = '', month = '', between = '', year] = DAY_FIRST.exec(text) ?? []
  if (all === undefined) return null
  return {
    length: all.length,
    from: { year: yearOf(year), month: monthOf(month), day: Number(day) },
    hasYear: year !== undefined,
    hasDay: true,
    write: (to) => as(day, to.day) + suffix(ordinal, to.day) + gap + monthAs(month, to.month) + between + yearAs(year, to.year)
  }
}

function monthYear(text: string): Written | null {
  const [all, month = '', gap = '', year = ''] = MONTH_YEAR.exec(text) ?? []
  if (all === undefined) return null
  return {
    length: all.length,
    from: { year: yearOf(year), month: monthOf(month), day: MIDDLE },
    hasYear: true,
    hasDay: false,
    write: (to) => monthAs(month, to.month) + gap + yearAs(year, to.year)
  }
}

function numberYear(text: string): Written | null {
  const [all, month = '', mark = '', year = ''] = NUMBER_YEAR.exec(text) ?? []
  if (all === undefined) return null
  return {
    length: all.length,
    from: { year: Number(year), month: Number(month), day: MIDDLE },
    hasYear: true,
    hasDay: false,
    write: (to) => as(month, to.month) + mark + pad(to.year, 4)
  }
}
