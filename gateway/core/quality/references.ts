/**
 * The references of a record, and where they lead: to a record of the same subject that came, to a shared one (looked for when all buckets are in), or nowhere.
 * Decides by the type table where a Reference may stand, so that only there is looked. References of extensions and of contained resources are not among them.
 */
import { type Json, sha256Hex } from '../digest.ts'
import { parseReference } from '../fhir/identity.ts'
import type { Identity, Resource } from '../fhir/resource.ts'
import { SHARED_TYPES } from '../fhir/subject.ts'
import { TYPES } from '../fhir/types.ts'

/** Elements of a type that are references, or in which some stand. */
export interface Places {
  readonly references: readonly string[]
  readonly groups: readonly (readonly [name: string, places: Places])[]
}

/** Deeper than any path of R4 without a turn in it. */
const DEEPEST = 6

/** Where references stand in a type; a group that nests in itself is followed so far. */
export function placesOf(type: string, depth = 0): Places {
  const elements = depth > DEEPEST || type === 'Extension' ? [] : [...(TYPES.get(type)?.elements.values() ?? [])]
  const groups = elements.flatMap(({ name, types: [inner = ''] }): (readonly [string, Places])[] => {
    if (inner === 'Reference' || inner === 'Resource' || name === 'extension' || name === 'modifierExtension') return []
    const places = placesOf(inner, depth + 1)
    return places.references.length + places.groups.length === 0 ? [] : [[name, places]]
  })
  return { references: elements.filter(({ types }) => types[0] === 'Reference').map(({ name }) => name), groups }
}

/** Each text of a Reference at these places. */
export function eachReference(value: Json | undefined, places: Places, tell: (text: string) => void): void {
  if (value === null || typeof value !== 'object') return
  if (Array.isArray(value)) {
    for (const one of value) eachReference(one, places, tell)
    return
  }
  for (const name of places.references) {
    const found = value[name]
    if (found !== undefined) tellOf(found, tell)
  }
  for (const [name, inner] of places.groups) {
    const found = value[name]
    if (found !== undefined) eachReference(found, inner, tell)
  }
}

function tellOf(reference: Json, tell: (text: string) => void): void {
  if (Array.isArray(reference)) for (const one of reference) tellOf(one, tell)
  else if (reference !== null && typeof reference === 'object' && typeof reference['reference'] === 'string') tell(reference['reference'])
}

/** Where a reference leads: the number is the name of a shared record. */
export type Leads = 'resolved' | 'missing' | 'conditional' | number

/** Around a subject: who sent it, and which records came with it. */
export interface Around {
  readonly party: string
  readonly ownBases: readonly string[]
  /** by `base\ntype\nid` */
  readonly came: { has(name: string): boolean }
}

/** A reference that begins with it is to a contained resource. */
const HASH = 35

/** Remembers where a text led: of a subject's references few are different. */
export function createResolver(around: Around): (text: string, identity: Identity, resource: Resource) => Leads {
  const known = new Map<string, Leads>()
  return (text, { base }, resource) => {
    if (text.charCodeAt(0) === HASH) return contained(resource, text.slice(1))
    const key = base === '' ? text : `${base} ${text}`
    const before = known.get(key)
    if (before !== undefined) return before
    const found = resolve(text, base, around)
    known.set(key, found)
    return found
  }
}

function contained(resource: Resource, id: string): Leads {
  const inside = resource['contained']
  if (id === '') return 'resolved'
  const found =
    Array.isArray(inside) && inside.some((one) => one !== null && typeof one === 'object' && !Array.isArray(one) && one['id'] === id)
  return found ? 'resolved' : 'missing'
}

function resolve(text: string, base: string, { party, ownBases, came }: Around): Leads {
  const slash = text.indexOf('/')
  // the plain case at once: `Type/id` of a record that came
  if (came.has(`${base}\n${text.slice(0, slash)}\n${text.slice(slash + 1)}`)) return 'resolved'
  const named = parseReference(text, ownBases)
  if (named === null) return 'missing'
  if (named.id.includes('?')) return 'conditional'
  // a relative reference stands under the base of the record it is in (R4 2.36.4.1)
  const target = named.base === '' && !text.startsWith('http') ? base : named.base
  if (came.has(`${target}\n${named.type}\n${named.id}`)) return 'resolved'
  return SHARED_TYPES.has(named.type) ? nameOf({ party, base: target, type: named.type, id: named.id }) : 'missing'
}

/** A number below 2^48 for a shared record. */
export function nameOf({ party, base, type, id }: Identity): number {
  return Number.parseInt(sha256Hex(`${party}\n${base}\n${type}\n${id}`).slice(0, 12), 16)
}
