/** What a transform needs to know about the subject whose record it holds: the surrogates, and which years may be shown. One per subject; only `fault` and the fields of the current record change. */

import type { Json } from '../digest.ts'
import type { Code } from '../errors.ts'
import type { Resource } from '../fhir/resource.ts'

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
  /** The subject's age collapses to 90+ (or cannot be judged: fail closed). */
  readonly over90: boolean
  /** A year of birth was there, and shows an age over 89. */
  readonly known90: boolean
  /** Years outside are not shown: they would show an age over 89. Four digits. */
  readonly minYear: string
  readonly maxYear: string
  /** The de-identified reference, or undefined where the target may not be named. */
  refer(this: void, text: string, context: Context): Json | undefined
}

export interface Contained {
  readonly name: string
  readonly resource: Resource
  used: boolean
}
