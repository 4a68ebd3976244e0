/**
 * The FHIR R4 type table: which elements a type has, of which types, which repeat, and which change the meaning of the rest. Decides what
 * "known" means: a type or element that is not here is unknown, and unknown things are refused or removed by whoever asks.
 */
import { TYPE_ROWS } from '../../generated/fhir-types.ts'

/** One element as JSON names it: a choice element `value[x]` stands once for each type it may have (valueQuantity …), each with `choice: 'value'`. */
export interface ElementDef {
  readonly name: string
  /** FHIR type codes; children of a BackboneElement have the path as their type (Patient.contact); an element shared by contentReference names the first path. */
  readonly types: readonly string[]
  readonly list: boolean
  readonly required: boolean
  readonly modifier: boolean
  /** Resource types a Reference may point at; 'Resource' = any. Absent where the element is no Reference. */
  readonly targets?: readonly string[]
  readonly choice?: string
}

export interface TypeDef {
  readonly name: string
  readonly kind: 'resource' | 'complex' | 'primitive'
  readonly elements: ReadonlyMap<string, ElementDef>
}

/** Every type by name: 146 resources, the data types, and the nested types by path. A primitive has no elements: its `_name` sibling is an Element. The type 'Resource' (contained, Bundle.entry.resource) means any of the 146. */
export const TYPES: ReadonlyMap<string, TypeDef> = new Map(TYPE_ROWS.map((row) => readRow(row)))

/** Is this one of the 146 resource types of R4? */
export function isResourceType(name: string): boolean {
  return TYPES.get(name)?.kind === 'resource'
}

function readRow(row: string): [string, TypeDef] {
  const [kind, name = '', ...elements] = row.split(' ')
  if (kind !== 'resource' && kind !== 'complex' && kind !== 'primitive') throw new TypeError('the type table names an unknown kind')
  return [name, { name, kind, elements: new Map(elements.flatMap(readElement).map((element) => [element.name, element])) }]
}

function readElement(text: string): ElementDef[] {
  const parts = /^([A-Za-z0-9]+)(\[x\])?:([A-Za-z0-9.|]+)(\*?)(\+?)(!?)(?:>([A-Za-z|]+))?$/.exec(text)
  if (parts === null) throw new TypeError('the type table holds an element it cannot')
  const [, name = '', choice, types = '', list, required, modifier, targets] = parts
  const base = { list: list === '*', required: required === '+', modifier: modifier === '!' }
  if (choice === undefined)
    return [{ name, types: types.split('|'), ...base, ...(targets === undefined ? {} : { targets: targets.split('|') }) }]
  return types.split('|').map((type) => ({
    name: `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}`,
    types: [type],
    ...base,
    choice: name,
    ...(type === 'Reference' && targets !== undefined ? { targets: targets.split('|') } : {})
  }))
}

/** The element at a path below a type; `onset[x]`, as `onset`, is the first of its choices. null where there is none. */
export function elementAt(type: string, names: readonly string[]): ElementDef | null {
  let found: ElementDef | null = null
  let at: string | undefined = type
  for (const name of names) {
    const elements: ReadonlyMap<string, ElementDef> | undefined = at === undefined ? undefined : TYPES.get(at)?.elements
    if (elements === undefined) return null
    found = elements.get(name) ?? firstChoice(elements, name.endsWith('[x]') ? name.slice(0, -3) : name)
    at = found?.types[0]
  }
  return found
}

function firstChoice(elements: ReadonlyMap<string, ElementDef>, base: string): ElementDef | null {
  for (const element of elements.values()) if (element.choice === base) return element
  return null
}
