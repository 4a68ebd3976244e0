/**
 * How a purpose that a patient names fits the purpose of a disclosure: v3 PurposeOfUse is a tree, and a no to payment is one to claims attachments, too.
 * Decides by the tree as HL7 publishes it; of a purpose that is not in it nothing is known.
 */
import { PURPOSES } from '../agreement/purposes.ts'

/** within: the disclosure's purpose is the one named, or a part of it; around: the one named is a part of the disclosure's; other: neither. */
export type PurposeFit = 'within' | 'around' | 'other' | 'unknown'

/** What stands right under PurposeOfUse; the table of purposes lists each with its parts behind it. */
const TOPS: ReadonlySet<string> = new Set(['HMARKT', 'HOPERAT', 'HPAYMT', 'HRESCH', 'PATRQT', 'PUBHLTH', 'TREAT'])

/** Parts that have parts themselves. */
const BETWEEN: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['HTEST', new Set(['TRAIN'])],
  ['CLINTRCH', new Set(['CLINTRCHNPC', 'CLINTRCHPC'])],
  ['BIORCH', new Set(['CLINTRCH', 'CLINTRCHNPC', 'CLINTRCHPC', 'PRECLINTRCH'])],
  ['ETREAT', new Set(['BTG', 'ERTREAT'])]
])

function topOf(purpose: string): string | null {
  let top: string | null = null
  for (const code of PURPOSES.keys()) {
    if (TOPS.has(code)) top = code
    if (code === purpose) return top
  }
  return null
}

function holds(whole: string, part: string): boolean {
  return whole === part || topOf(part) === whole || BETWEEN.get(whole)?.has(part) === true
}

export function purposeFit(asked: string, purpose: string): PurposeFit {
  if (asked === 'PurposeOfUse') return 'within'
  if (!PURPOSES.has(asked) || !PURPOSES.has(purpose)) return 'unknown'
  if (holds(asked, purpose)) return 'within'
  return holds(purpose, asked) ? 'around' : 'other'
}
