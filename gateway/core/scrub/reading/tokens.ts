/**
 * Cuts folded text into tokens: runs of letters, runs of digits, single marks. Each has its shape and what the dictionaries say of it, in flat arrays
 * that are used again for the next text. One pass; blanks are no tokens.
 */
import { hashFirst, hashSecond, SEEDS, type Words } from '../words/words.ts'

/** What a token looks like, and what stands before it. */
export const SHAPE = {
  number: 1,
  lower: 2,
  /** Upper case first, the rest lower */
  capital: 4,
  /** two letters or more, all upper case */
  upper: 8,
  /** one upper-case letter */
  initial: 16,
  mixed: 32,
  mark: 64,
  /** a blank or a line's end stands before it, or the text begins here */
  blankBefore: 128,
  lineBefore: 256,
  /** an empty line stands before it */
  gapBefore: 512
} as const

export const LETTERS: number = SHAPE.lower | SHAPE.capital | SHAPE.upper | SHAPE.initial | SHAPE.mixed
export const CAPITALS: number = SHAPE.capital | SHAPE.upper | SHAPE.initial | SHAPE.mixed

export interface Tokens {
  count: number
  start: Int32Array
  end: Int32Array
  shape: Int32Array
  bits: Int32Array
  /** the two hashes, to look up words that only this record knows */
  first: Int32Array
  second: Int32Array
}

/** Kinds of characters: 0 mark, 1 blank, 2 line end, 3 lower, 4 upper, 5 digit. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code === 10 || code === 12) return 2
  if (code <= 32 || code === 127) return 1
  if (code >= 97 && code <= 122) return 3
  if (code >= 65 && code <= 90) return 4
  return code >= 48 && code <= 57 ? 5 : 0
})
const MARK = 0
const BLANK = 1
const LINE = 2
const LOWER = 3
const UPPER = 4
const DIGIT = 5
/** Sets an ASCII capital in lower case. */
const LOWER_BIT = 0x20

function kindOf(code: number): number {
  return code < 128 ? (KINDS[code] ?? MARK) : kindBeyond(code)
}

/** Whether a character is a letter or a digit, so that a word goes on over it. */
export function isWordUnit(code: number): boolean {
  return kindOf(code) >= LOWER
}

const SIGN = /[\p{P}\p{S}]/u

/** Letters that have no ASCII form count as letters: lower unless a capital of Latin, Greek or Cyrillic; so does U+FFFD, which stands for one. */
function kindBeyond(code: number): number {
  if ((code >= 0x2000 && code <= 0x2bff) || (code >= 0xd800 && code <= 0xf8ff)) return code === 0x2028 || code === 0x2029 ? LINE : MARK
  if (code < 0xc0 && code !== 0xaa && code !== 0xb5 && code !== 0xba) return MARK
  const char = String.fromCharCode(code)
  if (char !== char.toLowerCase()) return UPPER
  return code !== 0xfffd && SIGN.test(char) ? MARK : LOWER
}

export function createTokens(): Tokens {
  const room = (): Int32Array => new Int32Array(1024)
  return { count: 0, start: room(), end: room(), shape: room(), bits: room(), first: room(), second: room() }
}

/** Fills `tokens` anew with those of `text`; `lower` is the text in lower case, of the same length. */
export function tokenize(text: string, lower: string, words: Words, tokens: Tokens): void {
  tokens.count = 0
  let before: number = SHAPE.blankBefore | SHAPE.lineBefore | SHAPE.gapBefore
  for (let index = 0; index < text.length; ) {
    const kind = kindOf(text.charCodeAt(index))
    if (kind === BLANK || kind === LINE) {
      before |= blankBits(kind, before)
      index++
      continue
    }
    if (tokens.count === tokens.start.length) grow(tokens)
    const token = tokens.count++
    tokens.start[token] = index
    const isWord = kind === LOWER || kind === UPPER
    index = isWord ? word(text, lower, index, before, words, tokens) : other(text, index, kind, before, tokens)
    tokens.end[token] = index
    before = 0
  }
}

/** Reads the digits or the mark at `index` into the last token, and says where it ends. */
function other(text: string, index: number, kind: number, before: number, tokens: Tokens): number {
  const token = tokens.count - 1
  tokens.shape[token] = (kind === DIGIT ? SHAPE.number : SHAPE.mark) | before
  tokens.bits[token] = 0
  let end = index + 1
  while (kind === DIGIT && end < text.length && kindOf(text.charCodeAt(end)) === DIGIT) end++
  return end
}

function blankBits(kind: number, before: number): number {
  if (kind === BLANK) return SHAPE.blankBefore
  return (before & SHAPE.lineBefore) === 0 ? SHAPE.blankBefore | SHAPE.lineBefore : SHAPE.gapBefore
}

/** Reads the word at `index` into the last token, and says where it ends. */
function word(text: string, lower: string, index: number, before: number, words: Words, tokens: Tokens): number {
  const token = tokens.count - 1
  let first: number = SEEDS.first
  let second: number = SEEDS.second
  let uppers = 0
  let at = index
  for (; at < text.length; at++) {
    let unit = text.charCodeAt(at)
    const kind = unit < 128 ? (KINDS[unit] ?? MARK) : kindBeyond(unit)
    if (kind === UPPER) {
      uppers++
      unit = unit < 128 ? unit | LOWER_BIT : lower.charCodeAt(at)
    } else if (kind !== LOWER) break
    first = hashFirst(first, unit)
    second = hashSecond(second, unit)
  }
  tokens.first[token] = first
  tokens.second[token] = second
  tokens.bits[token] = words.bits(first, second)
  tokens.shape[token] = before | shapeOf(uppers, at - index, kindOf(text.charCodeAt(index)) === UPPER ? 1 : 0)
  return at
}

function shapeOf(uppers: number, length: number, leading: number): number {
  if (uppers === 0) return SHAPE.lower
  if (uppers === length) return length === 1 ? SHAPE.initial : SHAPE.upper
  return uppers === 1 && leading === 1 ? SHAPE.capital : SHAPE.mixed
}

function grow(tokens: Tokens): void {
  for (const name of ['start', 'end', 'shape', 'bits', 'first', 'second'] as const) {
    const larger = new Int32Array(tokens[name].length * 2)
    larger.set(tokens[name])
    tokens[name] = larger
  }
}
