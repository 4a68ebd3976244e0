/** What others measured on the whole of ASQ-PHI, to set beside the part of it that was set aside here; and whether `profile explain` prints what was measured. */
import { MEASURED } from '../../../gateway/core/scrub/measured.ts'
import { rowsOf, type Scored, totalsOf } from './score.ts'

/** Recall, and identifier-free texts touched, in per cent: as their makers published it for all 1,051 texts. */
const OTHERS: readonly (readonly [name: string, recall: number, touched: number])[] = [
  ['GPT-4o', 100, 96.8],
  ['Amazon Comprehend Medical', 98.6, 90],
  ['Philter', 96.7, 51.6],
  ['deid.pl', 86.0, 49.3],
  ['redact-pii', 79.9, 39.3],
  ['Presidio', 77.9, 92.2]
]

export function leagueLines(scored: readonly Scored[]): string[] {
  const all = rowsOf(scored).at(-1)
  const { free, freeTouched } = totalsOf(scored)
  const own = ['sallyport scrub, texts set aside', percent(all?.lenientOwed ?? 0, all?.gold ?? 0), percent(freeTouched, free)] as const
  return [['', 'recall', 'free touched'] as const, own, ...OTHERS].map(
    ([name, recall, touched]) => `${name.padEnd(45)}${String(recall).padStart(13)}${String(touched).padStart(15)}`
  )
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : ((100 * part) / whole).toFixed(2)
}

/** Whether measured.ts, from which `profile explain` prints, says of a corpus what was measured now; null where it does not name the corpus. */
export function measuredLine(name: string, scored: readonly Scored[]): { readonly agrees: boolean; readonly says: string } | null {
  const row = MEASURED.find(({ id }) => id === name)
  const all = rowsOf(scored).at(-1)
  if (row === undefined || all === undefined) return null
  const values = all.gold - all.lawful
  const lenient = percent(all.lenientOwed, values)
  const strict = percent(all.strictOwed, values)
  const agrees = row.values === values && row.lenient.toFixed(2) === lenient && row.strict.toFixed(2) === strict
  const now = `values: ${values}, lenient: ${lenient}, strict: ${strict}`
  return {
    agrees,
    says: agrees ? 'profile explain prints this' : `profile explain prints OTHER numbers: set ${now} in core/scrub/measured.ts`
  }
}
