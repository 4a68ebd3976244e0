/** A folded text with its tokens: what every detector reads, and the few questions they ask of it. A token that is not there has no shape and no bits. */

import { hashFirst, hashSecond, WORD, type Words } from '../words/words.ts'
import { LETTERS, SHAPE, type Tokens } from './tokens.ts'

export interface Page {
  /** folded (normalise.ts), upper and lower case as they were */
  readonly text: string
  /** `text` in lower case, unit by unit */
  readonly lower: string
  readonly tokens: Tokens
  readonly words: Words
}

/** Lower case without a change of length: of the few letters whose lower case is longer (İ) the first unit. */
export function lowered(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length
    ? lower
    : Array.from({ length: text.length }, (_, at) => text.charAt(at).toLowerCase().charAt(0)).join('')
}

export function shapeAt({ tokens }: Page, token: number): number {
  return token < tokens.count ? (tokens.shape[token] ?? 0) : 0
}

export function bitsAt({ tokens }: Page, token: number): number {
  return token < tokens.count ? (tokens.bits[token] ?? 0) : 0
}

export function startAt({ tokens }: Page, token: number): number {
  return tokens.start[token] ?? 0
}

export function endAt({ tokens }: Page, token: number): number {
  return tokens.end[token] ?? 0
}

export function lengthAt(page: Page, token: number): number {
  return endAt(page, token) - startAt(page, token)
}

/** The token in lower case. */
export function wordAt(page: Page, token: number): string {
  return token < 0 || token >= page.tokens.count ? '' : page.lower.slice(startAt(page, token), endAt(page, token))
}

/** Whether the token is this mark. */
export function isMark(page: Page, token: number, mark: string): boolean {
  return (shapeAt(page, token) & SHAPE.mark) !== 0 && page.text[startAt(page, token)] === mark
}

/** Whether nothing stands between a token and the one before it. */
export function isTight(page: Page, token: number): boolean {
  const shape = shapeAt(page, token)
  return shape !== 0 && (shape & SHAPE.blankBefore) === 0
}

const MOST_WORDS = 5
const BLANK = 32

/**
 * The last token of the longest phrase of the dictionaries that begins with a token and has any of `mask`; -1 where there is none. Apostrophes and full
 * stops are left out, a hyphen is a blank, as in the dictionaries.
 */
export function phraseEnd(page: Page, token: number, mask: number): number {
  let best = (bitsAt(page, token) & mask) !== 0 ? token : -1
  if ((bitsAt(page, token) & WORD.placeHead) === 0) return best
  let first = page.tokens.first[token] ?? 0
  let second = page.tokens.second[token] ?? 0
  let joined = false
  for (let next = token + 1, words = 1; words < MOST_WORDS; next++) {
    const kind = kindAt(page, next)
    if (kind === 'end') break
    if (kind !== 'word') {
      joined = kind === 'apostrophe'
      continue
    }
    if (!joined) {
      first = hashFirst(first, BLANK)
      second = hashSecond(second, BLANK)
    }
    for (let at = startAt(page, next); at < endAt(page, next); at++) {
      const unit = page.lower.charCodeAt(at)
      first = hashFirst(first, unit)
      second = hashSecond(second, unit)
    }
    joined = false
    words++
    if ((page.words.bits(first, second) & mask) !== 0) best = next
  }
  return best
}

/** What a token is to a phrase that goes on. */
function kindAt(page: Page, token: number): 'word' | 'mark' | 'apostrophe' | 'end' {
  const shape = shapeAt(page, token)
  if ((shape & SHAPE.gapBefore) !== 0) return 'end'
  if ((shape & LETTERS) !== 0) return 'word'
  const mark = (shape & SHAPE.mark) !== 0 ? page.text[startAt(page, token)] : ''
  if (mark === "'") return 'apostrophe'
  return mark === '.' || mark === '-' ? 'mark' : 'end'
}
