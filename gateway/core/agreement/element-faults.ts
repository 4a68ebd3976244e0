/**
 * Whether the minimum-necessary list of an agreement names things that exist in FHIR R4, says nothing twice, and keeps what FHIR says must not
 * be dropped: a required modifier element (a status, an intent) whose absence would withhold every record of the type.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'
import { isResourceType, TYPES, type TypeDef } from '../fhir/types.ts'

/** The nearest known word, to name in a fault; null when there is none. Given by the caller: the distance is not ours to compute. */
export type Nearest = (word: string, known: Iterable<string>) => string | null

export function elementFaults(resources: Agreement['resources'], nearest: Nearest): Fault[] {
  return Object.entries(resources).flatMap(([type, paths]) => {
    const unknown = typeFaults('/resources', [type], nearest)
    if (unknown.length > 0) return unknown
    return [
      ...paths.flatMap((path, index) => pathFaults(type, path, index, nearest)),
      ...coveredTwice(type, paths),
      ...missing(type, paths)
    ]
  })
}

/** Each must be one of the 146 resource types. Only names that look like a FHIR type reach this, so they may be printed. */
export function typeFaults(path: string, types: readonly string[], nearest: Nearest): Fault[] {
  const unknown = types.filter((type) => !isResourceType(type))
  return unknown.map((type) => {
    const near = nearest(type, resourceTypes())
    return { path: `${path}/${type}`, message: `is not a resource type of FHIR R4${near === null ? '' : `; the nearest is ${near}`}` }
  })
}

function resourceTypes(): string[] {
  return [...TYPES.values()].filter(({ kind }) => kind === 'resource').map(({ name }) => name)
}

/** Walks the path through the type table; the first name that is not there is the fault. */
function pathFaults(type: string, path: string, index: number, nearest: Nearest): Fault[] {
  let at: TypeDef | undefined = TYPES.get(type)
  for (const name of path.split('.')) {
    const element = at?.elements.get(name)
    if (element === undefined) return [{ path: `/resources/${type}/${index}`, message: `${path}: ${unknownName(name, at, nearest)}` }]
    at = TYPES.get(element.types[0] ?? '')
  }
  return []
}

function unknownName(name: string, at: TypeDef | undefined, nearest: Nearest): string {
  if (at === undefined || at.elements.size === 0) return `nothing called ${name} stands in that element`
  const choices = [...at.elements.values()].filter(({ choice }) => choice === name).map((element) => element.name)
  if (choices.length > 0) return `${name} is a choice: write ${choices.slice(0, 3).join(' or ')}${choices.length > 3 ? ' …' : ''}`
  const near = nearest(name, at.elements.keys())
  return `${at.name} has no element ${name}${near === null ? '' : `; the nearest is ${near}`}`
}

function coveredTwice(type: string, paths: readonly string[]): Fault[] {
  const listed = new Set(paths)
  const twice = paths.filter((path) => path.split('.').some((_, depth, names) => depth > 0 && listed.has(names.slice(0, depth).join('.'))))
  return twice.map((path) => ({ path: `/resources/${type}`, message: `${path} is listed, and so is an element that already brings it` }))
}

/** FHIR R4 §2.4.0.5: an element that is a modifier must not be ignored. Nested ones are asked for only when their parent is listed in part. */
function missing(type: string, paths: readonly string[]): Fault[] {
  const tops = new Set(paths.map((path) => path.split('.')[0] ?? ''))
  const needed = [...(TYPES.get(type)?.elements.values() ?? [])].filter(
    ({ required, modifier, choice }) => required && modifier && choice === undefined
  )
  const absent = needed.filter(({ name }) => !tops.has(name))
  if (paths.length === 0) return [{ path: `/resources/${type}`, message: 'lists no element: name some, or take the type out' }]
  return absent.map(({ name }) => ({
    path: `/resources/${type}`,
    message: `must list ${name}: it changes the meaning of the rest, so without it every record would be withheld`
  }))
}
