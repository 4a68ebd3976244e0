/**
 * Dates finer than a year (45 CFR 164.514(b)(2)(i)(C)) in the forms people write, and times of day. A year alone is kept; what is a date only
 * beside certain words is in dates-near.ts.
 */
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
const YEAR = "(?:(?:1[89]|2[01])\\d\\d\\b|'\\d\\d\\b)"
const SPOKEN =
  '(?:nineteen|twenty)[ -](?:hundred|oh|ten|[a-z]{3,9}teen|eleven|twelve|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety))(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?\\b'
export const OF_YEAR = `(?:\\s?,?\\s{0,3}(?:of\\s|in\\s)?(?:${YEAR}|${SPOKEN}))`
const CLOCK = '(?:[01]?\\d|2[0-3])[:.][0-5]\\d(?:[:.][0-5]\\d(?:\\.\\d{1,6})?)?(?:\\s?[ap]\\.?m\\b\\.?)?'
const TAIL = `(?:[t\\s,]{1,3}(?:at\\s|@\\s?)?${CLOCK}(?:\\s?(?:z|utc|gmt|[ecmp][sd]t|hours?|hrs?)\\b|[+-]\\d\\d:?\\d\\d)?)?`
const TO = '(?:\\s?(?:-|to|and|through|thru|until|&|/|or)\\s?)'
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
    re: new RegExp(`(\\d{1,2})(\\s?[-/.]\\s?)(\\d{1,2})\\2(?:(?:1[89]|2[01])\\d\\d|\\d\\d)(?![\\d/%]|\\.\\d|-\\d)${TAIL}`, 'y'),
    check: (match) => isDayMonth(match[1], match[3])
  },
  {
    class: 'DATE',
    rule: 'date-day-month',
    after: 'mlLM',
    re: new RegExp(
      `${DAY}(?:${TO}${DAY})?(?:\\s?day|\\.|er|º)?[\\s-]{0,2}(?:of\\s|de\\s)?(?:${MONTH}|(?:${FOREIGN_MONTHS})\\b(?:\\sdel?)?)(?:${OF_YEAR}|[-/](?:\\d{4}|\\d\\d)\\b|\\s\\d\\d(?![\\d/:.%-]|\\s?${UNITS}))?${TAIL}${END}`,
      'y'
    ),
    check: (match) => !/^\d+\s?(?:may|mar|sec)$/.test(match[0])
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
    re: new RegExp(`${CLOCK}(?:\\s?(?:hours?|hrs?)\\b)?${END}`, 'y'),
    check: (match) => match[0].includes(':') || /m\.?$/.test(match[0])
  },
  {
    class: 'TIME',
    rule: 'time-military',
    after: 'lLM',
    re: /(?:[01]\d|2[0-3])h?[0-5]\d(?:\s?h(?:ou)?rs?|\s?h)\b|(?:[01]?\d|2[0-3])h[0-5]\d\b/y
  },
  { class: 'TIME', rule: 'time-hour', after: 'lL', re: /(?:0?[1-9]|1[0-2])\s?(?:[ap]\.?m\b\.?(?!\w)|o'?\s?clock\b)/y }
]

/** "may 5 mg be given", "march 3 times". */
const MEASURED = new RegExp(`^(?:may|march|mar)\\s\\d{1,2}\\s?${UNITS}`)

/** Tried where the name of a month begins. */
export const DATES_BY_MONTH: readonly Pattern[] = [
  {
    class: 'DATE',
    rule: 'date-month-day',
    re: new RegExp(
      `${MONTH},?[\\s/-]{0,3}(?:the\\s)?${DAY}(?:${TO}(?:${MONTH}\\s)?${DAY})?(?:[-/]\\d{4}|${OF_YEAR}|\\s\\d\\d(?![\\d/:.%-]|\\s?${UNITS}))?${TAIL}${END}`,
      'y'
    ),
    check: ({ 0: text, index }, { lower }) => !MEASURED.test(lower.slice(index, index + text.length + 10))
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
