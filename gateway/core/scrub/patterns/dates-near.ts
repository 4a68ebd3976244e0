/**
 * What is a date, or a part of one, only beside certain words: "on 3/5", "in June", "the 15th of the month", "Tuesday, March 5". Fractions, scores and
 * doses look like a day and a month and are kept: pain is told as 7/10, strength as 4/5.
 */
import type { Page } from '../reading/page.ts'
import { between, DAY, END, isDayMonth, MONTH, OF_YEAR } from './dates.ts'
import { each, type Pattern } from './pattern.ts'

/** Words that a day and a month without a year follow. */
const BEFORE_DATE =
  /(?:^|\W)(?:on|since|dated?|from|until|till|thru|through|by|before|after|dos|dob|dod|lmp|edd|edc|dx|d\/c|dc'?d|admit(?:ted)?|admission|discharged?|surgery|visit|appt|f\/u|follow-?up|seen|starting)[\s:]{1,3}$/
const BEFORE_BIRTH = /(?:^|\W)(?:born|birth|bday|b\.)[\s:]{1,3}$/
const BEFORE_SURE_DATE = /(?:^|\W)(?:on|since|dated?|dos|dob|dod|lmp|edd|admitted|discharged|seen)[\s:]{1,3}$/
const BEFORE_MONTH = /(?:^|\W)(?:early|mid|late|in|since|until|till|last|this|next|by|from|through|during|before|after|of)[\s-]$/
const WEEKDAY = '(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thur?s?|fri|sat|sun)\\b\\.?'

/** Whether a word stands before an offset that a date follows. */
export function isDateNext(lower: string, index: number): boolean {
  const before = lower.slice(Math.max(0, index - 12), index)
  return BEFORE_DATE.test(before) || BEFORE_BIRTH.test(before)
}

/** Whether the words before a match, of `length` units, are of `words`. */
function behind(words: RegExp, length: number): NonNullable<Pattern['check']> {
  return ({ index }, { lower }) => words.test(lower.slice(Math.max(0, index - length), index))
}

/** Whether what follows two numbers says that they are a score or a part: "4/5 strength", "1/2 tab". */
export function isScored(behind: string): boolean {
  return /^\s?(?:of\b|(?:[a-z]{1,12}\s)?(?:tab|strength|motor|power|dose|pill|mg|ml|systolic|murmur|pain|score|throughout|bilateral))/.test(
    behind
  )
}

/** "on 3/5": day and month that are both possible. */
function isShort(match: RegExpExecArray, page: Parameters<NonNullable<Pattern['check']>>[1]): boolean {
  const [one, two] = match[0].split(/[/-]/)
  const sure = two === '10' || two === '5' || /^\d+-/.test(match[0])
  return isDayMonth(one, two) && behind(sure ? BEFORE_SURE_DATE : BEFORE_DATE, 12)(match, page)
}

/** "3/5 to 3/9": of two scores the second numbers are the same. */
function isRange(match: RegExpExecArray): boolean {
  const [one, two, three, four] = match[0].split(/\D+/)
  return isDayMonth(one, two) && isDayMonth(three, four) && (two !== four || match[0].split('/').length > 3)
}

function dayAndMonth(text: string): [string | undefined, string | undefined] {
  const [one, two] = text.split(/\D+/)
  return [one, two]
}

/** Tried where digits begin, behind the dates that are sure. */
export const NEAR_BY_NUMBER: readonly Pattern[] = [
  {
    class: 'DATE',
    rule: 'date-range',
    after: 'm',
    re: /\d{1,2}\/\d{1,2}\s?(?:-|to|and|through)\s?\d{1,2}\/\d{1,2}(?:\/(?:(?:19|20)\d\d|\d\d))?(?![\d/%])/y,
    check: isRange
  },
  {
    class: 'DATE',
    rule: 'date-range',
    after: 'm',
    re: /\d{1,2}\/\d{1,2}\s?-\s?\d{1,2}\/(?:19|20)\d\d(?![\d/%])/y,
    check: ({ 0: text }) => isDayMonth(...dayAndMonth(text))
  },
  {
    class: 'DATE',
    rule: 'date-short',
    after: 'm',
    re: /\d{1,2}[/-]\d{1,2}(?:-\d{1,2})?(?!\d|[/%.-]\d|%|\s?(?:tab|strength|dose|pill|mg|ml|of|systolic|murmur|pain))/y,
    check: isShort
  },
  {
    class: 'DATE',
    rule: 'date-tight',
    after: 'l',
    re: /\d{1,2}(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:(?:19|20)\d\d|\d\d)(?!\d)/y
  },
  {
    class: 'DATE',
    rule: 'day-of-month',
    after: 'l',
    re: /\d{1,2}(?:st|nd|rd|th)(?=\sof\s(?:the|this|last|next|that|each)\smonth\b|[.,;:)?]|\s(?:and|at|for|with|when|he|she|they|to)\b)/y,
    check: (match, page) =>
      between(/\d+/.exec(match[0])?.[0], 1, 31) &&
      (page.lower.startsWith(' of th', match.index + match[0].length) || behind(/(?:on|since|until|by)\sthe\s$/, 10)(match, page))
  }
]

/** Tried where the name of a month begins, behind the dates that are sure: a month alone is finer than a year. */
export const NEAR_BY_MONTH: readonly Pattern[] = [
  {
    class: 'DATE',
    rule: 'date-month',
    re: new RegExp(`${MONTH}${END}`, 'y'),
    // "may" and "march" are words too
    check: (match, page) => page.text.charAt(match.index) !== match[0].charAt(0) && behind(BEFORE_MONTH, 8)(match, page)
  }
]

const DATED = `(?:${MONTH},?\\s?(?:the\\s)?${DAY}|(?:the\\s)?${DAY}(?:\\s(?:of\\s)?${MONTH})|the\\s\\d{1,2}(?:st|nd|rd|th)\\b|\\d{1,2}[/-]\\d{1,2}(?:[/-]\\d{2,4})?(?![\\d/]))${OF_YEAR}?${END}`

/** "O2 sat 3/14" is none. */
function isWeekday({ index }: RegExpExecArray, { text }: Page): boolean {
  return !/^(?:sat|SAT)\s/.test(text.slice(index, index + 4))
}

const WEEKDAY_DATE: Pattern = { class: 'DATE', rule: 'weekday-date', re: new RegExp(`${WEEKDAY},?\\s${DATED}`, 'y'), check: isWeekday }

/** Tried where one of these words begins. */
export const NEAR_BY_WORD: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ...each('mon tue tues wed thu thur thurs fri sat sun', [WEEKDAY_DATE]),
  ...each('monday tuesday wednesday thursday friday saturday sunday', [
    WEEKDAY_DATE,
    {
      class: 'DATE',
      rule: 'weekday',
      re: /(?:mon|tues|wednes|thurs|fri|satur|sun)day\b/y,
      check: behind(/(?:^|\W)(?:on|since|until|by|yesterday|today|tomorrow),?\s$/, 12)
    }
  ]),
  ...each('last this next past', [
    { class: 'DATE', rule: 'weekday-near', re: /(?:(?:last|this|next|past)\s){1,2}(?:mon|tues|wednes|thurs|fri|satur|sun)day\b/y }
  ]),
  ...each('spring summer fall autumn winter', [
    { class: 'DATE', rule: 'season', re: /(?:spring|summer|fall|autumn|winter)\s(?:of\s)?(?:(?:19|20)\d\d(?:-(?:\d\d){1,2})?|'\d\d)\b/y }
  ])
])
