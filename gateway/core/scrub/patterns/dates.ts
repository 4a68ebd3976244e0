/**
 * Dates finer than a year (45 CFR 164.514(b)(2)(i)(C)) in the forms people write, and times of day. A year alone is kept; what is a date only
 * beside certain words is in dates-near.ts.
 */
import type { Page } from '../reading/page.ts'
import { isMonthMeant, isVerbNext } from './cues.ts'
import { UNIT_BEHIND } from './measures.ts'
import { each, type Pattern } from './pattern.ts'

const FULL_MONTH = '(?:january|february|march|april|may|june|july|august|september|october|november|december)\\b'
/** As fingers miss them. */
export const MISSPELT =
  'janurary januray jaunary janaury feburary febuary februray febrary marhc apirl arpil aprl auguest agust augst septmber sepember septemeber setpember octber ocotber ocober novemeber novmber novemer decmber decemeber deceber'
export const MONTH = `(?:${FULL_MONTH}|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\\b\\.?|(?:${MISSPELT.replaceAll(' ', '|')})\\b)`
/** Months of Spanish, French, German and Portuguese, accents folded away, that are no English words. */
export const FOREIGN_MONTHS =
  'enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|' +
  'janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|' +
  'januar|februar|marz|juni|juli|oktober|dezember|janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro|novembro|dezembro'
const ORDINAL =
  '(?:(?:twenty|thirty)[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)\\b'
export const DAY = `(?:(?:0?[1-9]|[12]\\d|3[01])(?:\\s?(?:st|nd|rd|th)\\b)?(?!\\d)|${ORDINAL})`
/** A clock may follow at once: "2021T10:30". */
const YEAR = "(?:(?:1[89]|2[01])\\d\\d(?:\\b|(?=t\\d))|'\\d\\d\\b)"
const SPOKEN =
  '(?:nineteen|twenty)[ -](?:hundred|oh|ten|[a-z]{3,9}teen|eleven|twelve|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety))(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?\\b'
export const OF_YEAR = `(?:\\s?,?\\s{0,3}(?:of\\s|in\\s)?(?:${YEAR}|${SPOKEN}))`
const CLOCK = '(?:[01]?\\d|2[0-3])[:.][0-5]\\d(?:[:.][0-5]\\d(?:\\.\\d{1,6})?)?(?:\\s?[ap]\\.?m\\b\\.?)?'
/** Summer or winter, and how far west. "AST", "NST", "HST", "CT", "MT" and "PT" are other words, too. */
export const ZONE: string =
  '(?:\\s?\\(?(?:z|utc|gmt|bst|ce?s?t|ak[sd]t|[ecmp][sd]t|et(?!\\s(?:tube|al|co2))|(?:atlantic|eastern|central|mountain|pacific|alaska|hawaii)(?:\\s(?:(?:standard|daylight)\\s)?time|(?=\\s?(?:[.,;)\\n]|$))))\\b\\)?|\\s?[+-]\\d\\d:?\\d\\d(?!\\d))?'
const HOURS = '(?:\\s?(?:hours?|hrs?)\\b)?'
/** Without a colon: behind "at", or where nothing follows that is counted. */
const MILITARY =
  '(?:[01]\\d|2[0-3])[0-5]\\d(?!\\d)(?:(?<=(?:at\\s|@\\s?|t)\\d{4})|(?=\\s?(?:[:;)]|h(?:ou)?rs?\\b|[ecmp][sd]t\\b|-\\s?[0-2]\\d[0-5]\\d\\b)|[.,]?(?:\\n|$)))'
const TAIL = `(?:[t\\s,]{1,3}(?:at\\s|@\\s?)?(?:${CLOCK}|${MILITARY})${HOURS}${ZONE})?`
const TO = '(?:\\s?(?:-|to|and|through|thru|until|&|/|\\+|or)\\s?)'
/** What is measured, not dated: "may 5 mg". */
const UNITS = '(?:mg|mcg|ml|cc|g|kg|units?|tabs?|tablets?|pills?|doses?|times|days?|weeks?|hours?|minutes?|more)\\b'
export const END = '(?![\\w%])'

const UNITS_SPOKEN = 'one two three four five six seven eight nine'
const TEENS = 'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
const CARDINAL = `(?:(?:twenty|thirty)(?:[- ](?:${UNITS_SPOKEN.replaceAll(' ', '|')}))?|${`${UNITS_SPOKEN} ${TEENS}`.replaceAll(' ', '|')})\\b`

