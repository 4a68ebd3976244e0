/**
 * What is wrong with a resource as FHIR R4, beyond what HL7's JSON schema sees: by the type table, elements that FHIR requires and are not there, two of one
 * choice, something empty, references to contained resources that are not there. An empty list: nothing is.
 */
import { type ElementDef, TYPES } from '../../gateway/core/fhir/types.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'

/** By type, its elements, those of one choice together. */
const CHOICES: ReadonlyMap<string, ReadonlyMap<string, readonly ElementDef[]>> = new Map(
  [...TYPES].map(([type, { elements }]) => [type, Map.groupBy(elements.values(), (element) => element.choice ?? element.name)])
)

type Members = { readonly [key: string]: unknown }

/** Places and faults, of the whole resource and what it contains. */
export function r4Faults(resource: Members): readonly string[] {
  const schema = validateResource(resource) ? [] : [`schema: ${JSON.stringify(validateResource.errors?.[0])}`]
  const faults: string[] = [...schema, ...emptyIn(resource, '')]
  ofType(resource, String(resource['resourceType']), String(resource['resourceType']), faults)
  const contained = listOf(resource['contained']).filter(isMembers)
  const names = contained.map((inner) => inner['id'])
  const text = JSON.stringify(resource)
  for (const inner of contained) {
    if (inner['contained'] !== undefined) faults.push('contained in contained (dom-2)')
    if (!text.includes(`"#${String(inner['id'])}"`)) faults.push('a contained resource nothing points at (dom-3)')
  }
  if (new Set(names).size < names.length) faults.push('two contained resources of one id')
  for (const [, name] of text.matchAll(/"reference":"#([^"]+)"/g))
    if (!names.includes(name)) faults.push('a reference to nothing contained')
  return faults
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value]
}

/** ele-1, and the JSON format's own rule (R4 2.6.2.2): no empty object, list or text, and no null but to pad a list. */
function emptyIn(value: unknown, path: string): string[] {
  if (value === '' || value === null || value === undefined) return [`empty: ${path}`]
  if (typeof value !== 'object') return []
  const members = Object.entries(value)
  if (members.length === 0) return [`empty: ${path}`]
  return members.flatMap(([name, member]) => (Array.isArray(value) && member === null ? [] : emptyIn(member, `${path}.${name}`)))
}

function ofType(value: Members, type: string, path: string, faults: string[]): void {
  for (const [group, elements] of CHOICES.get(type) ?? []) {
    const there = elements.filter(({ name }) => value[name] !== undefined || value[`_${name}`] !== undefined)
    const names = new Set(there.map((element) => element.name))
    if (names.size > 1) faults.push(`two of one choice: ${path}.${group}[x]`)
    if (names.size === 0 && elements.some((element) => element.required)) faults.push(`missing: ${path}.${group}`)
    for (const element of there) inElement(value[element.name], element.types[0] ?? '', `${path}.${element.name}`, faults)
  }
}

function inElement(value: unknown, type: string, path: string, faults: string[]): void {
  for (const item of listOf(value).filter(isMembers)) ofType(item, type === 'Resource' ? String(item['resourceType']) : type, path, faults)
}
