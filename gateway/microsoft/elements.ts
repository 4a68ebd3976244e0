/**
 * The elements of FHIR R4 as a list of rules meets them, from a resource type down. Decides how far to look: into every datatype once (Reference.identifier.assigner is a
 * Reference again), not into extensions, which may hold anything, nor into contained resources, which are contexts of their own.
 */
import { type ElementDef, TYPES } from '../core/fhir/types.ts'
import type { Place } from './coverage.ts'
import { isResourceSlot, typeName } from './tree.ts'

/** `definition`: name in the type table; `within`: the types it stands in; `path`: Observation.valueQuantity.value. */
export interface Element {
  readonly place: Place
  readonly path: string
  readonly definition: string
  readonly within: readonly string[]
}

export const RESOURCE_TYPES: readonly string[] = [...TYPES.values()].filter(({ kind }) => kind === 'resource').map(({ name }) => name)

export function resourceElement(type: string): Element {
  return { place: { name: '', type, parent: null }, path: type, definition: type, within: [] }
}

/** A value of a datatype wherever it may stand. */
export function anywhere(datatype: string): Element {
  return {
    place: { name: '', type: datatype, parent: { name: '', type: '', parent: null } },
    path: datatype,
    definition: datatype,
    within: []
  }
}

/** One of the datatypes every resource shares, with elements of its own. */
export function isDatatype({ definition }: Element): boolean {
  return TYPES.get(definition)?.kind === 'complex' && !definition.includes('.') && definition !== 'Extension'
}

export function childrenOf(element: Element): Element[] {
  const { place, definition, within } = element
  const isAssigner = definition === 'Reference' && place.parent?.type === 'Identifier'
  if (definition === 'Extension' || within.includes(definition) || isAssigner) return []
  const elements = [...(TYPES.get(definition)?.elements.values() ?? [])].filter((child) => isLookedAt(child, place))
  return elements.map((child) => childOf(element, child))
}

export function childOf({ place, path, definition, within }: Element, child: ElementDef): Element {
  const own = child.types[0] ?? ''
  const type = place.parent === null && child.name === 'id' ? 'id' : typeName(own)
  return {
    place: { name: child.choice ?? child.name, type, parent: place },
    path: `${path}.${child.name}`,
    definition: own,
    within: [...within, definition]
  }
}

/** Ids and extensions of inner elements are as many as there are elements: those of the resource stand for them. */
function isLookedAt({ name, types }: ElementDef, place: Place): boolean {
  if (isResourceSlot(types[0] ?? '')) return false
  return place.parent === null || !['id', 'extension', 'modifierExtension'].includes(name)
}