const ORDINAL_WORDS =
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty thirtieth thirty'

export const between = (text: string | undefined, least: number, most: number): boolean => Number(text) >= least && Number(text) <= most

/** Day and month in either order. */
export function isDayMonth(one: string | undefined, two: string | undefined): boolean {
  return (between(one, 1, 12) && between(two, 1, 31)) || (between(one, 1, 31) && between(two, 1, 12))
}

const SCORED =
  /(?:gcs|apgars?|insulin|lantus|levemir|basaglar|humalog|novolog|regular|nph|lispro|glargine|score[sd]?|titrate[d]?|taper(?:ed)?|dos(?:e|es|ing)|scale|bp|abg|ph)[\s:=]{1,3}$/

/** "10-12-14 units", "GCS 4-5-15": three numbers of which none is a year. */
function isScore({ 0: text, index }: RegExpExecArray, { lower }: Page): boolean {
  if (/(?:1[89]|2[01])\d\d/.test(text)) return false
  const end = index + text.length
  return UNIT_BEHIND.test(lower.slice(end, end + 16)) || SCORED.test(lower.slice(Math.max(0, index - 14), index))
}

/** "14 May": in small letters behind a bare number these two are words, but beside what a date stands beside. */
function isMonthOfDay({ 0: told, index }: RegExpExecArray, page: Page): boolean {
  const month = /(?:may|mar)$/.exec(told)?.index
  if (month === undefined || told.includes(' of ')) return true
  if (/^\d+\s?\w+$/.test(told)) return isMonthMeant(page, index, index + month, index + told.length)
  return !isVerbNext(page.lower, index + told.length)
}

/** "take 14 may - 2 at once" */
function isCountedWord({ 0: told, index }: RegExpExecArray, { text, lower }: Page): boolean {
  return /^(?:may|mar)\b/.test(told) && text.charAt(index) === told.charAt(0) && /\d\s$/.test(lower.slice(Math.max(0, index - 2), index))
}

/** Tried where digits begin. */
export const DATES_BY_NUMBER: readonly Pattern[] = [
  {
    class: 'DATE',
    rule: 'date-iso',
    after: 'mM',
    re: new RegExp(`(?:1[89]|2[01])\\d\\d\\s?([-/.])\\s?(?:0?[1-9]|1[0-2])\\s?\\1\\s?(?:0?[1-9]|[12]\\d|3[01])(?!\\d)${TAIL}`, 'y')
  },
  {
    class: 'DATE',
    rule: 'date-numeric',
    after: 'mM',
    re: new RegExp(
      `(\\d{1,2})(\\s?[-/.]\\s?)(\\d{1,2})\\2(?:(?:1[89]|2[01])\\d\\d|'?\\d\\d)(?![\\d/%]|\\.\\d|(?<!\\/(?:\\d\\d){1,2})-\\d(?!\\d?[-/.]\\d{1,2}[-/.]\\d\\d))${TAIL}`,
      'y'
    ),
    check: (match, page) => isDayMonth(match[1], match[3]) && !isScore(match, page)
  },
  {
    class: 'DATE',
    rule: 'date-day-month',
    after: 'mlLM',
    re: new RegExp(
      `${DAY}(?:,\\s?${DAY}){0,8}(?:,?${TO}${DAY})?(?:\\s?day|\\.|er|º)?[\\s/-]{0,2}(?:of\\s|de\\s)?(?:${MONTH}|(?:${FOREIGN_MONTHS})\\b(?:\\sdel?)?)(?:${OF_YEAR}|[-/](?:\\d{4}(?:\\b|(?=t\\d))|\\d\\d\\b)|\\s\\d\\d(?![\\d/:.%-]|\\s?${UNITS}))?${TAIL}${END}`,
      'y'
    ),
    check: isMonthOfDay
  },
  {
    class: 'DATE',
    rule: 'date-month-year',
    after: 'mM',
    re: /(?:0?[1-9]|1[0-2])(?:\s?\/\s?|-)(?:19|20)\d\d(?![\d/]|-(?!\d{1,2}\/))/y,
    // "K3-2024" is a code
    check: (match, { lower }) => !match[0].includes('-') || !/[\w-]/.test(lower.charAt(match.index - 1))
  },
  {
    class: 'DATE',
    rule: 'date-year-named',
    after: 'mlML',
    re: new RegExp(`(?:19|20)\\d\\d[\\s,/-]{0,2}${MONTH}[\\s,/-]{0,2}${DAY}${END}`, 'y')
  },
  // whatever the month is called, or the days are: "Xxx 12, 2023", "13/25/2023"
  { class: 'DATE', rule: 'date-of-year', after: 'mlL', re: new RegExp(`${DAY},\\s?(?:19|20)\\d\\d(?![\\d/-])`, 'y') },
  { class: 'DATE', rule: 'date-numbers', after: 'm', re: /\d{1,2}\/\d{1,2}\/(?:19|20)\d\d(?![\d/])/y },
  { class: 'DATE', rule: 'date-year-month', after: 'm', re: /(?:19|20)\d\d[-/](?:0[1-9]|1[0-2])(?![\d/-])/y },
  {
    class: 'DATE',
    rule: 'date-compact',
    after: '',
    re: /(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:t?\d{4}(?:\d\d)?)?(?![\d.])/y
  },
  {
    class: 'TIME',
    rule: 'time',
    after: 'm',
    re: new RegExp(`${CLOCK}${HOURS}${ZONE}${END}`, 'y'),
    check: (match) => match[0].includes(':') || /[ap]\.?m\b/.test(match[0])
  },
  {
    class: 'TIME',
    rule: 'time-military',
    after: 'lLM',
    re: new RegExp(
      `(?:(?:[01]\\d|2[0-3])h?[0-5]\\d(?:\\s?h(?:ou)?rs?|\\s?h)\\b|(?:[01]?\\d|2[0-3])h[0-5]\\d\\b)${ZONE}|(?:[01]\\d|2[0-3])[0-5]\\d\\s?\\(?[ecmp][sd]t\\b\\)?`,
      'y'
    )
  },
  {
    class: 'TIME',
    rule: 'time-hour',
    after: 'lL',
    re: new RegExp(`(?:0?[1-9]|1[0-2])\\s?(?:[ap]\\.?m\\b\\.?(?!\\w)|o'?\\s?clock\\b)${ZONE}`, 'y')
  }
]

