/**
 * Value sets: of a type that an agreement filters, only records leave that have one of the codes at each element it names. Decides by system and code together;
 * a record without the element, or with a code whose system is not said, stays in.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'

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
  return (resource) => types.get(resource.resourceType)?.every(({ path, codes }) => hasOne(resource, path, 0, codes)) ?? true
}

/** Codes by system; a system may be listed twice. */
export function codesIn(sets: ValueSet): ReadonlyMap<string, ReadonlySet<string>> {
  const systems = new Map<string, Set<string>>()
  for (const { system, codes } of sets) systems.set(system, new Set([...(systems.get(system) ?? []), ...codes]))
  return systems
}

function hasOne(value: Json | undefined, path: readonly string[], depth: number, codes: Asked['codes']): boolean {
  if (value === null || typeof value !== 'object') return false
  if (Array.isArray(value)) return value.some((item) => hasOne(item, path, depth, codes))
  const name = path[depth]
  return name === undefined ? isOneOf(value, codes) : hasOne(value[name], path, depth + 1, codes)
}

/** Of a CodeableConcept or a Coding. */
export function isOneOf(value: { [member: string]: Json | undefined }, codes: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const { coding, system, code } = value
  if (Array.isArray(coding))
    return coding.some((one) => one !== null && typeof one === 'object' && !Array.isArray(one) && isOneOf(one, codes))
  return typeof system === 'string' && typeof code === 'string' && codes.get(system)?.has(code) === true
}
