/** Names that are known, with letters lost: U+FFFD stands for one letter or apostrophe, or for the bytes of one ("Mu\ufffdoz", "O\ufffdBrien"). */
import { endAt, lengthAt, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { LETTERS } from '../reading/tokens.ts'
import type { Span } from '../span.ts'

/** So many letters a name has that is also found with one of them lost. */
const LEAST = 5
const LONGEST = 64
const LOST = /\ufffd{1,4}/
/** Of more, what is left says too little. */
const MOST_LOST = 2

export function mayBeDamaged(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.length >= LEAST && name.length <= LONGEST)
}

export function isDamaged({ text }: Page): boolean {
  return text.includes('\ufffd')
}

/** `canon`: what each name stands for. */
export function damagedAt(names: readonly string[], canon: ReadonlyMap<string, string>, page: Page, token: number): Span | null {
  if ((shapeAt(page, token) & LETTERS) === 0 || lengthAt(page, token) > LONGEST) return null
  const parts = wordAt(page, token).split(LOST)
  const lost = parts.length - 1
  if (lost < 1 || lost > MOST_LOST || parts.join('').length < LEAST - lost) return null
  const written = new RegExp(`^${parts.join('.?')}$`)
  const name = names.find((each) => written.test(each))
  if (name === undefined) return null
  const [start, end] = [startAt(page, token), endAt(page, token)]
  return { start, end, class: 'NAME', rule: 'known-misspelt', told: [{ start, end, key: canon.get(name) ?? name }] }
}
