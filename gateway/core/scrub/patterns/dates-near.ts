/**
 * What is a date, or a part of one, only beside certain words: "on 3/5", "in June", "the 15th of the month", "Tuesday, March 5". Fractions, scores and
 * doses look like a day and a month and are kept: pain is told as 7/10, strength as 4/5.
 */
import type { Page } from '../reading/page.ts'
import { isAlone, isDateNext, isHeading, isSureDateNext, isTestedNext, isVerbNext } from './cues.ts'
import { between, DAY, END, isDayMonth, MONTH, OF_YEAR } from './dates.ts'
import { each, type Pattern } from './pattern.ts'
import { isScore, isScoreLike } from './scores.ts'

const BEFORE_MONTH = /(?:^|\W)(?:early|mid|late|in|since|until|till|last|this|next|by|from|through|during|before|after|of)[\s-]$/
const WEEKDAY = '(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thur?s?|fri|sat|sun)\\b\\.?'

/** Whether the words before a match, of `length` units, are of `words`. */
function behind(words: RegExp, length: number): NonNullable<Pattern['check']> {
  return ({ index }, { lower }) => words.test(lower.slice(Math.max(0, index - length), index))
}

/** "on 3/5": day and month that are both possible. */
function isShort({ 0: text, index }: RegExpExecArray, { lower }: Page): boolean {
  const [one, two, last] = text.split(/[/-]/)
  if (!isDayMonth(one, two)) return false
  const sure = two === '10' || two === '5' || /^\d+-/.test(text)
  if (isSureDateNext(lower, index) || (!sure && isDateNext(lower, index))) return true
  // "5/14-16"
  const isRow = last === undefined ? !text.includes('-') : between(last, Number(two) + 1, 31) && !isScoreLike(one, two)
  return text.includes('/') && isRow && isUnannounced(lower, index, index + text.length)
}

/** "labs 3/5", "3/5: seen", and where it stands alone and can be no score "(6/5)". */
function isUnannounced(lower: string, start: number, end: number): boolean {
  if (isScore(lower, start, end)) return false
  const [one, two] = lower.slice(start, end).split('/')
  return isTestedNext(lower, start) || isHeading(lower, start, end) || (!isScoreLike(one, two) && isAlone(lower, start, end))
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
    re: /\d{1,2}[/-]\d{1,2}(?:-\d{1,2})?(?!\d|[/%.-]\d|%|\s?(?:tab|dose|pill|mg|ml|of)|(?<=\/(?:[1-9]|10))\s?(?:strength|systolic|murmur|pain))/y,
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
    re: /\d{1,2}(?:st|nd|rd|th)(?=\sof\s(?:the|this|last|next|that|each)\smonth\b|[.,;:)?]|\s?\(|\s(?:and|at|for|with|when|he|she|they|to)\b)/y,
    check: (match, page) =>
      between(/\d+/.exec(match[0])?.[0], 1, 31) &&
      (page.lower.startsWith(' of th', match.index + match[0].length) || behind(/(?:on|since|until|by)\sthe\s$/, 10)(match, page))
  }
]

/** Before these "may" and "mar" are months. */
const IN = /(?:^|\W)(?:in|since|until|early|late|mid)[\s-]$/

function isWord({ 0: month, index }: RegExpExecArray, { text, lower }: Page): boolean {
  const small = text.charAt(index) === month.charAt(0)
  if (small && IN.test(lower.slice(Math.max(0, index - 7), index)) && !isVerbNext(lower, index + month.length)) return false
  return small && (/^(?:may|mar|march)\b/.test(month) || (month.length < 5 && lower.slice(Math.max(0, index - 3), index) === 'of '))
}

/** Tried where the name of a month begins, behind the dates that are sure: a month alone is finer than a year. */
export const NEAR_BY_MONTH: readonly Pattern[] = [
  // one digit is a gene's ("SEPT9")
  {
    class: 'DATE',
    rule: 'date-tight',
    re: /(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:(?:0[1-9]|[12]\d|3[01])(?:(?:19|20)\d\d)?|(?:19|20)\d\d)(?!\w)/y
  },
  {
    class: 'DATE',
    rule: 'date-month',
    re: new RegExp(`${MONTH}(?:\\s(?:and|or|to|through)\\s${MONTH})?${END}`, 'y'),
    // "may" and "march" are words too, and so is "of dec"
    check: (match, page) => !isWord(match, page) && behind(BEFORE_MONTH, 8)(match, page)
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
