/** Long names that are known, with one letter wrong, missing, too many, or two exchanged; or within a longer word ("jquillfeather7"). */
import { bitsAt, endAt, isTight, lengthAt, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD } from '../words/words.ts'
import { alike, hashesWithout, hashOf, type Lacking, lackingOf } from './lacking.ts'

export interface LongNames {
  readonly names: ReadonlySet<string>
  readonly lacking: Lacking
  /** their first two letters and their last two: one edit keeps the ones or the others, and so does a longer word */
  readonly ends: ReadonlySet<number>
  readonly longest: number
}

/** So many letters a name has that is also found with one of them wrong. */
const LONG = 6

export function longNames(all: Iterable<string>): LongNames {
  const names = new Set(Array.from(all).filter((name) => name.length >= LONG && /^[a-z]+$/.test(name)))
  const ends = new Set<number>()
  let longest = 0
  for (const name of names) {
    ends.add(pairAt(name, 0)).add(-pairAt(name, name.length - 2))
    longest = Math.max(longest, name.length)
  }
  return { names, lacking: lackingOf(names), ends, longest }
}

/** `canon`: what each name stands for. */
export function misspeltAt(long: LongNames, canon: ReadonlyMap<string, string>, page: Page, token: number): Span | null {
  if (!mayBeMisspelt(page, token, shapeAt(page, token)) || !beginsOrEnds(long, page, token)) return null
  const word = wordAt(page, token)
  const name = nearly(long, word) ?? within(long, word)
  if (name === null) return null
  const last = isTight(page, token + 1) && (shapeAt(page, token + 1) & SHAPE.number) !== 0 ? token + 1 : token
  const [start, end] = [startAt(page, token), endAt(page, last)]
  return { start, end, class: 'NAME', rule: 'known-misspelt', told: [{ start, end, key: canon.get(name) ?? name }] }
}

function beginsOrEnds({ ends }: LongNames, page: Page, token: number): boolean {
  return ends.has(pairAt(page.lower, startAt(page, token))) || ends.has(-pairAt(page.lower, endAt(page, token) - 2))
}

function pairAt(text: string, at: number): number {
  return text.charCodeAt(at) * 0x10000 + text.charCodeAt(at + 1)
}

/** In lower case only what no dictionary knows. */
function mayBeMisspelt(page: Page, token: number, shape: number): boolean {
  const bits = bitsAt(page, token)
  if (lengthAt(page, token) < LONG - 1 || ((shape & (SHAPE.capital | SHAPE.upper | SHAPE.mixed)) === 0 && bits !== 0)) return false
  return (bits & (WORD.plain | WORD.basic | WORD.never | WORD.facility)) === 0 && !(isTight(page, token) && isTight(page, token + 1))
}

/** "jquillfeather", "quillfeather7": a name a word begins or ends with. */
function within({ names, longest }: LongNames, word: string): string | null {
  for (let length = Math.min(longest, word.length - 1); length >= LONG; length--)
    for (const part of [word.slice(0, length), word.slice(-length)]) if (names.has(part)) return part
  return null
}

/** The name that one edit makes of the word. */
function nearly({ lacking, longest }: LongNames, word: string): string | null {
  if (word.length > longest + 1) return null
  for (const hash of [hashOf(word), ...hashesWithout(word)]) for (const name of alike(lacking, hash)) if (isNearly(word, name)) return name
  return null
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
