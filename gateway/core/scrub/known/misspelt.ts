/** Long names that are known, with one letter wrong, missing, too many, or two exchanged; or within a longer word ("jquillfeather7"). */
import { bitsAt, endAt, isTight, lengthAt, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD } from '../words/words.ts'

/** Long names by their first letter, and by their last: one edit keeps the one or the other. */
export type LongNames = ReadonlyMap<string, readonly string[]>

/** So many letters a name has that is also found with one of them wrong. */
const LONG = 6

export function longNames(names: Iterable<string>): LongNames {
  const table = new Map<string, string[]>()
  for (const name of names) {
    if (name.length < LONG || !/^[a-z]+$/.test(name)) continue
    for (const key of [name.slice(0, 1), `-${name.slice(-1)}`]) table.set(key, [...(table.get(key) ?? []), name])
  }
  return table
}

/** `canon`: what each name stands for. */
export function misspeltAt(long: LongNames, canon: ReadonlyMap<string, string>, page: Page, token: number): Span | null {
  if (long.size === 0 || !mayBeMisspelt(page, token, shapeAt(page, token))) return null
  const word = wordAt(page, token)
  for (const key of [word.slice(0, 1), `-${word.slice(-1)}`]) {
    const name = (long.get(key) ?? []).find((each) => isNearly(word, each) || isWithin(word, each))
    if (name === undefined) continue
    const last = isTight(page, token + 1) && (shapeAt(page, token + 1) & SHAPE.number) !== 0 ? token + 1 : token
    const [start, end] = [startAt(page, token), endAt(page, last)]
    return { start, end, class: 'NAME', rule: 'known-misspelt', told: [{ start, end, key: canon.get(name) ?? name }] }
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
