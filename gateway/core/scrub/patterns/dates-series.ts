/**
 * What belongs to a date that was found: the dates it is told with ("3/14, 3/15, and 3/18", "Mar 14, 16 and 18, 2021", "3/14 to 3/18"), its weekday ("3/14/2021
 * (Sunday)"), and whether it tells a birth. A part that was left would tell the rest. Refuses numbers that are counted or scored: "March 14, 2 tablets".
 */
import type { Page } from '../reading/page.ts'
import type { Span } from '../span.ts'
import { between, DAY, isDayMonth, MONTH, OF_YEAR } from './dates.ts'
import { UNIT_BEHIND } from './measures.ts'
import { isScored } from './scores.ts'

const LINK = '(?:\\s?,\\s?(?:(?:and|or|&)\\s)?|\\s?[-/&+]\\s?|\\s(?:and|or|to|through|thru|until|till)\\s)(?:(?:on|the)\\s)?'
const NEXT_NUMBERS = new RegExp(`${LINK}(\\d{1,2})([/-])(\\d{1,2})(?:\\2((?:19|20)\\d\\d|\\d\\d))?(?![\\d/%-]|\\.\\d)`, 'y')
const ENDS_IN_NUMBERS = /(?:^|[^\d])(\d{1,2})[/-]\d{1,2}([/-](?:\d{4}|\d{2}))?$/
const NEXT_DAYS = new RegExp(`(?:${LINK}(?:${MONTH}\\s)?${DAY}(?![/%]|[.:]\\d)){1,31}(${OF_YEAR})?(?![\\w%])`, 'y')
const ENDS_IN_DAY = /[a-z]{3}.*[\s/-]\d{1,2}(?:\s?(?:st|nd|rd|th))?$/
const NEXT_DAY =
  /(?:\s?[-&]\s?|\.\.|\s(?:to|through|thru|until|till|and)\s(?:the\s)?|,(?:\s(?=\d{1,2}[snrt])|(?=\d)))(\d{1,2})(?:\s?(st|nd|rd|th)\b)?(?![\w/:%-]|\.\d)/y
