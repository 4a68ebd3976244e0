/** Whether more of the same records left the second time: a judge of its own, by the records alone. Marks of absence, of 90 or more and of what was done, and fixed values, are nothing. */
import type { SubjectRelease } from '../../gateway/core/deidentify/subject.ts'
import type { Json } from '../../gateway/core/digest.ts'

/** What the rules of the tests put in the place of a value. */
export const FIXED = 'Demo'
const MARKS = ['http://hl7.org/fhir/StructureDefinition/data-absent-reason', 'urn:sallyport:age-90-or-over']

/** The first place at which more left, or null. A record that was withheld before is more. */
export function moreLeaves(before: SubjectRelease, after: SubjectRelease): string | null {
  const was = new Map(before.released.map(({ index, resource }) => [index, leavesOf(resource)]))
  for (const { index, type, resource } of after.released) {
    const old = was.get(index)
    if (old === undefined) return type
    for (const [path, values] of leavesOf(resource)) {
      const known = old.get(path) ?? []
      if (values.length > known.length || values.some((value) => isFiner(value, known))) return `${type}${path}`
    }
  }
  return null
}

/** A longer form of the text that was there: a day of a year, nine digits of three. Of numbers only how many there are is compared. */
function isFiner(value: string, known: readonly string[]): boolean {
  if (known.some((other) => other.startsWith(value))) return false
  return known.some((other) => other.length > 1 && value.startsWith(other))
}

/** Values by path, without indices. */
function leavesOf(resource: Json): Map<string, string[]> {
  const leaves = new Map<string, string[]>()
  collect(resource, '', leaves)
  return leaves
}

function collect(value: Json | undefined, path: string, into: Map<string, string[]>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, path, into)
  else if (typeof value === 'object' && value !== null) {
    if (MARKS.includes(String(value['url'])) || isCategory(value) || isLabel(value, path)) return
    for (const [name, member] of Object.entries(value)) collect(member, `${path}.${name}`, into)
  } else if (value !== undefined && value !== FIXED)
    into.set(path, [...(into.get(path) ?? []), typeof value === 'string' ? value : typeof value])
}

/** What was done to the record, as a security label of ours. */
function isLabel(value: { readonly [key: string]: Json | undefined }, path: string): boolean {
  return path === '.meta.security' && value['system'] === 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue'
}

/** 90 years or more. */
function isCategory(value: { readonly [key: string]: Json | undefined }): boolean {
  return value['value'] === 90 && value['comparator'] === '>='
}
