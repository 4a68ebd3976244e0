/**
 * Codes that a profile lists for the risk gate (`system|code`, a * at the end for all that begin so), wherever in a record they stand: a rare disease is
 * told by the reason of a prescription as by the diagnosis. Decides what counts as such a code, and removes the elements that hold one. ICD codes are
 * compared without their dot, as claims write them, and those of ICD-10-CM with those of ICD-10, which it refines.
 */
import type { Json } from '../digest.ts'
import { changeAt, type Members } from './change.ts'
import { REDACTED } from './labels.ts'
import { undotted } from './values/hierarchies.ts'
import { membersOf } from './values/values.ts'

export type IsListed = (code: string) => boolean

export function listedIn(codes: readonly string[]): IsListed {
  const keys = codes.map(keyOf)
  const whole = new Set(keys.filter((code) => !code.endsWith('*')))
  const beginnings = keys.filter((code) => code.endsWith('*')).map((code) => code.slice(0, -1))
  return (code) => {
    const key = keyOf(code)
    return whole.has(key) || beginnings.some((beginning) => key.startsWith(beginning))
  }
}

function keyOf(text: string): string {
  const at = text.indexOf('|')
  const [system, code] = [text.slice(0, at), text.slice(at + 1)]
  return `${system === ICD_10_CM ? ICD_10 : system}|${undotted(system, code)}`
}

const ICD_10 = 'http://hl7.org/fhir/sid/icd-10'
const ICD_10_CM = 'http://hl7.org/fhir/sid/icd-10-cm'

/** `system|code` of every Coding, at any depth and in what is contained. */
export function codesIn(value: Json | undefined): string[] {
  const found: string[] = []
  gather(value, found)
  return found
}

function gather(value: Json | undefined, found: string[]): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) gather(item, found)
    return
  }
  const code = codeOf(value)
  if (code !== null) found.push(code)
  for (const name in value) gather(value[name], found)
}

function codeOf({ system, code }: { readonly [name: string]: Json | undefined }): string | null {
  return typeof system === 'string' && typeof code === 'string' ? `${system}|${code}` : null
}

/** Codes that no element may hold but those at `at` (element paths), which other rules make coarser. */
export interface Goes {
  readonly codes: readonly string[]
  readonly at: readonly string[]
}

/** Whether a line of JSON may hold one of the codes: what it says no to holds none. */
export function candidatesIn(all: readonly Goes[]): (line: string) => boolean {
  const codes = all.flatMap((goes) => goes.codes).map((text) => text.slice(text.indexOf('|') + 1))
  if (codes.length === 0) return () => false
  const written = codes.map((code) => [...code.replace(/[.*]/g, '')].map((char) => char.replace(/\W/, '\\$&')).join('\\.?'))
  const pattern = new RegExp(`"code":"(?:${written.join('|')})`)
  return (line) => pattern.test(line)
}

/** Takes the elements that hold one of the codes out of a resource of the type, contained ones apart. Answers what it did, a bit of labels.ts. */
export function removerOf({ codes, at }: Goes, type: string): (part: Members) => number {
  const isListed = listedIn(codes)
  const holds = (value: Json): boolean => codesIn(value).some(isListed)
  const standing = (part: Members): string[] =>
    [...placesOf(part, isListed)].filter((path) => !at.some((rule) => covers(rule, `${type}.${path}`)))
  return (part) => {
    const places = standing(part)
    for (const path of places) changeAt(part, type, path.split('.'), (value) => (holds(value) ? {} : { value }))
    // where FHIR's table leads nowhere, such as beside a primitive, all goes
    if (places.length > 0) for (const path of standing(part)) delete part[path.split('.')[0] ?? '']
    return places.length === 0 ? 0 : REDACTED
  }
}

function covers(rule: string, path: string): boolean {
  return rule === path || rule === `${path}.coding` || path.startsWith(`${rule}.`)
}

/** Paths of elements that are a Coding or a CodeableConcept with such a code. */
function placesOf(part: Members, isListed: IsListed): Set<string> {
  const found = new Set<string>()
  const look = (value: Json | undefined, names: readonly string[]): void => {
    if (Array.isArray(value)) {
      for (const item of value) look(item, names)
      return
    }
    const members = membersOf(value)
    if (members === null) return
    const code = codeOf(members)
    if (code !== null && isListed(code)) found.add((names.at(-1) === 'coding' ? names.slice(0, -1) : names).join('.'))
    for (const name in members) look(members[name], [...names, name])
  }
  for (const name in part) if (name !== 'contained') look(part[name], [name])
  return found
}