/** Two days at least: "5/14, 15 and 16". */
const NEXT_BARE = /(?:(?:\s?[,&-]\s?|,?\s(?:and|or|to|thru|through|until|till)\s)\d{1,2}(?!\d)){2,9}(?![\w/:%-]|\.\d)/y
/** In numbers, its month and day; by its name, the day. */
const ENDS_IN_DATE = /(?:^|\D)(?:(\d{1,2})[/-](\d{1,2})(?:[/-](?:\d{4}|\d{2}))?|[a-z]{3}\.?\s(\d{1,2})(?:st|nd|rd|th)?,?\s\d{4})$/
const NEXT_YEAR = /[\s,/-]{1,3}(?:of\s)?(?:\d{1,2}(?:st|nd|rd|th)?,?\s)?(?:1[89]|2[01])\d\d(?![\w,.]\d|\w)/y
const HAS_YEAR = /\d{4}|'\d\d|\d[/-]\d{1,2}[/-]\d|-[a-z]{3,9}-\d/
const HAS_DAY = /[a-z]{3}.*\d|\d.*[a-z]{3}|\d[/-]\d/
/** Behind a bare number that is a day. */
const GOES_ON = /^(?:\s?[.;:)\n]|\s?$|\s(?:and|at|for|with|when|he|she|they|we|pt|patient|but|was|were|due|which)\b)/
const WEEKDAY = '(?:mon|tues|wednes|thurs|fri|satur|sun)day'
const SHORT_WEEKDAY = '(?:mon|tues?|wed|thur?s?|fri|sat|sun)\\b\\.?'
const WEEKDAY_BEHIND = new RegExp(
  `(?:\\s(?:was|is|being|fell\\son)\\s(?:a\\s)?|[\\s,-]{1,3}(?:a\\s)?)${WEEKDAY}\\b|\\s?[([]\\s?(?:${WEEKDAY}|${SHORT_WEEKDAY})\\s?[)\\]]`,
  'y'
)
/** "5/14/2021 Fri": with a capital, and no saturation. */
const SHORT_BEHIND = new RegExp(`[\\s,-]{1,3}(${SHORT_WEEKDAY})(?!\\s?[\\d%])`, 'y')
const WEEKDAY_BEFORE = new RegExp(`(?:^|[^a-z])((?:${WEEKDAY}|${SHORT_WEEKDAY}),?\\s?(?:the\\s|[([])?)$`)
const BIRTH_BEFORE = /(?:^|[^a-z])(?:d\.?\s?o\.?\s?b\b|born|births?|birth\s?days?|birth\s?dates?|b\.|delivered)(?![a-z])[^\n;]{0,24}$/
const BIRTH_BEHIND = /^[\s,)(-]{0,3}(?:(?:is|was|as)\s)?(?:[a-z']{1,12}\s){0,3}(?:d\.?o\.?b\b|birth|born\b)/
const RANGE = /^\s?(?:-|to|through|thru|until|till)\s?(?:on\s|the\s)?$/
const MOST_BETWEEN = 12
const MOST_BEFORE = 40

/** The date with what belongs to it; `last`: what was claimed before it. */
export function seriesOf(page: Page, date: Span, last: Span | undefined): Span {
  const start = last !== undefined && isRange(page, last, date) ? last.start : startOf(page, date)
  const end = endOf(page, date)
  const rule = last?.start === start && last.rule === BIRTH ? BIRTH : date.rule
  return { ...date, start, end, rule: isBirth(page, start, end) ? BIRTH : rule }
}

/** The rule of a day of birth: whose, is not known. */
export const BIRTH = 'date-birth'

function isRange({ lower }: Page, last: Span, { start }: Span): boolean {
  return last.class === 'DATE' && start - last.end < MOST_BETWEEN && RANGE.test(lower.slice(last.end, start))
}

function endOf(page: Page, { start, end: first }: Span): number {
  let end = first
  for (let next = nextEnd(page, start, end); next > end; next = nextEnd(page, start, end)) end = next
  return end
}

/** Where what goes on behind `end` ends; `end` where nothing does. Each step reads a bounded stretch. */
function nextEnd(page: Page, start: number, end: number): number {
  const told = page.lower.slice(Math.max(start, end - MOST_BEFORE), end)
  return (
    weekdayEnd(page, end) ??
    numbersEnd(page, told, end) ??
    daysEnd(page, told, end) ??
    dayEnd(page, told, end) ??
    yearEnd(page, told, end) ??
    end
  )
}

function weekdayEnd({ lower, text }: Page, end: number): number | null {
  if (matched(WEEKDAY_BEHIND, lower, end) !== null) return WEEKDAY_BEHIND.lastIndex
  const [told, day = ''] = matched(SHORT_BEHIND, lower, end) ?? []
  return told !== undefined && /[A-Z]/.test(text.charAt(end + told.length - day.length)) ? end + told.length : null
}

function matched(re: RegExp, text: string, at: number): RegExpExecArray | null {
  re.lastIndex = at
  return re.exec(text)
}

/** "3/14, 3/15": of the same month or the next, or with its year. */
function numbersEnd({ lower }: Page, told: string, end: number): number | null {
  const [, month, itsYear] = ENDS_IN_NUMBERS.exec(told) ?? []
  const match = month === undefined ? null : matched(NEXT_NUMBERS, lower, end)
  const [text = '', one = '', , two = '', year] = match ?? []
  if (match === null || !isDayMonth(one, two)) return null
  // two whole dates are two findings, each of which can be moved
  if (year !== undefined && itsYear !== undefined) return null
  const isNear = Number(one) === Number(month) || Number(one) === (Number(month) % 12) + 1
  const behind = lower.slice(end + text.length, end + text.length + 24)
  return year !== undefined || (isNear && !isScored(behind)) ? end + text.length : null
}

/** "March 14, 16 and 18, 2021": with its year, or a day that is written as one, or at the end of what is told. */
function daysEnd({ lower }: Page, told: string, end: number): number | null {
  const match = ENDS_IN_DAY.test(told) ? matched(NEXT_DAYS, lower, end) : null
  if (match === null) return null
  const [text, year] = match
  const behind = lower.slice(end + text.length, end + text.length + 16)
  const isEnd =
    /(?:and|&|to|through|-)\s?\d{1,2}$|\d(?:st|nd|rd|th)$/.test(text) ||
    isRising(/\d{1,2}(?:\s?,\s?\d{1,2})+$/.exec(`${told}${text}`)?.[0] ?? '')
  const isSure = year !== undefined || (isEnd && GOES_ON.test(behind))
  return isSure && !UNIT_BEHIND.test(behind) && between(/\d+/.exec(text)?.[0], 1, 31) ? end + text.length : null
}

/** "14, 15, 16" */
function isRising(days: string): boolean {
  const all = (days.match(/\d+/g) ?? []).map(Number)
  return all.every((day, at) => day <= 31 && (at === 0 || day > (all[at - 1] ?? 0)))
}

/** "5/14/2021 to 16", "5/14-16", "May 14 2021 to the 18th": a later day of the same month. */
function dayEnd({ lower }: Page, told: string, end: number): number | null {
  const [, one, two, named] = ENDS_IN_DATE.exec(told) ?? []
  const first = Number(named ?? (Number(one) > 12 ? one : two))
  if (Number.isNaN(first)) return null
  const [days = ''] = named === undefined ? (matched(NEXT_BARE, lower, end) ?? []) : []
  if (days !== '' && isRising(`${first}${days}`) && isLast(lower, end + days.length)) return end + days.length
  const [text, day, suffix] = matched(NEXT_DAY, lower, end) ?? []
  if (text === undefined || !between(day, first + 1, 31)) return null
  const next = end + text.length
  const isSure = suffix === undefined ? isLast(lower, next) : !UNIT_BEHIND.test(lower.slice(next, next + 16))
  return isSure ? next : null
}

/** Whether a bare number that ends here is a day. */
function isLast(lower: string, end: number): boolean {
  const behind = lower.slice(end, end + 16)
  return !UNIT_BEHIND.test(behind) && GOES_ON.test(behind)
}

/** A year, with a day before it, behind what was read without one: "16-January 1, 2009". */
function yearEnd({ lower }: Page, told: string, end: number): number | null {
  const match = HAS_YEAR.test(told) || !HAS_DAY.test(told) ? null : matched(NEXT_YEAR, lower, end)
  const next = end + (match?.[0].length ?? 0)
  return match === null || UNIT_BEHIND.test(lower.slice(next, next + 16)) ? null : next
}

/** Where its weekday begins: "Sat" is one, "sat" is none. */
function startOf({ lower, text }: Page, { start }: Span): number {
  const [, day] = WEEKDAY_BEFORE.exec(lower.slice(Math.max(0, start - 16), start)) ?? []
  if (day === undefined) return start
  const at = start - day.length
  return /^[a-z]{1,5}\b(?!day)/.test(text.slice(at, start)) || /^[A-Z]{3,5}\b/.test(text.slice(at, start)) ? start : at
}

function isBirth({ lower }: Page, start: number, end: number): boolean {
  return BIRTH_BEFORE.test(lower.slice(Math.max(0, start - MOST_BEFORE), start)) || BIRTH_BEHIND.test(lower.slice(end, end + MOST_BEFORE))
}
