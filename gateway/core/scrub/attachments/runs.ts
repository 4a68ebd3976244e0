/**
 * Many pieces of a document searched as the one text a reader sees, so that a name is found across the tags within it (`<b>Jo</b>hn`). What stands in
 * place of a finding stands in the first piece it touches, and again in another cell or line. Linear.
 */
import type { ScrubText } from '../outside.ts'
import type { Finding } from '../span.ts'
import { isTooLong } from './bytes.ts'
import type { Refusal } from './refusal.ts'

/** A piece and what stands before it for a reader: nothing, or the end of a cell, a line or a paragraph. */
export interface Run {
  readonly text: string
  readonly before: '' | '\t' | '\n' | '\n\n'
}

/** Stands where a reader sees struck text, which is said no more. */
export const STRUCK = '[struck] '

export interface ScrubbedRuns {
  readonly texts: readonly string[]
  readonly found: number
}

export function scrubRuns(runs: readonly Run[], scrubText: ScrubText): ScrubbedRuns | Refusal {
  const text = runs.map((run) => run.before + run.text).join('')
  if (isTooLong(text)) return 'too-large'
  const scrubbed = scrubText(text)
  if (scrubbed === null) return 'unanswered'
  const { findings } = scrubbed
  const walk: Walk = { findings, at: 0, told: -1 }
  let start = 0
  const texts = runs.map((run) => {
    start += run.before.length
    if (run.before !== '') walk.told = -1
    const text = coveredRun(walk, run.text, start)
    start += run.text.length
    return text
  })
  return { texts, found: findings.length }
}

interface Walk {
  readonly findings: readonly Finding[]
  /** the finding that is next, and the last one that something stands in place of */
  at: number
  told: number
}

/** `start`: where the run begins in the whole text. */
function coveredRun(walk: Walk, text: string, start: number): string {
  const end = start + text.length
  const pieces: string[] = []
  let done = start
  for (let next = walk.findings[walk.at]; next !== undefined && next.start < end; next = walk.findings[walk.at]) {
    if (next.end > done) {
      pieces.push(text.slice(done - start, Math.max(next.start, done) - start))
      if (walk.told !== walk.at) pieces.push(next.replacement)
      walk.told = walk.at
      done = Math.min(next.end, end)
    }
    if (next.end > end) break
    walk.at++
  }
  pieces.push(text.slice(done - start))
  return pieces.join('')
}
