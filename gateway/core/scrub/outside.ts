/**
 * What a recogniser of others (a hospital's own model) adds to the scrubber's findings. Decides what counts as its answer: spans within the text, of
 * known classes, and nothing else. A text without such an answer may not leave: it is removed.
 */
import { CLASSES, type IdentifierClass } from './classes.ts'
import type { CoverName } from './cover/cover.ts'
import { normalise } from './reading/normalise.ts'
import { resolve } from './resolve.ts'
import type { Scrubbed } from './scrubber.ts'
import type { Cover, Finding, Span } from './span.ts'

/** [start, end) in UTF-16 units of the text that was asked about. */
export type OutsideSpan = Pick<Span, 'start' | 'end' | 'class'>

/** Spans by text; a text that is not in it got no answer. */
export type Answers = ReadonlyMap<string, readonly OutsideSpan[]>

/** Null: the text is to be removed. */
export type ScrubText = (text: string) => Pick<Scrubbed, 'text' | 'findings'> | null

/** By what stands in place of an identifier. */
export type ScrubWith = (cover: CoverName) => ScrubText

const MOST_SPANS = 100_000

/** `value` is what came, `{ answers: [[{ start, end, class }, …], …] }`, one list for each text in order; one that is not so in any part is no answer at all. */
export function answersTo(texts: readonly string[], value: unknown): Answers {
  const lists = memberOf(value, 'answers')
  if (!Array.isArray(lists) || lists.length !== texts.length) return new Map()
  const answers = new Map<string, readonly OutsideSpan[]>()
  for (const [index, text] of texts.entries()) {
    const spans = spansOf(lists[index], text)
    if (spans === null) return new Map()
    answers.set(text, spans)
  }
  return answers
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function spansOf(value: unknown, text: string): readonly OutsideSpan[] | null {
  if (!Array.isArray(value) || value.length > MOST_SPANS) return null
  const spans: OutsideSpan[] = []
  for (const item of value) {
    const [start, end, name] = [memberOf(item, 'start'), memberOf(item, 'end'), memberOf(item, 'class')]
    if (!isOffset(start, text) || !isOffset(end, text) || end <= start || !isClass(name)) return null
    spans.push({ start, end, class: name })
  }
  return spans
}

function isOffset(value: unknown, text: string): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= text.length
}

function isClass(value: unknown): value is IdentifierClass {
  return CLASSES.has(value as IdentifierClass) // a Map takes any key to look up
}

/** The scrubber and the answers together: what either claims is covered. */
export function withAnswers(scrub: (text: string) => Scrubbed, answers: Answers, cover: Cover): ScrubText {
  return (text) => {
    const own = scrub(text)
    const spans = answers.get(text)
    if (spans === undefined) return text.trim() === '' ? own : null
    return spans.length === 0 ? own : united(text, own, spans, cover)
  }
}

function united(text: string, own: Scrubbed, spans: readonly OutsideSpan[], cover: Cover): Scrubbed {
  const before = new Map(own.findings.map((finding) => [finding.start, finding]))
  const claims = resolve([...own.findings, ...spans.map((span) => ({ ...wholePoints(text, span), rule: 'outside' }))], text)
  const findings = claims.map((claim): Finding => {
    const same = before.get(claim.start)
    if (same !== undefined && same.end === claim.end && same.class === claim.class) return same
    const { start, end, class: name, rule } = claim
    const replacement = cover({ class: name, rule, folded: normalise(text.slice(start, end)).text, told: [] })
    return { start, end, class: name, rule, replacement }
  })
  const pieces: string[] = []
  let done = 0
  for (const { start, end, replacement } of findings) {
    pieces.push(text.slice(done, start), replacement)
    done = end
  }
  pieces.push(text.slice(done))
  return { text: pieces.join(''), findings }
}

/** Never half of a surrogate pair. */
function wholePoints(text: string, span: OutsideSpan): OutsideSpan {
  const start = isLowHalf(text, span.start) ? span.start - 1 : span.start
  const end = isLowHalf(text, span.end) ? span.end + 1 : span.end
  return { start, end, class: span.class }
}

function isLowHalf(text: string, at: number): boolean {
  return at > 0 && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))
}
