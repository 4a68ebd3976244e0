/**
 * What a bucket gives while it grows: lines to be released, subjects, and counts of what is withheld. Decides which records of a group the agreement
 * reaches, and that a group too large to be held at once is withheld whole.
 */
import type { inScope } from '../core/agreement/scope.ts'
import type { Code } from '../core/errors.ts'
import { parseExact } from '../core/fhir/exact.ts'
import type { Identity, Resource } from '../core/fhir/resource.ts'
import type { Group } from './gather.ts'
import type { GrowingBytes, SpareBytes } from './growing.ts'
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
  readonly spare: SpareBytes
  received: number
}

export function withhold(output: Output, code: Code, records: number): void {
  if (records > 0) output.withheld[code] = (output.withheld[code] ?? 0) + records
}

/** A group that nobody objects to, and the name of its subject in the crosswalk. */
export interface Permitted {
  readonly group: Group
  readonly key: Buffer
  /** names its subject may have in the opt-out list */
  readonly consents: readonly string[]
}

/** `context`: all records of the group. `records`: those the agreement reaches; the others are withheld with their reason. */
export function parseInScope(
  group: Group,
  scope: ReturnType<typeof inScope>,
  output: Output
): { records: { identity: Identity; resource: Resource }[]; context: Resource[] } {
  const records: { identity: Identity; resource: Resource }[] = []
  const context: Resource[] = []
  for (const { identity, text } of group.records.values()) {
    const resource = parseExact(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8')) as Resource // validated when it was accepted
    context.push(resource)
    const code = scope(resource)
    if (code === null) records.push({ identity, resource })
    else withhold(output, code, 1)
  }
  return { records, context }
}

/** A subject is parsed whole, at several times its bytes: one of more would take the thread down, and with it the dataset of everybody else. */
const LARGEST_GROUP = 16 * 1024 * 1024

export function isTooLarge(group: Group): boolean {
  let bytes = 0
  for (const { text } of group.records.values()) bytes += text.length
  return bytes > LARGEST_GROUP
}
