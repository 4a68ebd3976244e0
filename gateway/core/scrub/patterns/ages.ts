/** Ages over 89 and what tells them (45 CFR 164.514(b)(2)(i)(C)); younger ages are kept. */
import type { Page } from '../reading/page.ts'
import { each, type Pattern } from './pattern.ts'

const OLD = '(?:9\\d|1[01]\\d|12[0-5])'
const SPOKEN =
  '(?:ninety(?:[\\s-]{1,2}(?:one|two|three|four|five|six|seven|eight|nine))?|(?:one |a )?hundred(?:[ -](?:and[ -])?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))?)'
/** A character that was lost stood for a blank or a hyphen, too. */
const PARTED = '[\\s_\\ufffd-]'
const UNIT = `(?:years?|yrs?)(?:${PARTED}{0,3}old|\\sof\\sage)?\\b|y\\.?[\\s/-]?o\\b\\.?|y\\b(?![/'-])|(?:-|\\s)?year-old`
const AND = '\\s?(?:and|&|or|to|[,/-])\\s?'

/** Tried where digits begin. */
export const AGES_BY_NUMBER: readonly Pattern[] = [
  {
    class: 'AGE',
    rule: 'age',
    after: 'mMlLN',
    re: new RegExp(
      `(?:${OLD}${AND})?${OLD}(?:\\.\\d|[+)]|\\s?\\(${SPOKEN}\\)|(?:\\s{1,2}|-|\\sand\\s(?:a\\s)?)(?:[13]\\/[24]|half))?${PARTED}{0,3}(?:${UNIT})`,
      'y'
    ),
    check: (match, { lower }) => isAge(match[0], lower.slice(Math.max(0, match.index - 14), match.index))
  },
  { class: 'AGE', rule: 'age-decade', after: 'lm', re: /9\d'?s\b/y, check: before(/\b(?:his|her|their|early|mid|late)[\s-]$/) },
  {
    class: 'AGE',
    rule: 'age-sex',
    after: 'mMlL',
    re: new RegExp(`${OLD}\\s?(?:[/-]\\s?)?(?:f|m(?!\\.?o\\b)|male|female|yof|yom)\\b`, 'y'),
    check: isOfSex
  },
  {
    class: 'AGE',
    rule: 'age-is',
    after: 'mL',
    re: new RegExp(`${OLD}(?=[,;)]|\\.(?!\\d)|\\s(?:and|now|but|with|who)\\b|$)`, 'y'),
    check: ({ index }, { lower }) => IS.test(lower.slice(Math.max(0, index - 28), index))
  },
  {
    class: 'AGE',
    rule: 'age-small-units',
    after: 'mLN',
    re: /\d{1,2}(?:,?\d{3})\s(?:months?|mos?|weeks?|wks?|days?)(?:\s(?:old|of\sage))?\b/y,
    check: ({ 0: text }) => isOldIn(text)
  },
  { class: 'AGE', rule: 'age-birthday', after: 'l', re: new RegExp(`${OLD}(?:st|nd|rd|th)\\s(?:birthday|year\\sof\\s(?:life|age))`, 'y') }
]

const IS = /\b(?:he|she|who|patient|pt|mother|father)(?:'s|\s(?:is|was))(?:\s(?:now|currently|only|already))?\s$/
const WARM = /\b(?:t|tm|tmax|temp|temperature|fevers?|febrile)\b[^.;\n]{0,16}$/

/** "94/F"; "temp 99 F" is none, and "100-m" neither. */
function isOfSex({ 0: told, index }: RegExpExecArray, { text, lower }: Page): boolean {
  if (/[\d/.]/.test(lower.charAt(index - 1))) return false
  if (told.includes('-') && told.endsWith('m') && text.charAt(index + told.length - 1) === 'm') return false
  return !(told.endsWith('f') && WARM.test(lower.slice(Math.max(0, index - 28), index)))
}

/** How many of a unit are 90 years. */
const NINETY: readonly (readonly [unit: RegExp, many: number, sure: RegExp])[] = [
  [/mo/, 1080, /./],
  [/we|wk/, 4696, /old|age/],
  [/day/, 32_872, /old|age/]
]

function isOldIn(text: string): boolean {
  const count = Number(text.replace(/\D/g, ''))
  const row = NINETY.find(([unit]) => unit.test(text))
  return row !== undefined && count >= row[1] && count < row[1] * 1.4 && row[2].test(text)
}

/** "for 95 years" of follow-up is none; "95 years old" is. */
function isAge(text: string, before: string): boolean {
  return /old|age|o\b|o\.|-/.test(text) || !/\b(?:over|past|for|every|within|last|next|in)\s$/.test(before)
}

/** Tried where one of these words begins. */
export const AGES_BY_WORD: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ...each('age aged turned turning ages', [
    {
      class: 'AGE',
      rule: 'age-label',
      re: new RegExp(
        `(?:aged?|turn(?:ed|ing)|ages)(?:\\b|(?=\\d))(?:\\s?\\/\\s?(?:sex|gender)|\\s?\\(?(?:in\\s)?(?:years?|yrs?)\\)?|\\sat\\sdeath)?(?:\\s(?:of|is|at|was|now)){0,2}(?:[\\s:=|]{1,3}|(?=\\d))(?<value>[>~+]{0,2}\\s?${OLD}\\b(?:${AND}${OLD}\\b){0,4}|${SPOKEN}\\b)(?!\\s?(?:days?|weeks?|months?|hours?|mo\\b|%))`,
        'y'
      )
    }
  ]),
  ...each('ninety hundred one', [
    {
      class: 'AGE',
      rule: 'age-spoken',
      re: new RegExp(`${SPOKEN}(?:\\s?\\(${OLD}\\))?[\\s-]{1,2}(?:(?:years?|yrs?)[\\s-]?(?:old|young|of\\sage)|y\\.?[\\s/-]?o)\\b`, 'y')
    }
  ]),
  ...each('died expired passed deceased lived', [
    {
      class: 'AGE',
      rule: 'age-label',
      re: new RegExp(
        `(?:died|expired|passed(?:\\saway)?|deceased|lived)\\s(?:at|to(?:\\sbe)?|until)\\s(?<value>${OLD}|${SPOKEN})\\b(?!\\s?(?:%|[ap]\\.?m\\b|days?|weeks?|months?|hours?|min)|[:.]\\d)`,
        'y'
      )
    }
  ]),
  ...each('m f male female', [
    { class: 'AGE', rule: 'age-sex', re: new RegExp(`(?:f|m|male|female)\\s?\\/\\s?(?<value>${OLD})(?![\\d/%]|\\.\\d)`, 'y') }
  ]),
  ...each('nineties', [
    { class: 'AGE', rule: 'age-decade', re: /nineties/y, check: before(/\b(?:his|her|their|hers|early|mid|late)[\s-]$/) }
  ]),
  ...each('nonagenarian centenarian supercentenarian nonagenarians centenarians', [
    { class: 'AGE', rule: 'age-word', re: /(?:nonagenarian|(?:super)?centenarian)s?/y }
  ]),
  ...each('ninetieth hundredth', [{ class: 'AGE', rule: 'age-birthday', re: /(?:ninetieth|hundredth)\s(?:birthday|year)/y }])
])

