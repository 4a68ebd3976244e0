/** Names that are known, with one or two digits for letters, as readers of scanned pages and quick fingers write them ("Zephyr1ne", "Qui11feather"). Refuses nothing. */
import { endAt, isTight, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { LETTERS, SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'

/** What each digit may be read for. */
const LETTERS_OF: Readonly<Record<string, string>> = { 0: 'o', 1: 'il', 3: 'e', 4: 'a', 5: 's', 6: 'g', 7: 't', 8: 'b' }
/** Shorter ones are codes, too. */
const LEAST = 5
const MOST_DIGITS = 2

/** `canon`: each name, and what it stands for. */
export function lookAlikeAt(canon: ReadonlyMap<string, string>, page: Page, token: number): Span | null {
  const last = lastOf(page, token)
  if (last === token) return null
  const [start, end] = [startAt(page, token), endAt(page, last)]
  if (end - start < LEAST) return null
  for (const word of readings(page.lower.slice(start, end))) {
    const key = canon.get(word)
    if (key !== undefined) return { start, end, class: 'NAME', rule: 'known-misspelt', told: [{ start, end, key }] }
  }
  return null
}

/** The last token of a word of letters and digits that stand together; the token itself where it has no digits, or too many. */
function lastOf(page: Page, token: number): number {
  if (isTight(page, token) && (shapeAt(page, token - 1) & SHAPE.mark) === 0) return token
  let last = token
  let digits = 0
  let at = token
  for (; at === token || isTight(page, at); at++) {
    const shape = shapeAt(page, at)
    if ((shape & SHAPE.number) !== 0) digits += wordAt(page, at).length
    else if ((shape & LETTERS) === 0) break
    last = at
    if (digits > MOST_DIGITS) return token
  }
  return digits === 0 ? token : last
}

/** The word with each of its digits read for each letter it may be. */
function readings(word: string): readonly string[] {
  return Array.from(word).reduce<readonly string[]>(
    (all, char) => {
      const letters = /\d/.test(char) ? (LETTERS_OF[char] ?? '') : char
      return Array.from(letters).flatMap((letter) => all.map((read) => read + letter))
    },
    ['']
  )
}
