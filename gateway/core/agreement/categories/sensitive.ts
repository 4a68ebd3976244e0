/**
 * Whether a record is of a sensitive category that the agreement does not grant; of several, each must be granted. Decides by every coding in it, wherever it stands (a
 * reason, an extension, a contained resource), by the drugs that displays and texts name, by the security labels it carries, and by its type.
 */
import type { Json } from '../../digest.ts'
import type { Code } from '../../errors.ts'
import type { Resource } from '../../fhir/resource.ts'
import type { Find } from './beginnings.ts'
import { CATEGORIES, type Category } from './categories.ts'
import { drugsIn } from './drugs.ts'
import { labelled } from './labels.ts'
import { tablesBySystem } from './tables.ts'

/** Records that are of a category by being what they are: 45 CFR 160.103, genetic information. */
const TYPES: ReadonlyMap<string, Category> = new Map<string, Category>([
  ['MolecularSequence', 'genetic'],
  ['FamilyMemberHistory', 'genetic']
])

/** HL7 FHIR Data Segmentation for Privacy: a label of one element. */
const INLINE_LABEL = 'extension-inline-sec-label'

interface Element {
  readonly [member: string]: Json | undefined
}

interface Asked {
  readonly denied: ReadonlyMap<Category, Code>
  readonly tableOf: (system: Json | undefined) => Find
}

/** The code of the category that keeps a record in, the first that is met; null: none does. Compiled once for what an agreement grants. */
export function withheldCategory(granted: readonly Category[]): (resource: Resource) => Code | null {
  const denied = new Map([...CATEGORIES].filter(([name]) => !granted.includes(name)).map(([name, { code }]) => [name, code]))
  if (denied.size === 0) return () => null
  const asked: Asked = { denied, tableOf: tablesBySystem() }
  return (resource) => {
    const type = TYPES.get(resource.resourceType)
    return (type === undefined ? undefined : denied.get(type)) ?? look(resource, asked)
  }
}

/** Walks all members of all objects: an order of magnitude more records a second than by paths, which would have to know every extension. */
function look(value: Element, asked: Asked): Code | null {
  for (const name in value) {
    const member = value[name]
    if (member === null || (typeof member !== 'string' && typeof member !== 'object')) continue
    const found = typeof member === 'string' ? ofText(value, name, member, asked) : ofMember(name, member, asked)
    if (found !== null) return found
  }
  return null
}

function ofMember(name: string, member: Element | readonly Json[], asked: Asked): Code | null {
  const isLabel = name === 'security' || name === 'securityLabel'
  return (isLabel ? ofLabels(member, asked) : null) ?? (isList(member) ? ofList(member, asked) : look(member, asked))
}

function ofList(list: readonly Json[], asked: Asked): Code | null {
  for (const item of list) {
    if (typeof item !== 'object' || item === null) continue
    const found = isList(item) ? ofList(item, asked) : look(item, asked)
    if (found !== null) return found
  }
  return null
}

function isList(member: Element | readonly Json[]): member is readonly Json[] {
  return Array.isArray(member)
}

function ofText(value: Element, name: string, text: string, asked: Asked): Code | null {
  if (name === 'code') return firstDenied(asked.tableOf(value['system'])(text), asked)
  if (name === 'display' || name === 'text') return firstDenied(drugsIn(text), asked)
  if (name === 'confidentiality') return firstDenied(labelled(undefined, text), asked)
  if (name === 'url' && text.endsWith(INLINE_LABEL)) return ofLabel(value['valueCoding'], asked)
  return null
}

/** Meta.security, and elements that are bound to the same value set: DocumentReference.securityLabel, Contract.securityLabel … */
function ofLabels(labels: Element | readonly Json[], asked: Asked): Code | null {
  for (const label of isList(labels) ? labels : [labels]) {
    const found = ofLabel(label, asked)
    if (found !== null) return found
  }
  return null
}

/** A Coding, or a CodeableConcept of some. */
function ofLabel(label: Element | Json | undefined, asked: Asked): Code | null {
  const { coding, system, code } = Object(label) as Element // members are looked at in labelled()
  if (!Array.isArray(coding) || coding.length === 0) return firstDenied(labelled(system, code), asked)
  for (const one of coding) {
    const found = ofLabel(one, asked)
    if (found !== null) return found
  }
  return null
}

function firstDenied(categories: readonly Category[], { denied }: Asked): Code | null {
  for (const category of categories) {
    const code = denied.get(category)
    if (code !== undefined) return code
  }
  return null
}
