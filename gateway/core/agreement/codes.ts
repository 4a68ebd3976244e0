/**
 * Value sets: of a type that an agreement filters, only records leave that have one of the codes at each element it names. Decides by system and code together,
 * however the system is spelt; a record without the element, or with a code whose system is not said, stays in.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import { systemOf, systemReader } from './categories/systems.ts'

type Filters = NonNullable<Agreement['codeFilters']>
export type ValueSet = Filters[string][string]['in']

interface Asked {
  readonly path: readonly string[]
  readonly codes: ReadonlyMap<string, ReadonlySet<string>>
}

/** The function answers whether the filters let a record leave; compiled once. */
export function codeFilter(filters: Filters | undefined): (resource: Resource) => boolean {
  if (filters === undefined) return () => true
  const types = new Map(
    Object.entries(filters).map(([type, elements]) => [
      type,
      Object.entries(elements).map(([path, { in: sets }]): Asked => ({ path: path.split('.'), codes: codesIn(sets) }))
    ])
  )
  const nameOf = systemReader()
  return (resource) =>
    types.get(resource.resourceType)?.every(({ path, codes }) => hasOne(resource, path, (one) => isOneOf(one, codes, nameOf))) ?? true
}

/** Codes by the name of their system (systemOf); a system may be listed twice. */
export function codesIn(sets: ValueSet): ReadonlyMap<string, ReadonlySet<string>> {
  const systems = new Map<string, Set<string>>()
  for (const { system, codes } of sets) systems.set(systemOf(system), new Set([...(systems.get(systemOf(system)) ?? []), ...codes]))
  return systems
}

interface Element {
  readonly [member: string]: Json | undefined
}

function hasOne(value: Json | undefined, path: readonly string[], isOne: (element: Element) => boolean, depth = 0): boolean {
  if (value === null || typeof value !== 'object') return false
  if (Array.isArray(value)) return value.some((item) => hasOne(item, path, isOne, depth))
  const name = path[depth]
  return name === undefined ? isOne(value) : hasOne(value[name], path, isOne, depth + 1)
}

/** Of a CodeableConcept or a Coding. `codes` as codesIn gives them; `nameOf` is systemOf, or one that remembers. */
export function isOneOf(value: Element, codes: ReadonlyMap<string, ReadonlySet<string>>, nameOf = systemOf): boolean {
  const { coding, system, code } = value
  if (Array.isArray(coding))
    return coding.some((one) => one !== null && typeof one === 'object' && !Array.isArray(one) && isOneOf(one, codes, nameOf))
  return typeof system === 'string' && typeof code === 'string' && codes.get(nameOf(system))?.has(code) === true
}
