/**
 * Compares what a scrubber did to a text with its labels. Lenient: the value no longer stands in the output, as whole words, whatever its case. Strict:
 * every character of the labelled span is masked. A needless change is a finding that touches no labelled span.
 */
import type { Scrubbed } from '../../../gateway/core/scrub/scrubber.ts'
import type { Finding } from '../../../gateway/core/scrub/span.ts'
import { type Gold, placesOf, type Sample } from './corpus.ts'
import { lawful } from './lawful.ts'

export interface Judged {
  readonly gold: Gold
  readonly lenient: boolean
  readonly strict: boolean
  /** why the value may stand, or null */
  readonly lawful: string | null
}

export interface Scored {
  readonly sample: Sample
  readonly scrubbed: Scrubbed
  readonly judged: readonly Judged[]
  readonly needless: readonly Finding[]
  readonly words: number
  /** words that a needless change took, in part at least */
  readonly damaged: number
}

export function score(sample: Sample, scrubbed: Scrubbed): Scored {
  const masked = maskOf(sample.text, scrubbed.findings)
  const gold = sample.gold ?? []
  const judged = gold.map((one) => ({
    gold: one,
    lenient: placesOf(scrubbed.text, one.value).length === 0,
    strict: one.spans.length > 0 && one.spans.every(([start, end]) => !masked.subarray(start, end).includes(0)),
    lawful: lawful(one.label, one.value)
  }))
  const needless = scrubbed.findings.filter(
    (finding) => !gold.some(({ spans }) => spans.some(([start, end]) => meets(finding, start, end)))
  )
  const words = Array.from(
    sample.text.matchAll(/\p{L}[\p{L}\p{N}'’-]*|\p{N}+/gu),
    ({ 0: word, index }) => [index, index + word.length] as const
  )
  const damaged = words.filter(([start, end]) => needless.some((finding) => meets(finding, start, end))).length
  return { sample, scrubbed, judged, needless, words: words.length, damaged }
}

function meets(finding: Finding, start: number, end: number): boolean {
  return finding.start < end && start < finding.end
}

function maskOf(text: string, findings: readonly Finding[]): Uint8Array {
  const masked = new Uint8Array(text.length)
  for (const { start, end } of findings) masked.fill(1, start, end)
  return masked
}

export interface Row {
  readonly label: string
  readonly gold: number
  /** of these, how many may stand by law */
  readonly lawful: number
  readonly lenient: number
  readonly strict: number
  /** lenient and strict among those that may not stand */
  readonly lenientOwed: number
  readonly strictOwed: number
}

/** One row a label, by name, and one of all. */
export function rowsOf(scored: readonly Scored[]): Row[] {
  const judged = scored.flatMap((one) => one.judged)
  const labels = [...new Set(judged.map(({ gold }) => gold.label))].sort()
  const rows = labels.map((label) =>
    rowOf(
      label,
      judged.filter(({ gold }) => gold.label === label)
    )
  )
  return [...rows, rowOf('all', judged)]
}

function rowOf(label: string, judged: readonly Judged[]): Row {
  const owed = judged.filter((one) => one.lawful === null)
  return {
    label,
    gold: judged.length,
    lawful: judged.length - owed.length,
    lenient: judged.filter((one) => one.lenient).length,
    strict: judged.filter((one) => one.strict).length,
    lenientOwed: owed.filter((one) => one.lenient).length,
    strictOwed: owed.filter((one) => one.strict).length
  }
}

export interface Totals {
  readonly texts: number
  /** texts without a label in them */
  readonly free: number
  readonly freeTouched: number
  /** texts with identifiers of which none still stands; strictly: none of which a character stands */
  readonly holding: number
  readonly clean: number
  readonly cleanStrict: number
  readonly words: number
  readonly damaged: number
}

/** `free` counts texts that nobody labelled as free too: there a touch may be right. */
export function totalsOf(scored: readonly Scored[]): Totals {
  const holding = scored.filter(({ judged }) => judged.length > 0)
  const free = scored.filter(({ judged }) => judged.length === 0)
  const owed = ({ judged }: Scored): readonly Judged[] => judged.filter((one) => one.lawful === null)
  return {
    texts: scored.length,
    free: free.length,
    freeTouched: free.filter(({ scrubbed }) => scrubbed.findings.length > 0).length,
    holding: holding.length,
    clean: holding.filter((one) => owed(one).every(({ lenient }) => lenient)).length,
    cleanStrict: holding.filter((one) => owed(one).every(({ strict }) => strict)).length,
    words: scored.reduce((sum, one) => sum + one.words, 0),
    damaged: scored.reduce((sum, one) => sum + one.damaged, 0)
  }
}
