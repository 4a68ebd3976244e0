/**
 * Days that are known, where they are written without their year ("3/14", "on 14.3.", "March fourteen") or without their day ("03/61", "Mar 61"). What also may
 * be a measure or a range ("9.6", "3-14") counts behind a word that a date follows.
 */
import { isDateNext } from '../patterns/dates-near.ts'
import { bitsAt, endAt, isMark, isTight, lengthAt, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD } from '../words/words.ts'

export interface Days {
  /** MM-DD */
  readonly days: ReadonlySet<string>
  /** MM-YY */
  readonly months: ReadonlySet<string>
}

/** `dates`: YYYY-MM-DD */
export function daysOf(dates: Iterable<string>): Days {
  const days = new Set<string>()
  const months = new Set<string>()
  for (const date of dates) {
    days.add(date.slice(5))
    months.add(`${date.slice(5, 7)}-${date.slice(2, 4)}`)
  }
  return { days, months }
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** A date as people write it in one run: 03141961, 031461, 19610314, 14mar1961; and with blanks, without noughts: 3 14 1961. */
export function compactDates(date: string): ReadonlySet<string> {
  const [year = '', month = '', day = ''] = date.split('-')
  const name = MONTHS[Number(month) - 1] ?? ''
  const short = year.slice(2)
  return new Set([
    `${month}${day}${year}`,
    `${day}${month}${year}`,
    `${year}${month}${day}`,
    `${month}${day}${short}`,
    `${day}${name}${year}`,
    `${Number(day)}${name}${short}`,
    `${Number(month)}${Number(day)}${year}`,
    `${Number(day)}${Number(month)}${year}`
  ])
}

export function dayAt(known: Days, page: Page, token: number): Span | null {
  const last =
    (shapeAt(page, token) & SHAPE.number) !== 0
      ? inNumbers(known, page, token)
      : (bitsAt(page, token) & WORD.month) !== 0
        ? inWords(known, page, token)
        : null
  return last === null ? null : { start: startAt(page, token), end: endAt(page, last), class: 'DATE', rule: 'known-day' }
}

/** "3/14" and "03/61"; "3.14", "3-14", "3.61" behind "on" and the like. */
function inNumbers({ days, months }: Days, page: Page, token: number): number | null {
  const mark = markBetween(page, token)
  if (mark === null) return null
  const announced = isDateNext(page.lower, startAt(page, token))
  const one = wordAt(page, token).padStart(2, '0')
  const two = wordAt(page, token + 2).padStart(2, '0')
  const isDay = (mark === '/' || announced) && (days.has(`${one}-${two}`) || days.has(`${two}-${one}`))
  // a score, "5/10", has no nought and no such number
  const isYear = announced || (mark === '/' && (lengthAt(page, token) === 2 || Number(two) > 31))
  return isDay || (isYear && lengthAt(page, token + 2) === 2 && months.has(`${one}-${two}`)) ? token + 2 : null
}

/** The mark between two numbers that no third follows. */
function markBetween(page: Page, token: number): '/' | '.' | '-' | null {
  const last = token + 2
  if ((shapeAt(page, last) & SHAPE.number) === 0 || !isTight(page, token + 1) || !isTight(page, last)) return null
  if ((isMark(page, last + 1, '/') || isMark(page, last + 1, '-')) && isTight(page, last + 1)) return null
  return (['/', '.', '-'] as const).find((mark) => isMark(page, token + 1, mark)) ?? null
}

const NUMBERS =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' '
  )
const TENS: ReadonlyMap<string, number> = new Map([
  ['twenty', 20],
  ['thirty', 30]
])

/** "March fourteen", "March twenty-one", "Mar 61". */
function inWords({ days, months }: Days, page: Page, token: number): number | null {
  const month = String(MONTHS.indexOf(wordAt(page, token).slice(0, 3)) + 1).padStart(2, '0')
  const next = isMark(page, token + 1, '.') ? token + 2 : token + 1
  if ((shapeAt(page, next) & SHAPE.number) !== 0) return months.has(`${month}-${wordAt(page, next)}`) ? next : null
  const { day, last } = spoken(page, next)
  return days.has(`${month}-${String(day).padStart(2, '0')}`) ? last : null
}

function spoken(page: Page, token: number): { readonly day: number; readonly last: number } {
  const tens = TENS.get(wordAt(page, token)) ?? 0
  const last = tens === 0 ? token : isMark(page, token + 1, '-') ? token + 2 : token + 1
  const unit = NUMBERS.indexOf(wordAt(page, last)) + 1
  return tens === 0 || (unit > 0 && unit < 10) ? { day: tens + unit, last } : { day: tens, last: token }
}
