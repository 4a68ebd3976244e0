/**
 * Days that are known, where they are written without their year ("3/14", "14 may", "on 14.3.", "March fourteen") or without their day ("03/61", "Mar 61"), with
 * the days told in a row with them. What also may be a measure or a range ("9.6", "3-14") counts behind a word that a date follows. Refuses scores ("4/5
 * strength"); what may be one is covered and never moved.
 */
import { isAlone, isDateNext, isHeading, isMonthMeant, isSureDateNext, isTestedNext, isVerbNext } from '../patterns/cues.ts'
import { seriesOf } from '../patterns/dates-series.ts'
import { isScore, isScored, isScoreLike } from '../patterns/scores.ts'
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

/** The rule of a day that may be a score: it is covered and never moved. */
export const MAYBE = 'known-day-maybe'
const DAY = 'known-day'
/** No usual score is out of more. */
const MOST_SCORE = 10

interface Told {
  /** the last token */
  readonly last: number
  readonly rule: string
}

export function dayAt(known: Days, page: Page, token: number): Span | null {
  const told =
    (shapeAt(page, token) & SHAPE.number) !== 0
      ? (inNumbers(known, page, token) ?? dayFirst(known, page, token))
      : (bitsAt(page, token) & WORD.month) !== 0
        ? inWords(known, page, token)
        : null
  if (told === null) return null
  const { rule, last } = told
  const series = seriesOf(page, { start: startAt(page, token), end: endAt(page, last), class: 'DATE', rule }, undefined)
  return { ...series, rule }
}

/** "3/14" and "03/61"; "3.14", "3-14", "3.61" behind "on" and the like. */
function inNumbers({ days, months }: Days, page: Page, token: number): Told | null {
  const mark = markBetween(page, token)
  if (mark === null) return null
  const announced = isDateNext(page.lower, startAt(page, token))
  const last = token + 2
  const one = wordAt(page, token).padStart(2, '0')
  const two = wordAt(page, last).padStart(2, '0')
  if ((mark === '/' || announced) && (days.has(`${one}-${two}`) || days.has(`${two}-${one}`))) {
    const rule = mark === '/' ? ruleOf(page.lower, startAt(page, token), endAt(page, last)) : DAY
    return rule === null ? null : { last, rule }
  }
  // a score, "5/10", has no nought and no such number
  const isYear = announced || (mark === '/' && (lengthAt(page, token) === 2 || Number(two) > 31))
  return isYear && lengthAt(page, last) === 2 && months.has(`${one}-${two}`) ? { last, rule: DAY } : null
}

/** Of "7/10" at [start, end): null where a word says that it is a score. */
function ruleOf(lower: string, start: number, end: number): string | null {
  const [one, two] = lower.slice(start, end).split('/')
  if (isSureDateNext(lower, start)) return isScored(lower.slice(end, end + 24)) ? MAYBE : DAY
  if (isScore(lower, start, end)) return null
  const isTold = isDateNext(lower, start) || isTestedNext(lower, start) || isHeading(lower, start, end)
  return isTold || Number(two) > MOST_SCORE || (!isScoreLike(one, two) && isAlone(lower, start, end)) ? DAY : MAYBE
}

/** "14 March", "14-Mar", "14may". */
function dayFirst({ days }: Days, page: Page, token: number): Told | null {
  const last = isMark(page, token + 1, '-') ? token + 2 : token + 1
  if ((bitsAt(page, last) & WORD.month) === 0 || !days.has(`${monthAt(page, last)}-${wordAt(page, token).padStart(2, '0')}`)) return null
  const [start, month, end] = [startAt(page, token), startAt(page, last), endAt(page, last)]
  if (!/^(?:may|mar)$/.test(wordAt(page, last)) || isMonthMeant(page, start, month, end)) return { last, rule: DAY }
  return isVerbNext(page.lower, end) ? null : { last, rule: MAYBE }
}

function monthAt(page: Page, token: number): string {
  return String(MONTHS.indexOf(wordAt(page, token).slice(0, 3)) + 1).padStart(2, '0')
}

/** The mark between two numbers that no third follows. */
function markBetween(page: Page, token: number): '/' | '.' | '-' | null {
  const last = token + 2
  if ((shapeAt(page, last) & SHAPE.number) === 0 || !isTight(page, token + 1) || !isTight(page, last)) return null
  if (isTight(page, last + 1) && (isMark(page, last + 1, '/') || (isMark(page, last + 1, '-') && !isLastDay(page, last + 2)))) return null
  return (['/', '.', '-'] as const).find((mark) => isMark(page, token + 1, mark)) ?? null
}

/** Of "5/14-16", "5/14-5/16". */
function isLastDay(page: Page, token: number): boolean {
  const isNumber = (shapeAt(page, token) & SHAPE.number) !== 0 && lengthAt(page, token) <= 2
  return isNumber && !(isTight(page, token + 1) && isMark(page, token + 1, '-'))
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
function inWords({ days, months }: Days, page: Page, token: number): Told | null {
  const month = monthAt(page, token)
  const next = isMark(page, token + 1, '.') ? token + 2 : token + 1
  if ((shapeAt(page, next) & SHAPE.number) !== 0) return months.has(`${month}-${wordAt(page, next)}`) ? { last: next, rule: DAY } : null
  const { day, last } = spoken(page, next)
  return days.has(`${month}-${String(day).padStart(2, '0')}`) ? { last, rule: DAY } : null
}

function spoken(page: Page, token: number): { readonly day: number; readonly last: number } {
  const tens = TENS.get(wordAt(page, token)) ?? 0
  const last = tens === 0 ? token : isMark(page, token + 1, '-') ? token + 2 : token + 1
  const unit = NUMBERS.indexOf(wordAt(page, last)) + 1
  return tens === 0 || (unit > 0 && unit < 10) ? { day: tens + unit, last } : { day: tens, last: token }
}
