/** Telephone, fax, pager, mail, web and network addresses (45 CFR 164.514(b)(2)(i)(D)–(F), (N), (O)). */
import type { Page } from '../page.ts'
import type { Span } from '../span.ts'
import type { Pattern } from './pattern.ts'

const PHONE =
  '(?:\\+?1[\\s.-]{0,2})?(?:\\(\\d{3}\\)|\\d{3})[\\s.-]{0,3}\\d{3}[\\s.-]{1,3}\\d{4}(?!\\d)(?:,?\\s{0,2}(?:x|ext\\.?|extension)\\s{0,2}\\d{1,6})?'

/** Tried where digits begin, or a bracket or plus sign before them. */
export const CONTACT_BY_NUMBER: readonly Pattern[] = [
  { class: 'PHONE', rule: 'phone', re: new RegExp(PHONE, 'y') },
  { class: 'IP', rule: 'ip4', re: /(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])(?:\/\d{1,2})?(?::\d{2,5})?/y }
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
