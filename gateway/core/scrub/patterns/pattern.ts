/**
 * The form of a pattern: an expression that is tried only where a token of its kind begins, and that matches a bounded stretch, so that the whole
 * search is linear. What is claimed is the group `value`, which ends where the match ends; without one, the whole match.
 */
import type { IdentifierClass } from '../classes.ts'
import type { Page } from '../reading/page.ts'
import type { Span } from '../span.ts'

export interface Pattern {
  readonly class: IdentifierClass
  readonly rule: string
  /**
   * What may follow the digits where it is tried at fewer than five: m a mark, l letters at once; M, L, N behind a blank, N a number. '' nothing: it wants
   * more digits. Without it, anything.
   */
  readonly after?: string
  /** over lower case, sticky; without nested or unbounded repetition */
  readonly re: RegExp
  readonly check?: (match: RegExpExecArray, page: Page) => boolean
}

/** The first pattern of a list that matches at `index`. */
export function matchAt(patterns: readonly Pattern[], page: Page, index: number): Span | null {
  for (const pattern of patterns) {
    const { re } = pattern
    re.lastIndex = index
    const match = re.exec(page.lower)
    if (match === null || match[0].length === 0) continue
    if (pattern.check !== undefined && !pattern.check(match, page)) continue
    const end = index + match[0].length
    const value = match.groups?.['value'] ?? match[0]
    return { start: end - value.length, end, class: pattern.class, rule: pattern.rule }
  }
  return null
}

/** Rows of a table of patterns by the word they begin with. */
export function each(words: string, patterns: readonly Pattern[]): readonly (readonly [string, readonly Pattern[]])[] {
  return words.split(' ').map((word) => [word, patterns] as const)
}
