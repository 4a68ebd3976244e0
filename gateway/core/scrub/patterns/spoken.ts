/** What is dictated: numbers digit by digit, mail addresses with "at" and "dot", hours of the clock in words. */
import type { Page } from '../reading/page.ts'
import type { Span } from '../span.ts'
import { ZONE } from './dates.ts'
import { each, type Pattern } from './pattern.ts'

const DIGIT = '(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)'
const HOUR = '(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)'

const DIGITS: Pattern = {
  class: 'PHONE',
  rule: 'number-spoken',
  re: new RegExp(`(?:(?:double\\s)?${DIGIT}[\\s,-]{1,3}){6,18}(?:double\\s)?${DIGIT}\\b`, 'y')
}
const CLOCK: Pattern = {
  class: 'TIME',
  rule: 'time-spoken',
  re: new RegExp(`${HOUR}\\s(?:o'?\\s?clock|[ap]\\.?m\\b\\.?|(?:fifteen|thirty)\\s[ap]\\.?m\\b\\.?)${ZONE}`, 'y')
}

/** Tried where one of these words begins. */
export const SPOKEN_BY_WORD: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ...each('zero oh double', [DIGITS]),
  ...each('one two three four five six seven eight nine', [DIGITS, CLOCK]),
  ...each('ten eleven twelve', [CLOCK]),
  // what tells how far west
  ...each('noon midnight', [
    { class: 'TIME', rule: 'time-spoken', re: new RegExp(`(?:noon|midnight)${ZONE}`, 'y'), check: ({ 0: text }) => /[^a-z]/.test(text) }
  ]),
  ...each('half quarter', [
    { class: 'TIME', rule: 'time-spoken', re: new RegExp(`(?:half\\spast|quarter\\s(?:past|to|after|till))\\s${HOUR}\\b${ZONE}`, 'y') }
  ])
])

const MOST = 120
const LOCAL =
  /(?:[\w+-]{1,40}\s(?:dot|period|underscore|dash|hyphen)\s){0,3}[\w.+-]{1,64}(?:\s[[(]?\s?|\s?[[(]\s?)at(?:\s?[\])]\s?|\s)(?:[\w-]{1,40}\sdot\s){0,2}[\w-]{1,63}[\s[(]{1,3}$/
const DOMAIN = /dot[\s\])]{1,3}(?:com|org|net|edu|gov|mil|us|uk|ca|co)\b/y

/** "mary at example dot com", "mary (at) example (dot) com", around the "dot" at `index`. */
export function spokenMailAt({ lower }: Page, index: number): Span | null {
  DOMAIN.lastIndex = index
  const domain = DOMAIN.exec(lower)
  const local = domain === null ? null : LOCAL.exec(lower.slice(Math.max(0, index - MOST), index))
  if (domain === null || local === null) return null
  return { start: index - local[0].length, end: index + domain[0].length, class: 'EMAIL', rule: 'mail-spoken' }
}
