/**
 * Tries the patterns where they can begin: at numbers, at the words that start one, at marks, and at letters that digits or a full stop follow at once. One
 * pass over the tokens; what is claimed is not searched again.
 */
import { endAt, isMark, isTight, lengthAt, type Page, shapeAt, startAt } from '../reading/page.ts'
import { LETTERS, SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD, type WordEntry } from '../words/words.ts'
import { AGES_BY_NUMBER, AGES_BY_WORD, birthYears } from './ages.ts'
import { CODES_BY_LETTERS, CODES_BY_NUMBER, DEVICE_LABELS, ENCODED_WORDS } from './codes.ts'
import { accountNameAt, CONTACT_BY_NUMBER, DOMAINS, mailAt, URL_WORDS, URLS, wordedMailAt } from './contact.ts'
import { DATES_BY_MONTH, DATES_BY_NUMBER, DATES_BY_WORD, MISSPELT } from './dates.ts'
import { NEAR_BY_MONTH, NEAR_BY_NUMBER, NEAR_BY_WORD } from './dates-near.ts'
import { OTHER_DATES_BY_NUMBER, OTHER_DATES_BY_WORD } from './dates-other.ts'
import { seriesOf } from './dates-series.ts'
import { LABELLED, LABELLED_WORDS, MASKED_SSN } from './labelled.ts'
import { matchAt, type Pattern } from './pattern.ts'
import { SPOKEN_BY_WORD, spokenMailAt } from './spoken.ts'
import { findUnbroken } from './unbroken.ts'

const BY_NUMBER: readonly Pattern[] = [
  ...DATES_BY_NUMBER,
  ...OTHER_DATES_BY_NUMBER,
  ...NEAR_BY_NUMBER,
  ...AGES_BY_NUMBER,
  ...CONTACT_BY_NUMBER,
  ...CODES_BY_NUMBER
]
const BY_BRACKET: readonly Pattern[] = [...DEVICE_LABELS, ...CONTACT_BY_NUMBER]
const BY_MONTH: readonly Pattern[] = [...DATES_BY_MONTH, ...NEAR_BY_MONTH]
/** The patterns of BY_NUMBER by what follows (Pattern.after); all where the text ends. */
const BY_FOLLOWER: ReadonlyMap<string, readonly Pattern[]> = new Map(
  ['', ...'mlMLN'].map((follower) => [follower, BY_NUMBER.filter(({ after }) => after?.includes(follower) ?? true)])
)
const NONE: readonly Pattern[] = []
const FEW_DIGITS = 5
/** Tokens between a label and the first digit of its value, at most. */
const NEAR = 12
const WORDS: ReadonlyMap<string, readonly Pattern[]> = merged([
  ...DATES_BY_WORD,
  ...OTHER_DATES_BY_WORD,
  ...NEAR_BY_WORD,
  ...AGES_BY_WORD,
  ...SPOKEN_BY_WORD,
  ...LABELLED_WORDS,
  ...URL_WORDS.map((word) => [word, URLS] as const)
])

function merged(rows: Iterable<readonly [string, readonly Pattern[]]>): ReadonlyMap<string, readonly Pattern[]> {
  const table = new Map<string, readonly Pattern[]>()
  for (const [word, patterns] of rows) table.set(word, [...(table.get(word) ?? []), ...patterns])
  return table
}

/** The words that patterns begin with, for the dictionaries. */
export function* patternWords(): Generator<WordEntry> {
  for (const word of ['dot', ...WORDS.keys(), ...LABELLED.keys(), ...birthYears(0).map(([name]) => name)])
    yield { word, bits: WORD.trigger }
  for (const word of MISSPELT.split(' ')) yield { word, bits: WORD.month }
}

/** `year`: that of the release, by which ages are told. */
export function createPatterns(year: number): (page: Page, found: Span[]) => void {
  const table = merged([...WORDS, ...birthYears(year)])
  return (page, found) => {
    findUnbroken(page, found)
    let end = 0
    let last: Span | undefined
    for (let token = 0; token < page.tokens.count; token++) {
      if (startAt(page, token) < end) continue
      const span = spanAt(page, token, table)
      if (span === null) continue
      last = wholeNumber(
        page,
        span.class === 'DATE'
          ? seriesOf(page, span, last)
          : withPrefix(page, span, span.start > startAt(page, token) ? endAt(page, token) : end)
      )
      found.push(last)
      end = last.end
    }
  }
}

/** Numbers and codes that people are kept under. */
const KEPT_UNDER: ReadonlySet<string> = new Set(['MRN', 'ACCOUNT', 'ID', 'DEVICE', 'LICENCE', 'PLATE', 'SSN'])
const MOST_PREFIX = 24

