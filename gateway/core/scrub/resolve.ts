/** Makes one list of findings from many claims: in order, without overlaps. Where claims meet the longer wins, then the class of lower rank. */
import { CLASSES } from './classes.ts'
import type { Span } from './span.ts'

/** An address is one: its parts join over a comma, and a facility over the word before its town. */
const ADDRESS: ReadonlySet<string> = new Set(['STREET', 'PLACE', 'ZIP', 'FACILITY'])
const BETWEEN = /^(?:,?\s{0,2}|\s(?:in|at|of)\s)$/
function rank(span: Span): number {
  return CLASSES.get(span.class)?.rank ?? Number.MAX_SAFE_INTEGER
}

export function resolve(claims: readonly Span[], text: string): readonly Span[] {
  if (claims.length < 2) return claims
  const ordered = [...claims].sort((one, other) => one.start - other.start || other.end - one.end || rank(one) - rank(other))
  const kept: Span[] = []
  for (const claim of ordered) {
    const last = kept.at(-1)
    if (last === undefined || claim.start >= last.end) kept.push(claim)
    else kept[kept.length - 1] = union(last, claim)
  }
  return joined(kept, text)
}

/** Claims that overlap become one, of the class of the longer: what any of them masks is masked. */
function union(one: Span, other: Span): Span {
  const length = (span: Span): number => span.end - span.start
  const winner = length(other) > length(one) || (length(other) === length(one) && rank(other) < rank(one)) ? other : one
  return { ...winner, start: one.start, end: Math.max(one.end, other.end) }
}

function joined(spans: readonly Span[], text: string): readonly Span[] {
  const kept: Span[] = []
  for (const span of spans) {
    const last = kept.at(-1)
    if (last !== undefined && joins(last, span, text)) kept[kept.length - 1] = { ...last, end: span.end }
    else kept.push(span)
  }
  return kept
}

function joins(one: Span, next: Span, text: string): boolean {
  if (next.start - one.end > 4 || next.class === 'FACILITY') return false
  if (one.class === 'NAME') return next.class === 'NAME' && one.end === next.start
  return ADDRESS.has(one.class) && ADDRESS.has(next.class) && BETWEEN.test(text.slice(one.end, next.start))
}
