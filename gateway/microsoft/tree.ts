/**
 * A resource as Microsoft's tool sees it: a tree of typed nodes over the parsed JSON, which the methods change in place. Refuses a name FHIR R4 does not
 * know and a value of the wrong kind, for what cannot be typed cannot be matched. Types are named as there: a nested element is a BackboneElement or
 * an Element, a choice element has its bare name (value, not valueQuantity), Resource.id is an id.
 */
import { isRawNumber, type RawNumber } from '../core/fhir/exact.ts'
import { type ElementDef, isResourceType, TYPES, type TypeDef } from '../core/fhir/types.ts'

export type Holder = Record<string | number, unknown>

export interface Node {
  readonly name: string
  readonly type: string
  /** name of the type in the type table, by which its children are known: Patient.contact */
  readonly definition: string
  readonly parent: Node | null
  /** where the value stands: holder[slot] */
  readonly holder: Holder
  readonly slot: string | number
  readonly isResource: boolean
  readonly children: Node[]
  /** a number as it was written, where JavaScript would write it otherwise */
  readonly exact: RawNumber | null
  /** number of the rule that had this node: no later one may; 0 while none had it */
  rule: number
}

/** The record is not what FHIR R4 says: where (an element path, '?' for an unknown name), never what. */
export class NotFhir extends Error {
  readonly path: string
  constructor(path: string) {
    super('not FHIR R4')
    this.path = path
  }
}

/** What stands there in JSON; undefined where nothing does. */
export function dataOf(node: Node): unknown {
  return node.holder[node.slot]
}

/** The value of a primitive node; null where it has none, and for complex nodes. */
export function valueAt(node: Node): unknown {
  const value = dataOf(node)
  return typeof value === 'object' ? null : (value ?? null)
}

/** null takes a value away; what is left empty is pruned at the end. */
export function setValue(node: Node, value: unknown): void {
  node.holder[node.slot] = value
}

export function isPrimitive(node: Node): boolean {
  return TYPES.get(node.definition)?.kind === 'primitive'
}

/** The tree of a parsed resource. Throws NotFhir. */
export function treeOf(resource: object): Node {
  return resourceNode('', { resource }, 'resource', null)
}

/** Puts other data in place of a node's, and reads its children anew. `shadow`: what stands beside a primitive, null for nothing. Throws NotFhir. */
export function replaceData(node: Node, data: unknown, shadow: Holder | null): void {
  node.children.length = 0
  setValue(node, data)
  if (!isPrimitive(node)) return void complexNode(node, data)
  setShadow(node, shadow)
  primitiveNode(node, data, shadow)
}

function resourceNode(name: string, holder: Holder, slot: string | number, parent: Node | null): Node {
  const data = holder[slot]
  const type = isObject(data) ? data['resourceType'] : undefined
  if (typeof type !== 'string' || !isResourceType(type)) throw new NotFhir(parent === null ? '?' : `${pathOf(parent)}.${name}`)
  return complexNode({ name, type, definition: type, parent, holder, slot, isResource: true, children: [], exact: null, rule: 0 }, data)
}

function complexNode(node: Node, data: unknown): Node {
  const definition = TYPES.get(node.definition)
  if (definition === undefined || !isObject(data)) throw new NotFhir(pathOf(node))
  for (const key of Object.keys(data)) {
    const isShadow = key.startsWith('_')
    if (key === 'resourceType' && node.isResource) continue
    if (!isShadow || data[key.slice(1)] === undefined) addElement(node, definition, data, isShadow ? key.slice(1) : key)
  }
  return node
}

function addElement(parent: Node, definition: TypeDef, data: Holder, key: string): void {
  const element = definition.elements.get(key)
  if (element === undefined) throw new NotFhir(`${pathOf(parent)}.?`)
  const shadows = data[`_${key}`]
  if (element.list) {
    const list = listOf(parent, data, key, shadows)
    for (const slot of list.keys()) addChild(parent, element, { holder: list, slot }, Array.isArray(shadows) ? shadows[slot] : undefined)
  } else addChild(parent, element, { holder: data, slot: key }, shadows)
}

type List = Holder & unknown[]

/** The list that stands there; one that has shadows only (`_given`) gets places for them. */
function listOf(parent: Node, data: Holder, key: string, shadows: unknown): List {
  const list: unknown = data[key] ?? []
  if (!Array.isArray(list) || !(shadows === undefined || Array.isArray(shadows))) throw new NotFhir(`${pathOf(parent)}.${key}`)
  while (list.length < (shadows?.length ?? 0)) list.push(null)
  data[key] = list
  return list as List // sound: a list is an object with numbered members
}

/** May a resource stand where the type table names this type? (contained, Bundle.entry.resource; Bundle.entry.response.outcome) */
export function isResourceSlot(definition: string): boolean {
  return definition === 'Resource' || isResourceType(definition)
}

function addChild(parent: Node, element: ElementDef, place: Pick<Node, 'holder' | 'slot'>, shadow: unknown): void {
  const definition = element.types[0] ?? ''
  const name = element.choice ?? element.name
  if (isResourceSlot(definition)) return void parent.children.push(resourceNode(name, place.holder, place.slot, parent))
  const type = parent.isResource && name === 'id' ? 'id' : typeName(definition)
  const data = place.holder[place.slot]
  const exact = isRawNumber(data) ? data : null
  if (exact !== null) place.holder[place.slot] = Number(exact.rawJSON)
  const node: Node = { name, type, definition, parent, ...place, isResource: false, children: [], exact, rule: 0 }
  parent.children.push(isPrimitive(node) ? primitiveNode(node, dataOf(node), shadow) : complexNode(node, dataOf(node)))
}

function primitiveNode(node: Node, data: unknown, shadow: unknown): Node {
  const element = TYPES.get('Element')
  if (element === undefined || (typeof data === 'object' && data !== null)) throw new NotFhir(pathOf(node))
  if (shadow === undefined || shadow === null) return node
  if (!isObject(shadow)) throw new NotFhir(pathOf(node))
  for (const key of Object.keys(shadow)) addElement(node, element, shadow, key)
  return node
}

/** Puts numbers that no method changed back as they were written. */
export function restoreNumbers(node: Node): void {
  if (node.exact !== null && dataOf(node) === Number(node.exact.rawJSON)) setValue(node, node.exact)
  for (const child of node.children) restoreNumbers(child)
}

function setShadow(node: Node, shadow: Holder | null): void {
  const parent = node.parent === null ? undefined : dataOf(node.parent)
  if (!isObject(parent)) return
  const listed = typeof node.slot === 'number'
  const key = `_${listed ? node.name : node.slot}`
  const beside = parent[key]
  if (listed && Array.isArray(beside)) beside[Number(node.slot)] = shadow
  else if (!listed) parent[key] = shadow
}

/** A nested type is known there by what it is, not by where. */
export function typeName(definition: string): string {
  if (!definition.includes('.')) return definition
  return TYPES.get(definition)?.elements.has('modifierExtension') === true ? 'BackboneElement' : 'Element'
}

/** Patient.contact.name: from the nearest resource down, without indices. */
export function pathOf(node: Node): string {
  return node.isResource || node.parent === null ? node.type : `${pathOf(node.parent)}.${node.name}`
}

/** Keeps the node and all below it, sub-resources too, from later rules. */
export function touchAll(node: Node, rule: number): void {
  node.rule = rule
  for (const child of node.children) touchAll(child, rule)
}

export function isObject(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
