/**
 * Names the place of a fault in a record without repeating the sender's words: an element path of the type table (Patient.contact.name), with '?'
 * from the first name on that FHIR does not know. Also finds what changes the meaning of a record: modifierExtension, implicitRules, Bundles within.
 */
import type { Code } from '../errors.ts'
import { isResourceType, TYPES } from './types.ts'

interface Fault {
  readonly instancePath: string
  readonly keyword: string
  readonly params?: Readonly<Record<string, unknown>>
}

/** The element path of a validator's fault, from the type it was found in. Lists have no index: Patient.name.given. */
export function elementPath(root: string, fault: Fault | undefined): string {
  if (fault === undefined) return root
  const names = fault.instancePath.split('/').filter((part) => part !== '' && !/^\d+$/.test(part))
  if (fault.keyword === 'additionalProperties') names.push('?')
  const missing = fault.keyword === 'required' ? fault.params?.['missingProperty'] : undefined
  if (typeof missing === 'string') names.push(missing)
  return known(root, names)
}

/** `names` below `root`, as far as the type table knows them. Behind contained and the like any resource may stand: '?'. */
function known(root: string, names: readonly string[]): string {
  let path = root
  let type = root
  for (const name of names) {
    const element = TYPES.get(type)?.elements.get(name.startsWith('_') ? name.slice(1) : name)
    const next = element?.types[0]
    if (next === undefined) return name === 'resourceType' ? `${path}.resourceType` : `${path}.?`
    path = `${path}.${name.startsWith('_') ? name.slice(1) : name}`
    type = next
  }
  return path
}

/** The first thing that changes how the record must be read, or null. `value` is validated, so depth and names are known. */
export function findModifier(value: object, path: string): { readonly code: Code; readonly path: string } | null {
  for (const name in value) {
    if (name === 'modifierExtension') return { code: 'unknown-modifier', path: `${path}.modifierExtension` }
    if (name === 'implicitRules' || name === '_implicitRules') return { code: 'implicit-rules', path: `${path}.implicitRules` }
    const member = (value as Record<string, unknown>)[name] // sound: name is one of its own
    if (typeof member !== 'object' || member === null) continue
    const found = Array.isArray(member) ? findInList(member, path, name) : findInside(member, path, name)
    if (found !== null) return found
  }
  return null
}

function findInList(list: readonly unknown[], path: string, name: string): { code: Code; path: string } | null {
  for (const item of list) {
    const found = typeof item === 'object' && item !== null ? findInside(item, path, name) : null
    if (found !== null) return found
  }
  return null
}

function findInside(member: object, path: string, name: string): { code: Code; path: string } | null {
  const type = (member as Record<string, unknown>)['resourceType'] // sound: a missing member is undefined
  if (type === 'Bundle') return { code: 'nested-bundle', path: `${path}.${name}` }
  return findModifier(member, typeof type === 'string' && isResourceType(type) ? type : `${path}.${name}`)
}
