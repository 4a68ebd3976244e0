/**
 * What is known of the people a text is about, found in any writing: letters and digits are compared, whatever stands between them. Names also with one
 * letter wrong, with initials, in any order; dates without their year. A name that is a plain word counts only where it is written as a name.
 */
import type { IdentifierClass } from '../classes.ts'
import { normalise } from '../reading/normalise.ts'
import { bitsAt, endAt, isMark, isTight, lengthAt, lowered, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { CAPITALS, LETTERS, SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD } from '../words/words.ts'

export interface Known {
  find(this: void, page: Page, found: Span[]): void
}

/** What is looked for. Texts as they stand in the records. */
export interface Facts {
  /** each part of each name, without titles: "Mary", "Ann", "O'Brien" */
  readonly names: ReadonlySet<string>
  /** initials of whole names in lower case: "jq", "jqp" */
  readonly initials: ReadonlySet<string>
  readonly values: readonly Value[]
  /** YYYY-MM-DD */
  readonly dates: ReadonlySet<string>
}

interface Value {
  readonly class: IdentifierClass
  readonly text: string
}

interface Needle {
  /** letters and digits only, lower case */
  readonly text: string
  readonly class: IdentifierClass
  readonly rule: string
}

/** So many letters a name has that is also found with one of them wrong. */
const LONG = 6
/** Needles are found by their first so many letters and digits, shorter ones by all of them. */
const KEY = 4

export function createKnown(facts: Facts): Known {
  const needles = new Map<string, Needle[]>()
  const add = (needle: Needle): void => {
    const key = needle.text.slice(0, KEY)
    const list = needles.get(key)
    if (list === undefined) needles.set(key, [needle])
    else list.push(needle)
  }
  const names = new Set([...facts.names].map(squeezed).filter((name) => name.length >= 2))
  for (const text of names) add({ text, class: 'NAME', rule: 'known-name' })
  for (const value of facts.values) {
    const text = squeezed(value.text)
    if (text.length >= 4) add({ text, class: value.class, rule: 'known-value' })
  }
  for (const date of facts.dates) for (const text of compactDates(date)) add({ text, class: 'DATE', rule: 'known-date' })
  for (const list of needles.values()) list.sort((one, other) => other.text.length - one.text.length)
  const long = new Set([...names].filter((name) => name.length >= LONG && /^[a-z]+$/.test(name)))
  const days = new Set([...facts.dates].map((date) => date.slice(5)))
  const index = { needles, heads: headsOf(needles), long: byEnds(long), days, initials: facts.initials }
  return { find: (page, found) => find(index, page, found) }
}

interface Index {
  readonly needles: ReadonlyMap<string, readonly Needle[]>
  /** the first two letters or digits of each needle, as one number */
  readonly heads: ReadonlySet<number>
  /** long names by their first letter, and by their last */
  readonly long: ReadonlyMap<string, readonly string[]>
  /** MM-DD */
  readonly days: ReadonlySet<string>
  readonly initials: ReadonlySet<string>
}

/** Letters and digits of a text, folded, in lower case. */
export function squeezed(text: string): string {
  return lowered(normalise(text).text).replace(/[^\p{L}\p{N}]/gu, '')
}

function find(index: Index, page: Page, found: Span[]): void {
  let done = 0
  for (let token = 0; token < page.tokens.count; token++) {
    const start = startAt(page, token)
    const shape = shapeAt(page, token)
    if (start < done || (shape & SHAPE.mark) !== 0) continue
    const span =
      needleAt(index, page, token) ??
      misspelt(index, page, token, shape) ??
      dayAt(index, page, token, shape) ??
      initialsAt(index, page, token, shape)
    if (span === null) continue
    found.push(span.class === 'NAME' ? withInitials(page, token, span) : span)
    done = span.end
  }
}

const isAlnum = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code >= 0xc0

/** Where the needle that begins with the token ends in the text; -1 where another text stands. */
function endOf(page: Page, start: number, needle: string): number {
  const { lower } = page
  let at = start
  for (let unit = 0; unit < needle.length; unit++, at++) {
    for (let skipped = 0; skipped < 3 && at < lower.length && unit > 0 && !isAlnum(lower.charCodeAt(at)); skipped++) at++
    if (lower.charCodeAt(at) !== needle.charCodeAt(unit)) return -1
  }
  return at < lower.length && isAlnum(lower.charCodeAt(at)) ? -1 : at
}

function headOf(text: string, at: number): number {
  return text.charCodeAt(at) * 0x10000 + text.charCodeAt(at + 1)
}

function headsOf(needles: Iterable<readonly [string, unknown]>): ReadonlySet<number> {
  return new Set(Array.from(needles, ([key]) => headOf(key, 0)))
}

function needleAt({ needles, heads }: Index, page: Page, token: number): Span | null {
  const start = startAt(page, token)
  // most words begin as no needle does
  if (lengthAt(page, token) > 1 && !heads.has(headOf(page.lower, start))) return null
  if (start > 0 && isAlnum(page.lower.charCodeAt(start - 1))) return null
  return (
    matched(needles.get(keyAt(page.lower, start)), page, token) ??
    matched(lengthAt(page, token) < KEY ? needles.get(wordAt(page, token)) : undefined, page, token)
  )
}

/** The longest of the needles that stands at a token. */
function matched(needles: readonly Needle[] | undefined, page: Page, token: number): Span | null {
  for (const needle of needles ?? []) {
    const end = endOf(page, startAt(page, token), needle.text)
    if (end >= 0 && isWritten(page, token, needle)) return { start: startAt(page, token), end, class: needle.class, rule: needle.rule }
  }
  return null
}

/** The first letters and digits from an offset on, whatever stands between them. */
function keyAt(lower: string, start: number): string {
  let key = ''
  for (let at = start, skipped = 0; key.length < KEY && at < lower.length && skipped < 3; at++) {
    const isPart = isAlnum(lower.charCodeAt(at))
    if (isPart) key += lower[at]
    skipped = isPart ? 0 : skipped + 1
  }
  return key
}

/** Whether a word is written as what it is known for: a name that is a plain word ("Young", "May") has its capital, and does not begin a sentence. */
function isWritten(page: Page, token: number, { class: name, text }: Needle): boolean {
  if (name !== 'NAME' && name !== 'PLACE' && name !== 'FACILITY') return true
  const shape = shapeAt(page, token)
  const bits = bitsAt(page, token)
  if (text.length > lengthAt(page, token)) return (shape & CAPITALS) !== 0 || name === 'NAME' || text.length >= 12
  if ((bits & (WORD.plain | WORD.basic | WORD.never | WORD.month)) === 0) return text.length > 3 || (shape & CAPITALS) !== 0
  if ((shape & CAPITALS) === 0) return false
  if ((bits & (WORD.basic | WORD.never | WORD.month)) === 0) return true
  const before = shapeAt(page, token - 1)
  const begins = token === 0 || (shape & SHAPE.lineBefore) !== 0 || ((before & SHAPE.mark) !== 0 && !isMark(page, token - 1, ','))
  const beside = (shapeAt(page, token + 1) & CAPITALS) !== 0 && (bitsAt(page, token + 1) & WORD.last) !== 0
  return (shape & SHAPE.upper) !== 0 ? beside || (before & CAPITALS) !== 0 : !begins || beside
}

/** A name with one letter wrong, missing, too many, or two exchanged; or within a longer word. */
function misspelt({ long }: Index, page: Page, token: number, shape: number): Span | null {
  if (long.size === 0 || !mayBeMisspelt(page, token, shape)) return null
  const word = wordAt(page, token)
  for (const key of [word.slice(0, 1), `-${word.slice(-1)}`]) {
    if (!(long.get(key) ?? []).some((name) => isNearly(word, name) || isWithin(word, name))) continue
    const last = isTight(page, token + 1) && (shapeAt(page, token + 1) & SHAPE.number) !== 0 ? token + 1 : token
    return { start: startAt(page, token), end: endAt(page, last), class: 'NAME', rule: 'known-misspelt' }
  }
  return null
}

/** In lower case only what no dictionary knows. */
function mayBeMisspelt(page: Page, token: number, shape: number): boolean {
  const bits = bitsAt(page, token)
  if (lengthAt(page, token) < LONG - 1 || ((shape & (SHAPE.capital | SHAPE.upper | SHAPE.mixed)) === 0 && bits !== 0)) return false
  return (bits & (WORD.plain | WORD.basic | WORD.never | WORD.facility)) === 0 && !(isTight(page, token) && isTight(page, token + 1))
}

/** "jquillfeather", "quillfeather7": a name a word begins or ends with. */
function isWithin(word: string, name: string): boolean {
  return word.length > name.length && (word.startsWith(name) || word.endsWith(name))
}

/** One edit keeps the first letter or the last. */
function byEnds(names: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, string[]>()
  for (const name of names) for (const key of [name.slice(0, 1), `-${name.slice(-1)}`]) table.set(key, [...(table.get(key) ?? []), name])
  return table
}

/** Whether one edit makes one word the other: a letter changed, taken out, put in, or two neighbours exchanged. */
function isNearly(one: string, other: string): boolean {
  const difference = one.length - other.length
  if (difference > 1 || difference < -1) return false
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  if (difference > 0) return one.slice(at + 1) === other.slice(at)
  if (difference < 0) return one.slice(at) === other.slice(at + 1)
  if (one.slice(at + 1) === other.slice(at + 1)) return true
  return one[at] === other[at + 1] && one[at + 1] === other[at] && one.slice(at + 2) === other.slice(at + 2)
}

/** "3/14" of a day that is known. */
function dayAt({ days }: Index, page: Page, token: number, shape: number): Span | null {
  if ((shape & SHAPE.number) === 0 || !isMark(page, token + 1, '/') || !isTight(page, token + 1) || !isTight(page, token + 2)) return null
  if ((shapeAt(page, token + 2) & SHAPE.number) === 0 || (isMark(page, token + 3, '/') && isTight(page, token + 3))) return null
  const one = wordAt(page, token).padStart(2, '0')
  const two = wordAt(page, token + 2).padStart(2, '0')
  if (!days.has(`${one}-${two}`) && !days.has(`${two}-${one}`)) return null
  return { start: startAt(page, token), end: endAt(page, token + 2), class: 'DATE', rule: 'known-day' }
}

/** "J.S.", "J. Q. P." */
function initialsAt({ initials }: Index, page: Page, token: number, shape: number): Span | null {
  if ((shape & SHAPE.initial) === 0 || !isMark(page, token + 1, '.')) return null
  let text = wordAt(page, token)
  let last = token + 1
  // "J.S. K.T." are two
  const spaced = !isTight(page, last + 1)
  while (
    text.length < 4 &&
    (shapeAt(page, last + 1) & SHAPE.initial) !== 0 &&
    isMark(page, last + 2, '.') &&
    isTight(page, last + 1) !== spaced
  ) {
    text += wordAt(page, last + 1)
    last += 2
  }
  return text.length > 1 && initials.has(text)
    ? { start: startAt(page, token), end: endAt(page, last), class: 'NAME', rule: 'known-initials' }
    : null
}

/** A known name takes the initials beside it along: "J. Smith", "Smith J". */
function withInitials(page: Page, token: number, span: Span): Span {
  let { start, end } = span
  let before = token - 1
  if (isMark(page, before, '.')) before--
  if (before >= 0 && (shapeAt(page, before) & SHAPE.initial) !== 0 && (before < token - 1 || wordAt(page, before) !== 'a'))
    start = startAt(page, before)
  let after = token
  while (after < page.tokens.count && startAt(page, after) < end) after++
  if (
    (shapeAt(page, after) & SHAPE.initial) !== 0 &&
    wordAt(page, after) !== 'i' &&
    !isTight(page, after) &&
    (shapeAt(page, after + 1) & LETTERS) === 0
  ) {
    end = isMark(page, after + 1, '.') ? endAt(page, after + 1) : endAt(page, after)
  }
  return start === span.start && end === span.end ? span : { ...span, start, end }
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** A date as people write it in one run: 03141961, 031461, 19610314, 14mar1961. */
function compactDates(date: string): readonly string[] {
  const [year = '', month = '', day = ''] = date.split('-')
  const name = MONTHS[Number(month) - 1] ?? ''
  const short = year.slice(2)
  return [
    `${month}${day}${year}`,
    `${day}${month}${year}`,
    `${year}${month}${day}`,
    `${month}${day}${short}`,
    `${day}${name}${year}`,
    `${Number(day)}${name}${short}`
  ]
}
