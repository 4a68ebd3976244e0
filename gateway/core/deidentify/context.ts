/** What a transform needs to know about the subject whose record it holds: the surrogates, and which years may be shown. One per subject; what is not read-only belongs to the current record. */

import type { Code } from '../errors.ts'
import type { Resource } from '../fhir/resource.ts'
import type { ScrubWith } from '../scrub/outside.ts'
import type { FoundTexts } from './found-texts.ts'

export interface Context {
  /** First reason to withhold the current record. */
  fault: Code | null
  /** Server base of the current record: relative references stand under it. */
  base: string
  /** Surrogate id of the current record. */
  id: string
  /** Contained resources of the current record by their id; null when it has none. */
  contained: Map<string, Contained> | null
  /** Those of them that something pointed at, each once, in the order it was found. */
  pointedAt: Contained[]
  /** The age of the one the current record is about (mostly the subject) collapses to 90+, or cannot be judged: fail closed. */
  over90: boolean
  /** A year of birth was there, and shows an age over 89. */
  known90: boolean
  /** Years outside are not shown: they would show an age over 89. Four digits. */
  minYear: string
  maxYear: string
  /** What labels have to say of the current record: bits of labels.ts. */
  done: number
  /** Whole days the subject's dates go back; null where there is no subject, and no date leaves. */
  readonly shiftDays: number | null
  /** Day of the release, in days since 1970-01-01. */
  readonly today: number
  /** Hexadecimal PRF of a text under the subject's secret; of another purpose it is another. */
  keyed(this: void, purpose: string, text: string): string
  /** Text with its identifiers covered; null where no dictionaries were given, and no text leaves. */
  readonly scrub: ScrubWith | null
  /** Texts and attachments that were there and did not leave: how many, by element and reason (core/scrub/attachments/refusal.ts). */
  readonly refusedTexts: Map<string, number>
  /** What was covered where; null: no report asks for it. */
  readonly found: FoundTexts | null
  /** The de-identified text of a reference, or null where the target may not be named. */
  refer(this: void, text: string, context: Context): string | null
}

export interface Contained {
  readonly name: string
  readonly resource: Resource
  used: boolean
}