/** "#12345", "ID#12345", "PT-12345": what is written together goes together; of a mail address all before its "@". From `done` on: behind a label. */
function withPrefix({ text }: Page, span: Span, done: number): Span {
  const isMail = span.rule === 'mail'
  if (!isMail && !KEPT_UNDER.has(span.class)) return span
  const least = isMail ? done : Math.max(done, span.start - MOST_PREFIX)
  const part = isMail ? /[\w.%+'-]/ : /[\w#-]/
  let start = span.start
  while (start > least && part.test(text.charAt(start - 1))) start--
  return start === span.start ? span : { ...span, start }
}

/** A pattern is bounded; a number it ends within is covered to its end. */
function wholeNumber({ text }: Page, span: Span): Span {
  let { end } = span
  if (!isDigit(text, end - 1)) return span
  while (isDigit(text, end)) end++
  return end === span.end ? span : { ...span, end }
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

function spanAt(page: Page, token: number, table: ReadonlyMap<string, readonly Pattern[]>): Span | null {
  const shape = shapeAt(page, token)
  const start = startAt(page, token)
  if ((shape & SHAPE.number) !== 0) return matchAt(numberPatterns(page, token), page, start)
  if ((shape & SHAPE.mark) !== 0) return marked(page, token, start)
  const bits = page.tokens.bits[token] ?? 0
  if ((bits & WORD.month) !== 0) return matchAt(BY_MONTH, page, start)
  if ((bits & WORD.trigger) !== 0) {
    const word = page.lower.slice(start, endAt(page, token))
    const span =
      (word === 'dot' ? spokenMailAt(page, start) : null) ??
      matchAt(table.get(word) ?? NONE, page, start) ??
      (hasNumberNear(page, token) ? matchAt(LABELLED.get(word) ?? NONE, page, start) : null)
    if (span !== null) return span
  }
  return coded(page, token, start)
}

function numberPatterns(page: Page, token: number): readonly Pattern[] {
  return lengthAt(page, token) < FEW_DIGITS ? (BY_FOLLOWER.get(followerOf(page, token + 1)) ?? []) : BY_NUMBER
}

function followerOf(page: Page, next: number): string {
  const shape = shapeAt(page, next)
  const tight = (shape & SHAPE.blankBefore) === 0
  if ((shape & SHAPE.mark) !== 0) return tight ? 'm' : 'M'
  if ((shape & LETTERS) !== 0) return tight ? 'l' : 'L'
  return shape === 0 ? '' : 'N'
}

/** Labels are tried where a digit stands near. */
function hasNumberNear(page: Page, token: number): boolean {
  for (let next = token + 1; next < token + NEAR; next++) if ((shapeAt(page, next) & SHAPE.number) !== 0) return true
  return false
}

/** Marks and letters of a hardware address behind its first two letters: "ab:cd:ef:ab:cd:ef". */
const HARDWARE = 10

/** A code is written together and holds a digit, but for a hardware address of letters alone. */
function isCodeLike(page: Page, token: number): boolean {
  let next = token
  while (next < token + HARDWARE && isTight(page, next) && (shapeAt(page, next) & SHAPE.number) === 0) next++
  return next === token + HARDWARE || (isTight(page, next) && (shapeAt(page, next) & SHAPE.number) !== 0)
}

/** Letters that something follows at once. */
function coded(page: Page, token: number, start: number): Span | null {
  const next = token + 1
  if (!isTight(page, next)) return null
  const shape = shapeAt(page, next)
  if ((shape & SHAPE.mark) === 0 || isMark(page, next, '-') || isMark(page, next, ':'))
    return isCodeLike(page, next) ? matchAt(CODES_BY_LETTERS, page, start) : null
  if (isMark(page, next, '.') && isTight(page, next + 1) && !isTight(page, token))
    return wordedMailAt(page, start) ?? matchAt(DOMAINS, page, start)
  return null
}

function marked(page: Page, token: number, start: number): Span | null {
  if (isMark(page, token, '*') && !isTight(page, token)) return matchAt(MASKED_SSN, page, start)
  if (isMark(page, token, '@')) return mailAt(page, start) ?? accountNameAt(page, start)
  if (!isTight(page, token + 1)) return null
  if ((shapeAt(page, token + 1) & SHAPE.number) !== 0) {
    if (isMark(page, token, '(')) return matchAt(BY_BRACKET, page, start)
    return isMark(page, token, '+') ? matchAt(CONTACT_BY_NUMBER, page, start) : null
  }
  return isMark(page, token, '=') && isMark(page, token + 1, '?') ? matchAt(ENCODED_WORDS, page, start) : null
}
