/**
 * Takes identifiers out of one text: folds it, cuts it into tokens, asks every detector, settles what overlaps, and puts the cover in place. Linear in the
 * length of the text; never throws. Decides nothing itself: the detectors do (known.ts, patterns/, names.ts).
 */
import type { IdentifierClass } from './classes.ts'
import type { Known } from './known/known.ts'
import { findEchoes } from './names/echoes.ts'
import { findNames } from './names/names.ts'
import { daysBeside } from './patterns/dates-beside.ts'
import { DOSE, isDose } from './patterns/doses.ts'
import { createPatterns } from './patterns/find.ts'
import { findPlaces } from './places/places.ts'
import { normalise } from './reading/normalise.ts'
import { lowered, type Page } from './reading/page.ts'
import { createTokens, tokenize } from './reading/tokens.ts'
import { resolve } from './resolve.ts'
import type { Cover, Finding, Span, Told } from './span.ts'
import type { Words } from './words/words.ts'

export interface ScrubOptions {
  /** classes that policy lets stand, such as TIME */
  readonly keep: ReadonlySet<IdentifierClass>
  /** the year of release: who was born 90 years before, or earlier, is over 89 */
  readonly year: number
}

export interface Scrubbed {
  readonly text: string
  /** in order, without overlaps */
  readonly findings: readonly Finding[]
}

/** Not for two texts at a time: it uses its arrays again. */
export interface Scrubber {
  /** `known`: what is known of the people the text is about (known-of.ts), or null. */
  scrub(this: void, text: string, known: Known | null, cover: Cover): Scrubbed
}

export function createScrubber(words: Words, options: ScrubOptions): Scrubber {
  const tokens = createTokens()
  const findPatterns = createPatterns(options.year)
  return {
    scrub(text, known, cover) {
      const folded = normalise(text)
      const read = apart(folded.text)
      const page: Page = { text: read, lower: lowered(read), tokens, words }
      tokenize(page.text, page.lower, words, tokens)
      const claims: Span[] = []
      known?.find(page, claims)
      findPatterns(page, claims)
      findNames(page, claims)
      findEchoes(page, claims)
      findPlaces(page, claims)
      const spans = withDays(page, resolve(claims, page.text))
        .filter((span) => !options.keep.has(span.class))
        .map((span) => (span.class === 'DATE' && isDose(page.lower, span.start, span.end) ? { ...span, rule: DOSE } : span))
      return spans.length === 0 ? { text, findings: [] } : covered(text, folded, { spans, told: toldIn(claims) }, cover)
    }
  }
}

/** A lost character beside a digit parted it from the next. */
const LOST = /(?<=\d)\ufffd{1,4}|\ufffd{1,4}(?=\d)/g

function apart(text: string): string {
  return text.includes('\ufffd') ? text.replace(LOST, (lost) => ' '.repeat(lost.length)) : text
}

function withDays(page: Page, spans: readonly Span[]): readonly Span[] {
  const beside = daysBeside(page, spans)
  return beside.length === 0 ? spans : resolve([...beside, ...spans], page.text)
}

interface Settled {
  readonly spans: readonly Span[]
  readonly told: readonly Told[]
}

function covered(text: string, { text: folded, at }: ReturnType<typeof normalise>, { spans, told }: Settled, cover: Cover): Scrubbed {
  const pieces: string[] = []
  const partsOf = toldBySpan(told)
  const findings: Finding[] = []
  let done = 0
  for (const span of spans) {
    const start = Math.max(done, at === null ? span.start : (at[span.start] ?? 0))
    const end = at === null ? span.end : behind(at, span.end)
    if (end <= start) continue
    const replacement = cover({ class: span.class, rule: span.rule, folded: folded.slice(span.start, span.end), told: partsOf(span) })
    pieces.push(text.slice(done, start), replacement)
    findings.push({ start, end, class: span.class, rule: span.rule, replacement })
    done = end
  }
  pieces.push(text.slice(done))
  return { text: pieces.join(''), findings }
}

/** What is told in all claims, in order, without overlaps: of two that begin together the longer. */
function toldIn(claims: readonly Span[]): readonly Told[] {
  const kept: Told[] = []
  const all = claims.flatMap(({ told = [] }) => told)
  for (const part of all.sort((one, other) => one.start - other.start || other.end - one.end))
    if (part.start >= (kept.at(-1)?.end ?? 0)) kept.push(part)
  return kept
}

/** Of each span in turn the parts that are told in it. */
function toldBySpan(told: readonly Told[]): (span: Span) => readonly Told[] {
  let next = 0
  return ({ start: from, end: until }) => {
    const parts: Told[] = []
    for (; next < told.length && (told[next]?.start ?? 0) < until; next++) {
      const { start = 0, end = 0, key = '' } = told[next] ?? {}
      if (start >= from && end <= until) parts.push({ start: start - from, end: end - from, key })
    }
    return parts
  }
}

/** Where the original goes on behind the folded unit before `end`; of a character that folds into several, behind all of it. */
function behind(at: Int32Array, end: number): number {
  let next = end
  while (next < at.length - 1 && at[next] === at[next - 1]) next++
  return at[next] ?? 0
}
