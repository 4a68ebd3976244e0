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
  const now = [recallOf(all.gold - all.lawful, all.lenientOwed, all.strictOwed), recallOf(all.gold, all.lenient, all.strict)].join(
    ', all: '
  )
  const agrees =
    now === [row, row.all].map(({ values, lenient, strict }) => told(values, lenient.toFixed(2), strict.toFixed(2))).join(', all: ')
  return {
    agrees,
    says: agrees ? 'profile explain prints this' : `profile explain prints OTHER numbers: set ${now} in core/scrub/measured.ts`
  }
}

function recallOf(values: number, lenient: number, strict: number): string {
  return told(values, percent(lenient, values), percent(strict, values))
}

function told(values: number, lenient: string, strict: string): string {
  return `{ values: ${values}, lenient: ${lenient}, strict: ${strict} }`
}
