/** Ages over 89 and what tells them (45 CFR 164.514(b)(2)(i)(C)); younger ages are kept. */
import { each, type Pattern } from './pattern.ts'

const OLD = '(?:9\\d|1[01]\\d|12[0-5])'
const SPOKEN =
  '(?:ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one |a )?hundred(?:[ -](?:and[ -])?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))?)'
const UNIT = '(?:years?|yrs?)(?:[\\s-]?old|\\sof\\sage)?\\b|y\\.?\\s?/?o\\b\\.?|(?:-|\\s)?year-old'

/** Tried where digits begin. */
export const AGES_BY_NUMBER: readonly Pattern[] = [
  {
    class: 'AGE',
    rule: 'age',
    after: 'mlL',
    re: new RegExp(`${OLD}(?:\\.\\d)?[\\s-]{0,2}(?:${UNIT})`, 'y'),
    check: (match, { lower }) => isAge(match[0], lower.slice(Math.max(0, match.index - 14), match.index))
  },
  { class: 'AGE', rule: 'age-decade', after: 'l', re: /9\ds\b/y, check: before(/\b(?:his|her|their|early|mid|late)[\s-]$/) },
  { class: 'AGE', rule: 'age-sex', after: 'lL', re: new RegExp(`${OLD}\\s?(?:f|m|male|female|yof|yom)\\b`, 'y') }
]

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
        `(?:aged?|turn(?:ed|ing)|ages)\\b(?:\\s(?:of|is|at))?[\\s:=]{1,3}(?<value>${OLD}\\b|${SPOKEN}\\b)(?!\\s?(?:days?|weeks?|months?|hours?|mo\\b|%))`,
        'y'
      )
    }
  ]),
  ...each('ninety hundred one', [
    { class: 'AGE', rule: 'age-spoken', re: new RegExp(`${SPOKEN}[\\s-]{1,2}(?:years?|yrs?)[\\s-]?old\\b`, 'y') }
  ]),
  ...each('nineties', [
    { class: 'AGE', rule: 'age-decade', re: /nineties/y, check: before(/\b(?:his|her|their|hers|early|mid|late)[\s-]$/) }
  ]),
  ...each('nonagenarian centenarian', [{ class: 'AGE', rule: 'age-word', re: /(?:nonagenarian|centenarian)s?/y }])
])

function before(context: RegExp): NonNullable<Pattern['check']> {
  return (match, { lower }) => context.test(lower.slice(Math.max(0, match.index - 8), match.index))
}

/** "born in 1931" tells an age over 89 from 2021 on. `year`: that of the release. */
export function birthYears(year: number): readonly (readonly [string, readonly Pattern[]])[] {
  return each('born birth yob', [
    {
      class: 'AGE',
      rule: 'birth-year',
      re: /(?:born|birth|yob)\b(?:\s(?:in|year|of|is|was)){0,2}[\s:(]{1,3}(?:[a-z ]{0,12}in\s)?(?<value>(?:18|19|20)\d\d)(?![\d/-])/y,
      check: (match) => year - Number(match.groups?.['value']) >= 90
    }
  ])
}