function before(context: RegExp): NonNullable<Pattern['check']> {
  return (match, { lower }) => context.test(lower.slice(Math.max(0, match.index - 8), match.index))
}

const TENS = 'oh ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ')
const ONES = 'zero one two three four five six seven eight nine'.split(' ')

/** "nineteen thirty one" */
function spokenYear(text: string): number {
  const [century = '', tens = '', ones = 'zero'] = text.split(/[\s-]/)
  const ten =
    tens === 'oh' || tens === 'hundred'
      ? 0
      : TENS.includes(tens)
        ? TENS.indexOf(tens) + 9
        : ['twenty', 'thirty', 'forty'].indexOf(tens) * 10 + 20
  return (century === 'eighteen' ? 1800 : 1900) + ten + ONES.indexOf(ones)
}

/** "born in '31": the last year before the release that ends so. */
function isOldYear(short: number, year: number): boolean {
  const last = Math.floor(year / 100) * 100 + short
  return year - (last > year ? last - 100 : last) >= 90
}

/** "born in 1931" tells an age over 89 from 2021 on. `year`: that of the release. */
export function birthYears(year: number): readonly (readonly [string, readonly Pattern[]])[] {
  return each('born birth yob dob b', [
    {
      class: 'AGE',
      rule: 'birth-year',
      re: /(?:born|birth|yob|dob|b\.)(?!\w)(?:\s(?:in|year|of|is|was)){0,2}[\s:(]{1,3}(?:[a-z ]{0,12}in\s)?(?<value>(?:18|19|20)\d\d)(?![\d/-])/y,
      check: (match) => year - Number(match.groups?.['value']) >= 90
    },
    {
      class: 'AGE',
      rule: 'birth-year-short',
      re: /(?:born|birth|yob|dob|b\.)(?!\w)(?:\s(?:in|year|of|is|was)){0,2}[\s:(]{1,3}(?<value>'\d\d)(?![\d/-])/y,
      check: (match) => isOldYear(Number(match.groups?.['value']?.slice(1)), year)
    },
    {
      class: 'AGE',
      rule: 'birth-year-spoken',
      re: /born\s(?:in\s)?(?<value>(?:eighteen|nineteen)[\s-](?:hundred|(?:oh|ten|[a-z]{3,6}teen|eleven|twelve|twenty|thirty|forty)(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?))\b/y,
      check: (match) => year - spokenYear(match.groups?.['value'] ?? '') >= 90
    }
  ])
}
