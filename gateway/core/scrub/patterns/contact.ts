/** Telephone, fax, pager, mail, web and network addresses (45 CFR 164.514(b)(2)(i)(D)–(F), (N), (O)). */
import type { Page } from '../reading/page.ts'
import type { Span } from '../span.ts'
import { matchAt, type Pattern } from './pattern.ts'

const EXTENSION = '(?:,?\\s{0,2}(?:x|ext\\.?|extension)\\s{0,2}\\d{1,6}\\b)?'

/** Tried where digits begin, or the bracket or plus sign before them. */
export const CONTACT_BY_NUMBER: readonly Pattern[] = [
  {
    class: 'PHONE',
    rule: 'phone',
    after: 'mNM',
    re: new RegExp(`(?:\\+?1[\\s.-]{0,2})?(?:\\(\\d{3}\\)|\\d{3})[\\s./-]{0,3}\\d{3}[\\s.-]{1,3}\\d{4}(?!\\d)${EXTENSION}`, 'y')
  },
  {
    class: 'PHONE',
    rule: 'phone-plus',
    after: 'mlNM',
    re: new RegExp(`(?:\\+|00)\\d{1,3}[\\s.-]?(?:\\(?\\d{1,4}\\)?[\\s.-]?){1,4}\\d{2,4}(?!\\d)${EXTENSION}`, 'y')
  },
  // 1-800-FLOWERS: seven letters or digits, a letter among them
  {
    class: 'PHONE',
    rule: 'phone-letters',
    after: 'm',
    re: /(?:1[\s.-])?8(?:00|33|44|55|66|77|88)[\s.-](?=[\d-]{0,7}[a-z])(?:[a-z\d]-?){6,8}[a-z\d](?!\w)/y
  },
  {
    class: 'PHONE',
    rule: 'phone-local',
    after: 'm',
    re: /[2-9]\d\d-\d{4}(?![\d.%-]|\s?(?:mg|mcg|ml|cal|kcal|units?|cells?|copies|steps|g|cc)\b)/y,
    // 500-1000 is a range: round, and the second larger
    check: ({ 0: text, index }, { lower }) => (text[4] === '0' || !text.endsWith('0')) && !/[\w/.-]/.test(lower.charAt(index - 1))
  },
  { class: 'PHONE', rule: 'phone-pairs', after: 'mN', re: /0\d(?:[. -]\d\d){4}(?![\d.])/y },
  {
    class: 'PHONE',
    rule: 'phone-trunk',
    after: 'N',
    re: /0\d{1,3}\s\d{2,4}\s\d{2,4}(?:\s\d{2,4}){0,2}(?!\d)/y,
    check: (match) => match[0].replace(/\D/g, '').length >= 9
  },
  {
    class: 'IP',
    rule: 'ip4',
    after: 'm',
    re: /(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])(?:\/\d{1,2})?(?::\d{2,5})?/y
  }
]

/** Tried where one of URL_WORDS begins. To its blank: where it begins again within, it is claimed. */
export const URLS: readonly Pattern[] = [
  { class: 'URL', rule: 'url', re: /(?:(?:h(?:tt|xx)ps?|ftp):\/\/|www\.)[^\s<>"']{2,}[^\s<>"'.,;:)\]?!]/y }
]
export const URL_WORDS: readonly string[] = ['http', 'https', 'hxxp', 'hxxps', 'ftp', 'www']

/** Tried where letters begin that a full stop and letters follow at once. */
export const DOMAINS: readonly Pattern[] = [
  {
    class: 'URL',
    rule: 'domain',
    re: /[a-z0-9-]{2,63}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:com|org|net|edu|gov|mil|info|biz|io|co|health|us|uk|ca|de|fr|eu|au)\b(?:\/[^\s<>"']*)?(?!@)/y
  }
]

const LOCAL = /[\w.%+'-]{1,64}$/
const DOMAIN = /@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}/y

/** A mail address around the `@` at `index`. */
export function mailAt({ lower }: Page, index: number): Span | null {
  const local = LOCAL.exec(lower.slice(Math.max(0, index - 64), index))
  DOMAIN.lastIndex = index
  const domain = DOMAIN.exec(lower)
  if (local === null || domain === null) return null
  return { start: index - local[0].length, end: index + domain[0].length, class: 'EMAIL', rule: 'mail' }
}

const MAIL_NAME = /(?:^|[\s(<:,;])([\w.%+-]{1,64})\s[[(]?at[\])]?\s$/
const MOST_NAME = 80
/** Whoever gives mail addresses to anybody. */
const ANYBODYS = /^(?:gmail|googlemail|yahoo|hotmail|outlook|live|msn|icloud|me|aol|proton|protonmail|comcast|verizon|mail)\./

/** "mary.sample at example.com" around the domain at `index`: a name of several parts, or where anybody has an address. */
export function wordedMailAt(page: Page, index: number): Span | null {
  if (!/at[\])]?\s$/.test(page.lower.slice(Math.max(0, index - 4), index))) return null
  const from = Math.max(0, index - MOST_NAME)
  const found = MAIL_NAME.exec(page.lower.slice(from, index))
  const local = found?.[1]
  if (found === null || local === undefined) return null
  const domain = matchAt(DOMAINS, page, index)
  const isName = /[\w%+-][.+_\d-]+/.test(local) || (ANYBODYS.test(page.lower.slice(index, index + MOST_NAME)) && !NO_MAIL.test(local))
  if (domain === null || !isName) return null
  return { start: from + found.index + found[0].indexOf(local), end: domain.end, class: 'EMAIL', rule: 'mail-worded' }
}

/** "look at gmail.com" */
const NO_MAIL =
  /^(?:look|looks|looked|is|was|are|be|see|account|accounts|mail|email|address|me|him|her|us|them|works|worked|working|available)$/

const ACCOUNT_NAME = /@[a-z_](?:[\w.]{0,40}\w)?/y

/** "@someone", behind a blank: how a person is known on a network of people. */
export function accountNameAt({ lower }: Page, index: number): Span | null {
  ACCOUNT_NAME.lastIndex = index
  const name = index === 0 || /[\s(]/.test(lower.charAt(index - 1)) ? ACCOUNT_NAME.exec(lower) : null
  return name === null || name[0].length < 4 ? null : { start: index, end: index + name[0].length, class: 'ID', rule: 'account-name' }
}
