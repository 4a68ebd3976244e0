/**
 * How much of what identifies the scrubber found, as `npm run bench:text` printed it: of texts set aside before the first rule was written, whose misses
 * nobody read. Lenient: the value no longer stands there; strict: each of its characters is covered. Below 100 % identifiers remain.
 */
interface Measured {
  /** of the corpus in scripts/bench/text, which fails where its numbers are others */
  readonly id: string
  readonly corpus: string
  /** values that may not stand, and per cent of them found */
  readonly values: number
  readonly lenient: number
  readonly strict: number
}

export const MEASURED_ON = '2026-11-22'

export const MEASURED: readonly Measured[] = [
  { id: 'asq-phi', corpus: 'ASQ-PHI (clinical questions)', values: 613, lenient: 99.18, strict: 97.39 },
  { id: 'synthea', corpus: 'Synthea visit notes, with what the record knows', values: 404, lenient: 100, strict: 100 },
  { id: 'obi', corpus: 'OBI discharge notes (labels of a model)', values: 48, lenient: 97.92, strict: 87.5 },
  { id: 'presidio', corpus: 'Presidio templates (not clinical)', values: 658, lenient: 75.23, strict: 66.11 }
]
