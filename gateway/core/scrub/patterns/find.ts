/** Tries the patterns where they can begin: at numbers, at names of months, at the words and marks that start one. One pass over the tokens. */
import type { Page } from '../page.ts'
import type { Span } from '../span.ts'
import { SHAPE } from '../tokens.ts'
import { WORD } from '../words.ts'
import { CONTACT_BY_NUMBER, mailAt } from './contact.ts'
import { DATES_BY_MONTH, DATES_BY_NUMBER } from './dates.ts'
import { matchAt, type Pattern } from './pattern.ts'

const BY_NUMBER: readonly Pattern[] = [...DATES_BY_NUMBER, ...CONTACT_BY_NUMBER]
const AT = 64

export function findPatterns(page: Page, found: Span[]): void {
  const { tokens, text } = page
  let end = 0
  for (let token = 0; token < tokens.count; token++) {
    const start = tokens.start[token] ?? 0
    if (start < end) continue
    const shape = tokens.shape[token] ?? 0
    const span = at(page, start, shape, tokens.bits[token] ?? 0, text.charCodeAt(start))
    if (span === null) continue
    found.push(span)
    end = span.end
  }
}

function at(page: Page, start: number, shape: number, bits: number, code: number): Span | null {
  if ((shape & SHAPE.number) !== 0) return matchAt(BY_NUMBER, page, start)
  if ((bits & WORD.month) !== 0) return matchAt(DATES_BY_MONTH, page, start)
  if (code === AT) return mailAt(page, start)
  return null
}
