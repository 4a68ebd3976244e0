/**
 * Whoever is named in full once is named by a part of it elsewhere in the text: "Mary X came … X was told". Plain words are such parts only where they act as a
 * person ("Doe agrees").
 */
import { bitsAt, endAt, type Page, shapeAt, startAt } from '../reading/page.ts'
import { SHAPE, type Tokens } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD } from '../words/words.ts'
import { isActing } from './unlisted.ts'

const PLAIN = WORD.plain | WORD.basic
const NO_PART =
  WORD.never | WORD.title | WORD.state | WORD.month | WORD.particle | WORD.facility | WORD.finding | WORD.eponym | WORD.credential
const WORDS = SHAPE.capital | SHAPE.upper | SHAPE.mixed
const LEAST = 3

/** Adds to `found` what its names are echoed by. */
export function findEchoes(page: Page, found: Span[]): void {
  const parts = new Map<number, number>()
  for (const span of found) if (span.class === 'NAME' && span.rule !== 'name-single') takeParts(page, span, parts)
  if (parts.size === 0) return
  const { tokens } = page
  for (let token = 0; token < tokens.count; token++) {
    if (((tokens.shape[token] ?? 0) & WORDS) === 0 || parts.get(tokens.first[token] ?? 0) !== tokens.second[token]) continue
    if ((bitsAt(page, token) & PLAIN) !== 0 && !isActing(page, token)) continue
    found.push({ start: startAt(page, token), end: endAt(page, token), class: 'NAME', rule: 'name-again' })
  }
}

function takeParts(page: Page, span: Span, parts: Map<number, number>): void {
  const { tokens } = page
  for (let token = tokenAt(tokens, span.start); token < tokens.count && startAt(page, token) < span.end; token++) {
    const isPart =
      (shapeAt(page, token) & WORDS) !== 0 && endAt(page, token) - startAt(page, token) >= LEAST && (bitsAt(page, token) & NO_PART) === 0
    if (isPart) parts.set(tokens.first[token] ?? 0, tokens.second[token] ?? 0)
  }
}

/** The first token that begins at an offset or behind it. */
function tokenAt(tokens: Tokens, offset: number): number {
  let low = 0
  let high = tokens.count
  while (low < high) {
    const middle = (low + high) >> 1
    if ((tokens.start[middle] ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}
