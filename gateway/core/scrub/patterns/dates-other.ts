/** Dates told by week, quarter, holiday or another language's month, and those that a word announces ("DOB 3 3 62") (45 CFR 164.514(b)(2)(i)(C)). */
import type { Page } from '../reading/page.ts'
import { isDateNext } from './cues.ts'
import { FOREIGN_MONTHS, isDayMonth } from './dates.ts'
import { each, type Pattern } from './pattern.ts'

const YEAR = "(?:(?:19|20)\\d\\d|'\\d\\d)"

/** Tried where digits begin. */
export const OTHER_DATES_BY_NUMBER: readonly Pattern[] = [
  // ISO 8601 §5.2.3
  { class: 'DATE', rule: 'date-week', after: 'ml', re: /(?:19|20)\d\d-?w(?:0[1-9]|[1-4]\d|5[0-3])(?:-?[1-7])?(?!\w)/y },
  // the day of the year (ISO 8601 §5.2.2)
  {
    class: 'DATE',
    rule: 'date-ordinal',
    after: 'm',
    re: /(?:19|20)\d\d-(?:00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])(?![\w-])/y,
    check: isAnnounced
  },
  {
    class: 'DATE',
    rule: 'date-blanks',
    after: 'N',
    re: /(\d{1,2})\s(\d{1,2})\s(?:(?:19|20)\d\d|\d\d)(?![\d/%.:-])/y,
    check: (match, page) => isDayMonth(match[1], match[2]) && isAnnounced(match, page)
  },
  {
    class: 'DATE',
    rule: 'date-roman',
    after: 'mL',
    re: /(?:0?[1-9]|[12]\d|3[01])([./-]|\s)(?:i{1,3}|iv|vi{0,3}|ix|xi{0,2})\1(?:19|20)\d\d(?!\d)/y
  },
  { class: 'DATE', rule: 'quarter', after: 'l', re: /[1-4]q\s?'?(?:20)?\d\d(?!\w)/y },
  { class: 'DATE', rule: 'date-foreign', after: 'l', re: /(?:19|20)\d\d\s?[年년]\s?\d{1,2}\s?[月월](?:\s?\d{1,2}\s?[日일])?/y }
]

const ANNOUNCED: Pattern = {
  class: 'DATE',
  rule: 'date-announced',
  re: /(?:d\.?\s?o\.?\s?[bdsa]\b\.?|birth\s?(?:date|day)|date\sof\s(?:birth|death|service|admission|discharge)|born)(?:\s(?:is|was|on))?[\s:=#-]{1,4}(?<value>(\d{1,4})[\s./-]{1,3}(\d{1,2})[\s./-]{1,3}(?:\d{4}|\d{1,2})|\d{6}|\d{8})(?![\d/-])/y,
  check: (match) => match[3] === undefined || match[2] === undefined || match[2].length > 2 || isAny(match[2], match[3])
}

function isAnnounced({ index }: RegExpExecArray, { lower }: Page): boolean {
  return isDateNext(lower, index)
}

/** Day and month, or the year first: "61-03-14". */
function isAny(one: string, two: string): boolean {
  return isDayMonth(one, two) || Number(two) <= 12
}

/** Feasts and days off, by what they are called. */
const FEASTS =
  'christmas(?:\\s(?:day|eve|morning|weekend))?|xmas(?:\\s(?:day|eve))?|thanksgiving(?:\\sday)?|easter(?:\\s(?:day|sunday|monday|weekend))?|halloween|' +
  'hanukkah|chanukah|passover|rosh hashanah|yom kippur|ramadan|eid al[- ](?:fitr|adha)|diwali|kwanzaa|juneteenth|cinco de mayo|mardi gras|' +
  '(?:ash wednesday|palm sunday|good friday|lunar new year|chinese new year)|(?:independence|memorial|labou?r|columbus|mlk|boxing|bastille|groundhog) day|' +
  "(?:valentine|veteran|president|mother|father|patrick|new year)(?:'?s'?)? (?:day|eve)"

const FEAST: Pattern = { class: 'DATE', rule: 'holiday', re: new RegExp(`(?:${FEASTS})(?!\\w)(?:,?\\s(?:of\\s)?${YEAR}(?!\\w))?`, 'y') }
const FEAST_WORDS =
  'christmas xmas thanksgiving easter halloween hanukkah chanukah passover rosh yom ramadan eid diwali kwanzaa juneteenth cinco mardi ash palm good lunar ' +
  'chinese independence memorial labor labour columbus mlk boxing bastille groundhog valentine valentines veteran veterans president presidents mother ' +
  'mothers father fathers patrick patricks new'

/** Tried where one of these words begins. */
export const OTHER_DATES_BY_WORD: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ...each(FEAST_WORDS, [FEAST]),
  ...each('dob dod dos doa d birth birthdate birthday date born', [ANNOUNCED]),
  ...each('day', [{ class: 'DATE', rule: 'date-ordinal', re: /day\s\d{1,3}\sof\s(?:19|20)\d\d(?!\d)/y }]),
  ...each('week wk', [
    {
      class: 'DATE',
      rule: 'date-week',
      re: new RegExp(`(?:week|wk)\\s(?:no\\.?\\s|number\\s|#)?\\d{1,2},?\\s(?:of\\s)?${YEAR}(?!\\w)`, 'y')
    }
  ]),
  ...each('q', [{ class: 'DATE', rule: 'quarter', re: new RegExp(`q[1-4],?\\s?(?:of\\s)?(?:fy\\s?(?:20)?\\d\\d|${YEAR})(?!\\w)`, 'y') }]),
  ...each('fy', [{ class: 'DATE', rule: 'quarter', re: /fy\s?'?(?:20)?\d\d[\s,-]{0,2}q[1-4](?!\w)/y }]),
  ...each('janvier fevrier aout enero febrero marzo abril agosto septiembre octubre noviembre diciembre', [
    { class: 'DATE', rule: 'date-foreign', re: new RegExp(`(?:${FOREIGN_MONTHS})\\s(?:del?\\s)?(?:19|20)\\d\\d(?!\\w)`, 'y') }
  ])
])
