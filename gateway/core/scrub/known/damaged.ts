/**
 * Names that are known, with letters lost: U+FFFD or a question mark stands for one letter or apostrophe, or for the bytes of one ("Mu\ufffdoz", "Mu?oz",
 * "O\ufffdBrien"). Where it stands for a mark between words, the names on both sides are found.
 */
import { bitsAt, endAt, type Page, startAt } from '../reading/page.ts'
import type { Span, Told } from '../span.ts'
import { hashesOf, WORD } from '../words/words.ts'
import { alike, hashOf, joinedHash, type Lacking, lackingOf } from './lacking.ts'

/** So many letters a name has that is also found with one of them lost, and so many are left. */
const LEAST = 4
const LEAST_LEFT = 3
const LONGEST = 64
const LOST = /[\ufffd?]{1,4}/
const LOSTS = /[\ufffd?]{1,4}/g
/** Of more, what is left says too little. */
const MOST_LOST = 2
/** Letters with signs of loss: question marks only beside a letter. */
const WRITTEN = /^\??[\p{L}\ufffd]+(?:\?{1,4}[\p{L}\ufffd]+)*\??/u
/** What a word is more often than a name. */
const PLAIN = WORD.plain | WORD.basic | WORD.never | WORD.month

export interface DamagedNames {
  readonly names: ReadonlySet<string>
  readonly lacking: Lacking
  /** what each name stands for */
  readonly canon: ReadonlyMap<string, string>
}

export function damagedNames(all: readonly string[], canon: ReadonlyMap<string, string>): DamagedNames {
  return { names: new Set(all), lacking: lackingOf(all.filter((name) => name.length >= LEAST && name.length <= LONGEST)), canon }
}

export function isDamaged({ text }: Page): boolean {
  return text.includes('\ufffd') || (text.includes('?') && /\p{L}\?|\?\p{L}/u.test(text))
}

export function damagedAt(names: DamagedNames, page: Page, token: number): Span | null {
  const written = writtenAt(page, token)
  if (written === null) return null
  const told = wholly(names, written) ?? partly(names, page, written)
  const [first, last] = [told[0], told.at(-1)]
  if (first === undefined || last === undefined) return null
  return { start: first.start, end: last.end, class: 'NAME', rule: 'known-misspelt', told }
}

interface Written {
  readonly start: number
  readonly word: string
}

/** The word at a token with what was lost of it; null where nothing was. */
function writtenAt(page: Page, token: number): Written | null {
  const { lower } = page
  const [from, until] = [startAt(page, token), endAt(page, token)]
  const start = lower[from - 1] === '?' ? from - 1 : from
  if (start === from && lower[until] !== '?' && !lower.slice(from, until).includes('\ufffd')) return null
  const all = WRITTEN.exec(lower.slice(start, start + LONGEST + 1))?.[0] ?? ''
  // behind a word that is one a question mark asks
  const word = (bitsAt(page, token) & PLAIN) !== 0 ? all.replace(/\?$/, '') : all
  return word.length < LEAST || word.length > LONGEST || !LOST.test(word) ? null : { start, word }
}

/** All of it is one name. */
function wholly({ lacking, canon }: DamagedNames, { start, word }: Written): readonly Told[] | null {
  const parts = word.split(LOST)
  const lost = (word.match(LOSTS) ?? []).map(({ length }) => Math.min(length, MOST_LOST))
  if (lost.length > MOST_LOST || parts.join('').length < LEAST_LEFT) return null
  const pattern = new RegExp(`^${parts.map((part, at) => `${part}${at < lost.length ? `.{0,${lost[at]}}` : ''}`).join('')}$`)
  for (const name of candidates(lacking, parts, lost))
    if (pattern.test(name)) return [{ start, end: start + word.length, key: canon.get(name) ?? name }]
  return null
}

/** Names of the letters that are left, and of one or two more. */
function* candidates(lacking: Lacking, parts: readonly string[], lost: readonly number[]): Generator<string> {
  yield* alike(lacking, hashOf(parts.join('')))
  if (lost.length === 1 && lost[0] === 1) return
  // of two letters one stands at the first sign, unless both stand at the second
  for (const at of lost[1] === MOST_LOST ? [1, 2] : [1]) {
    const before = hashOf(parts.slice(0, at).join(''))
    const behind = parts.slice(at).join('')
    const hash = hashOf(behind)
    for (const letter of lacking.letters) yield* alike(lacking, joinedHash(hashOf(letter, before), hash, behind.length))
  }
}

/** Names on both sides of a mark that was lost: "Xxxx\ufffds", "Xxxx\ufffdYyyy". */
function partly({ names, canon }: DamagedNames, page: Page, { start, word }: Written): readonly Told[] {
  const told: Told[] = []
  for (const { 0: part, index } of word.matchAll(/[^\ufffd?]+/g)) {
    const at = start + index
    const isPlain = (page.words.bits(...hashesOf(part)) & PLAIN) !== 0 && page.text[at] === page.lower[at]
    if (part.length >= LEAST_LEFT && names.has(part) && !isPlain)
      told.push({ start: at, end: at + part.length, key: canon.get(part) ?? part })
  }
  return told
}
