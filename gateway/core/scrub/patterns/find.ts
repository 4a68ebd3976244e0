/**
 * Tries the patterns where they can begin: at numbers, at the words that start one, at marks, and at letters that digits or a full stop follow at once. One
 * pass over the tokens; what is claimed is not searched again.
 */
import { endAt, isMark, isTight, type Page, shapeAt, startAt } from '../page.ts'
import type { Span } from '../span.ts'
import { SHAPE } from '../tokens.ts'
import { WORD, type WordEntry } from '../words.ts'
import { AGES_BY_NUMBER, AGES_BY_WORD, birthYears } from './ages.ts'
import { CODES_BY_LETTERS, CODES_BY_NUMBER } from './codes.ts'
import { CONTACT_BY_NUMBER, DOMAINS, handleAt, mailAt, URL_WORDS, URLS } from './contact.ts'
import { DATES_BY_MONTH, DATES_BY_NUMBER, DATES_BY_WORD, MISSPELT } from './dates.ts'
import { NEAR_BY_MONTH, NEAR_BY_NUMBER, NEAR_BY_WORD } from './dates-near.ts'
import { LABELLED } from './labelled.ts'
import { matchAt, type Pattern } from './pattern.ts'

const BY_NUMBER: readonly Pattern[] = [...DATES_BY_NUMBER, ...NEAR_BY_NUMBER, ...AGES_BY_NUMBER, ...CONTACT_BY_NUMBER, ...CODES_BY_NUMBER]
const BY_MONTH: readonly Pattern[] = [...DATES_BY_MONTH, ...NEAR_BY_MONTH]
const WORDS: ReadonlyMap<string, readonly Pattern[]> = merged([
  ...DATES_BY_WORD,
  ...NEAR_BY_WORD,
  ...AGES_BY_WORD,
  ...LABELLED,
  ...URL_WORDS.map((word) => [word, URLS] as const)
])

function merged(rows: Iterable<readonly [string, readonly Pattern[]]>): ReadonlyMap<string, readonly Pattern[]> {
  const table = new Map<string, readonly Pattern[]>()
  for (const [word, patterns] of rows) table.set(word, [...(table.get(word) ?? []), ...patterns])
  return table
}

/** The words that patterns begin with, for the dictionaries. */
export function* patternWords(): Generator<WordEntry> {
  for (const word of [...WORDS.keys(), ...birthYears(0).map(([name]) => name)]) yield { word, bits: WORD.trigger }
  for (const word of MISSPELT.split(' ')) yield { word, bits: WORD.month }
}

/** `year`: that of the release, by which ages are told. */
export function createPatterns(year: number): (page: Page, found: Span[]) => void {
  const words = merged([...WORDS, ...birthYears(year)])
  return (page, found) => {
    let end = 0
    for (let token = 0; token < page.tokens.count; token++) {
      if (startAt(page, token) < end) continue
      const span = spanAt(page, token, words)
      if (span === null) continue
      found.push(withHash(page, span))
      end = span.end
    }
  }
}

/** "#12345": the mark goes with the number. */
function withHash({ text }: Page, span: Span): Span {
  return text[span.start - 1] === '#' ? { ...span, start: span.start - 1 } : span
}

function spanAt(page: Page, token: number, words: ReadonlyMap<string, readonly Pattern[]>): Span | null {
  const shape = shapeAt(page, token)
  const start = startAt(page, token)
  if ((shape & SHAPE.number) !== 0) return matchAt(BY_NUMBER, page, start)
  if ((shape & SHAPE.mark) !== 0) return marked(page, token, start)
  const bits = page.tokens.bits[token] ?? 0
  if ((bits & WORD.month) !== 0) return matchAt(BY_MONTH, page, start)
  if ((bits & WORD.trigger) !== 0) {
    const span = matchAt(words.get(page.lower.slice(start, endAt(page, token))) ?? [], page, start)
    if (span !== null) return span
  }
  return coded(page, token, start)
}

/** Letters that something follows at once. */
function coded(page: Page, token: number, start: number): Span | null {
  const next = token + 1
  if (!isTight(page, next)) return null
  const shape = shapeAt(page, next)
  if ((shape & SHAPE.mark) === 0 || isMark(page, next, '-') || isMark(page, next, ':')) return matchAt(CODES_BY_LETTERS, page, start)
  if (isMark(page, next, '.') && isTight(page, next + 1) && !isTight(page, token)) return matchAt(DOMAINS, page, start)
  return null
}

function marked(page: Page, token: number, start: number): Span | null {
  if (isMark(page, token, '@')) return mailAt(page, start) ?? handleAt(page, start)
  const number = isTight(page, token + 1) && (shapeAt(page, token + 1) & SHAPE.number) !== 0
  if (number && (isMark(page, token, '(') || isMark(page, token, '+'))) return matchAt(CONTACT_BY_NUMBER, page, start)
  return null
}
