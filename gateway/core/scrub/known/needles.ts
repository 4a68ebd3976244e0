/** Finds what is known as it stands: letters and digits are compared, whatever stands between them, and it counts where it is written as such (written.ts). */
import { lengthAt, type Page, startAt, wordAt } from '../reading/page.ts'
import { isWordUnit } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { isWritten, type Needle } from './written.ts'

export interface Needles {
  /** by their first letters and digits */
  readonly byKey: ReadonlyMap<string, Shelf>
  /** the first two letters or digits of each needle, as one number */
  readonly heads: ReadonlySet<number>
  /** the texts of those that are names */
  readonly names: ReadonlySet<string>
}

/** Needles that begin alike. */
interface Shelf {
  readonly byText: Map<string, Needle[]>
  /** how long they are, the longest first */
  lengths: readonly number[]
}

/** Needles are found by their first so many letters and digits, shorter ones by all of them. */
const KEY = 4

export function createNeedles(needles: Iterable<Needle>): Needles {
  const byKey = new Map<string, Shelf>()
  const names = new Set<string>()
  for (const needle of needles) {
    if (needle.class === 'NAME') names.add(needle.text)
    const { byText } = shelfOf(byKey, needle.text.slice(0, KEY))
    const same = byText.get(needle.text)
    if (same === undefined) byText.set(needle.text, [needle])
    else same.push(needle)
  }
  for (const shelf of byKey.values())
    shelf.lengths = [...new Set(Array.from(shelf.byText.keys(), (text) => text.length))].sort((one, other) => other - one)
  return { byKey, heads: new Set(Array.from(byKey.keys(), (key) => headOf(key, 0))), names }
}

function shelfOf(byKey: Map<string, Shelf>, key: string): Shelf {
  const shelf = byKey.get(key) ?? { byText: new Map<string, Needle[]>(), lengths: [] }
  byKey.set(key, shelf)
  return shelf
}

/** The longest needle that stands at a token. */
export function needleAt(needles: Needles, page: Page, token: number): Span | null {
  const { byKey, heads } = needles
  const start = startAt(page, token)
  // most words begin as no needle does
  if (lengthAt(page, token) > 1 && !heads.has(headOf(page.lower, start))) return null
  return (
    matched(needles, byKey.get(keyAt(page.lower, start)), page, token) ??
    (lengthAt(page, token) < KEY ? matched(needles, byKey.get(wordAt(page, token)), page, token) : null)
  )
}

function matched(needles: Needles, shelf: Shelf | undefined, page: Page, token: number): Span | null {
  if (shelf === undefined) return null
  const start = startAt(page, token)
  const { text, ends } = squeezedFrom(page.lower, start, shelf.lengths[0] ?? 0)
  for (const length of shelf.lengths) {
    if (length > text.length) continue
    const end = ends[length - 1] ?? 0
    for (const needle of shelf.byText.get(text.slice(0, length)) ?? []) {
      if (!isWhole(page.lower, start, end, needle) || !isWritten(needles.names, page, token, needle)) continue
      return spanOf(page.lower, start, end, needle)
    }
  }
  return null
}

function spanOf(lower: string, start: number, until: number, { class: name, rule, key }: Needle): Span {
  if (name !== 'NAME') return { start, end: until, class: name, rule }
  let end = until
  while (isDigit(lower.charCodeAt(end))) end++
  return { start, end, class: name, rule, told: [{ start, end, key }] }
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** A name may have digits beside it ("Xxxx2"), all else has neither letters nor digits. */
function isWhole(lower: string, start: number, end: number, { class: name, text }: Needle): boolean {
  const isBesideDigits = name === 'NAME' && text.length >= KEY
  const goesOn = (at: number): boolean => {
    const code = lower.charCodeAt(at)
    return at >= 0 && at < lower.length && isWordUnit(code) && !(isBesideDigits && isDigit(code))
  }
  return !goesOn(start - 1) && !goesOn(end)
}

/** Between two letters or digits of a needle stand so many other characters at most. */
const MOST_BETWEEN = 3

/** The letters and digits from an offset on, and where each ends. */
function squeezedFrom(lower: string, start: number, most: number): { readonly text: string; readonly ends: readonly number[] } {
  let text = ''
  const ends: number[] = []
  for (let at = start, between = 0; text.length < most && at < lower.length && between <= MOST_BETWEEN; at++) {
    const isPart = isWordUnit(lower.charCodeAt(at))
    if (isPart) {
      text += lower[at]
      ends.push(at + 1)
    }
    between = isPart ? 0 : between + 1
  }
  return { text, ends }
}

function headOf(text: string, at: number): number {
  return text.charCodeAt(at) * 0x10000 + text.charCodeAt(at + 1)
}

/** The first letters and digits from an offset on, whatever stands between them. */
function keyAt(lower: string, start: number): string {
  let key = ''
  for (let at = start, between = 0; key.length < KEY && at < lower.length && between <= MOST_BETWEEN; at++) {
    const isPart = isWordUnit(lower.charCodeAt(at))
    if (isPart) key += lower[at]
    between = isPart ? 0 : between + 1
  }
  return key
}
