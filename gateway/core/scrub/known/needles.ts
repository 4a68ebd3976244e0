/**
 * Finds what is known as it stands: letters and digits are compared, whatever stands between them. A name that is a plain word counts only where it is
 * written as a name, and a word of a facility's name only where it is nothing else.
 */
import type { IdentifierClass } from '../classes.ts'
import { isEponym } from '../names/eponym.ts'
import { isActing } from '../names/unlisted.ts'
import { bitsAt, isMark, lengthAt, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { CAPITALS, SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD } from '../words/words.ts'

export interface Needle {
  /** letters and digits only, lower case */
  readonly text: string
  readonly class: IdentifierClass
  readonly rule: 'known-name' | 'known-value' | 'known-date' | 'known-part'
  /** what it stands for: one for all writings of a name */
  readonly key: string
}

export interface Needles {
  /** by their first letters and digits, the longest first */
  readonly byKey: ReadonlyMap<string, readonly Needle[]>
  /** the first two letters or digits of each needle, as one number */
  readonly heads: ReadonlySet<number>
}

/** Needles are found by their first so many letters and digits, shorter ones by all of them. */
const KEY = 4

export function createNeedles(needles: Iterable<Needle>): Needles {
  const byKey = new Map<string, Needle[]>()
  for (const needle of needles) {
    const key = needle.text.slice(0, KEY)
    const list = byKey.get(key)
    if (list === undefined) byKey.set(key, [needle])
    else list.push(needle)
  }
  for (const list of byKey.values()) list.sort((one, other) => other.text.length - one.text.length)
  return { byKey, heads: new Set(Array.from(byKey.keys(), (key) => headOf(key, 0))) }
}

/** The longest needle that stands at a token. */
export function needleAt({ byKey, heads }: Needles, page: Page, token: number): Span | null {
  const start = startAt(page, token)
  // most words begin as no needle does
  if (lengthAt(page, token) > 1 && !heads.has(headOf(page.lower, start))) return null
  if (start > 0 && isAlnum(page.lower.charCodeAt(start - 1))) return null
  return (
    matched(byKey.get(keyAt(page.lower, start)), page, token) ??
    matched(lengthAt(page, token) < KEY ? byKey.get(wordAt(page, token)) : undefined, page, token)
  )
}

function matched(needles: readonly Needle[] | undefined, page: Page, token: number): Span | null {
  const start = startAt(page, token)
  for (const needle of needles ?? []) {
    const end = endOf(page, start, needle.text)
    if (end < 0 || !isWritten(page, token, needle)) continue
    const { class: name, rule, key } = needle
    return name === 'NAME' ? { start, end, class: name, rule, told: [{ start, end, key }] } : { start, end, class: name, rule }
  }
  return null
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

/** Words that tell what a facility is, not which. */
const KIND =
  WORD.plain |
  WORD.basic |
  WORD.never |
  WORD.month |
  WORD.facility |
  WORD.generic |
  WORD.state |
  WORD.country |
  WORD.street |
  WORD.title |
  WORD.credential

const PLAIN = WORD.plain | WORD.basic | WORD.never | WORD.month
/** Words that a plain one is more often than a name. */
const USUAL = WORD.basic | WORD.never | WORD.month

/** Whether a word is written as what it is known for: a name that is a plain word ("Young", "May") has its capital, and does not begin a sentence. */
function isWritten(page: Page, token: number, { class: name, rule, text }: Needle): boolean {
  if (name !== 'NAME' && name !== 'PLACE' && name !== 'FACILITY') return true
  const isCapital = (shapeAt(page, token) & CAPITALS) !== 0
  const bits = bitsAt(page, token)
  if (rule === 'known-part') return isCapital && (bits & KIND) === 0 && !isEponym(page, token)
  if (text.length > lengthAt(page, token)) return isCapital || name === 'NAME' || text.length >= 12
  if ((bits & PLAIN) === 0) return text.length > 3 || isCapital
  return isCapital && ((bits & USUAL) === 0 || isMeant(page, token, name))
}

/** A usual word with its capital: within a sentence, beside a surname, or where it acts as a person. */
function isMeant(page: Page, token: number, name: IdentifierClass): boolean {
  const shape = shapeAt(page, token)
  const before = shapeAt(page, token - 1)
  const begins = token === 0 || (shape & SHAPE.lineBefore) !== 0 || ((before & SHAPE.mark) !== 0 && !isMark(page, token - 1, ','))
  const beside = (shapeAt(page, token + 1) & CAPITALS) !== 0 && (bitsAt(page, token + 1) & WORD.last) !== 0
  const acts = name === 'NAME' && isActing(page, token)
  if ((shape & SHAPE.upper) !== 0) return beside || acts || (before & CAPITALS) !== 0
  return !begins || beside || acts
}