/** "may 5 mg be given", "march 3 times". */
const MEASURED = new RegExp(`^(?:may|march|mar)\\s\\d{1,2}\\s?${UNITS}`)

/** Tried where the name of a month begins. */
export const DATES_BY_MONTH: readonly Pattern[] = [
  {
    class: 'DATE',
    rule: 'date-month-day',
    re: new RegExp(
      `${MONTH},?[\\s/-]{0,3}(?:the\\s)?${DAY}(?:${TO}(?:${MONTH}\\s)?${DAY}(?!\\/\\d{1,2}(?!\\d)))?(?:[-/]\\d{4}|${OF_YEAR}|\\s\\d\\d(?![\\d/:.%-]|\\s?${UNITS}))?${TAIL}${END}`,
      'y'
    ),
    check: (match, page) =>
      !(MEASURED.test(page.lower.slice(match.index, match.index + match[0].length + 10)) || isCountedWord(match, page))
  },
  { class: 'DATE', rule: 'date-spoken', re: new RegExp(`${MONTH}\\s(?:the\\s)?${CARDINAL}${OF_YEAR}${END}`, 'y') },
  {
    class: 'DATE',
    rule: 'date-month-of-year',
    re: new RegExp(`${MONTH}(?:${TO}${MONTH})?(?:${OF_YEAR}|[-/](?:\\d{4}|\\d\\d))${END}`, 'y')
  }
]

/** Tried where one of these words begins. */
export const DATES_BY_WORD: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ...each(`${ORDINAL_WORDS} ${UNITS_SPOKEN} ${TEENS}`, [
    {
      class: 'DATE',
      rule: 'date-spoken',
      re: new RegExp(`(?:${ORDINAL}|${CARDINAL})(?:\\sday)?\\s(?:of\\s)?${MONTH}(?:${OF_YEAR})?${END}`, 'y'),
      // "one may", "first march of the day": these two are words, too
      check: ({ 0: text, index }, page) => {
        const month = /\s(?:may|march|mar)\b/.exec(text)
        return month === null || text.includes(' of ') || /[A-Z]/.test(page.text.charAt(index + month.index + 1))
      }
    }
  ])
])
