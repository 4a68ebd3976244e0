/**
 * Whether a record is of a sensitive category that the agreement does not grant. Decides by every coding in it, wherever it stands (a reason, an extension, a
 * contained resource), by the security labels it carries, and by its type.
 */
import type { Json } from '../../digest.ts'
import type { Code } from '../../errors.ts'
import type { Resource } from '../../fhir/resource.ts'
import { CATEGORIES, type Category } from './categories.ts'
import { categoryOf } from './tables.ts'

/** Records that are of a category by being what they are: 45 CFR 160.103, genetic information. */
const TYPES: ReadonlyMap<string, Category> = new Map<string, Category>([
  ['MolecularSequence', 'genetic'],
  ['FamilyMemberHistory', 'genetic']
])

type Denied = ReadonlyMap<Category, Code>

/** The code of the category that keeps a record in, the first that is met; null: none does. Compiled once for what an agreement grants. */
export function withheldCategory(granted: readonly Category[]): (resource: Resource) => Code | null {
  const denied: Denied = new Map([...CATEGORIES].filter(([name]) => !granted.includes(name)).map(([name, { code }]) => [name, code]))
  if (denied.size === 0) return () => null
  return (resource) => {
    const type = TYPES.get(resource.resourceType)
    return (type === undefined ? undefined : denied.get(type)) ?? look(resource, denied)
  }
}

/** Walks all members of all objects: an order of magnitude more records a second than by paths, which would have to know every extension. */
function look(value: { [member: string]: Json | undefined }, denied: Denied): Code | null {
  for (const name in value) {
    const member = value[name]
    const found = name === 'code' && typeof member === 'string' ? ofCoding(value, member, denied) : lookInto(member, denied)
    if (found !== null) return found
  }
  return null
}

function lookInto(member: Json | undefined, denied: Denied): Code | null {
  if (typeof member !== 'object' || member === null) return null
  if (!Array.isArray(member)) return look(member, denied)
  for (const item of member) {
    const found = lookInto(item, denied)
    if (found !== null) return found
  }
  return null
}

function ofCoding(coding: { [member: string]: Json | undefined }, code: string, denied: Denied): Code | null {
  const category = categoryOf(coding['system'], code, coding['display'])
  return category === null ? null : (denied.get(category) ?? null)
}
