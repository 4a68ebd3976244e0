/**
 * What a bucket gives while it grows: lines to be released, subjects, and counts of what is withheld. Decides that a group too large to be held at once
 * is withheld whole.
 */
import { isCategoryCode } from '../../core/agreement/categories/categories.ts'
import type { Code } from '../../core/errors.ts'
import type { GrowingBytes, SpareBytes } from '../growing.ts'
import type { Group } from './gather.ts'
import type { BucketQuality } from './quality.ts'
import type { SubjectRow } from './subjects.ts'

export interface Lines {
  readonly text: GrowingBytes
  count: number
}

/** Lines by type as they grow, and whose they are. */
export interface Output {
  readonly lines: Map<string, Lines>
  readonly subjects: (Omit<SubjectRow, 'lines'> & { readonly lines: Map<string, number> })[]
  readonly withheld: Record<string, number>
  /** texts and attachments that did not leave: how many, by `path reason` */
  readonly refusedTexts: Record<string, number>
  readonly spare: SpareBytes
  received: number
  /** subjects of whom all or some stay back because they said so */
  optedOut: number
  /** subjects with records that stay back for their sensitive categories, by the codes of these: 'category-genetic category-hiv' */
  readonly sensitive: Record<string, number>
  readonly quality: BucketQuality
  /** bytes of the largest subject that is taken in */
  readonly largest: number
}

export function withhold(output: Output, code: Code, records: number): void {
  if (records > 0) output.withheld[code] = (output.withheld[code] ?? 0) + records
}

/** Records of one group, each for a reason of its own. Of shared records nobody is counted: whose they are is not known. */
export function withholdEach(output: Output, { subject }: Group, codes: readonly Code[]): void {
  for (const code of codes) withhold(output, code, 1)
  const categories = [...new Set(codes.filter(isCategoryCode))].sort().join(' ')
  if (subject !== null && categories !== '') output.sensitive[categories] = (output.sensitive[categories] ?? 0) + 1
}

/** A group that nobody objects to, and the name of its subject in the crosswalk. */
export interface Permitted {
  readonly group: Group
  readonly key: Buffer
  /** by which its own records call its subject */
  readonly ids: readonly string[]
  /** names its subject may have in the opt-out list */
  readonly consents: readonly string[]
  /** ids of the rules by which some of its records were left out */
  readonly applied: readonly string[]
  /** names that the roster must have; none: there is none */
  readonly members: readonly string[]
}

/** What leaves of a subject is held until all of it is made: one of more than `largest` bytes would take the thread down. */
export function isTooLarge(group: Group, largest: number): boolean {
  let bytes = 0
  for (const { text } of [...group.records.values(), ...group.replaced]) bytes += text.length
  return bytes > largest
}
