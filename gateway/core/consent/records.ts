/**
 * Which records of a patient its rules keep back, where a rule is about some of them: of a category, by a provider, of an encounter that was paid for, of a
 * class or a label. Decides by what each record says of itself, and by its encounter; of what was paid for, by how records hang together (self-pay.ts). A record
 * by a PractitionerRole is by whomever that role is of; whose it is and is not known, it may be anybody's: then it is kept back.
 */

import { CATEGORIES } from '../agreement/categories/categories.ts'
import { withheldCategory } from '../agreement/categories/sensitive.ts'
import type { Json } from '../digest.ts'
import { parseReference, type Referred, referenceTo } from '../fhir/identity.ts'
import type { Identity, Resource } from '../fhir/resource.ts'
import { codingName } from './codes.ts'
import { categoryLabel, LABELLED, labelNames, UNLABELLED } from './labels.ts'
import { daysOf, spanOf } from './record-days.ts'
import { isBy, type RecordFacts, type Rule, reachOf, SOMEBODY, type Terms, verdictOf } from './rule.ts'
import { type Linked, paidFor } from './self-pay.ts'

export interface Held {
  readonly identity: Identity
  readonly resource: Resource
}

/** What each PractitionerRole that is known refers to, by every name that references give it. */
export type Roles = ReadonlyMap<string, ReadonlySet<string>>

const CATEGORY_READERS = [...CATEGORIES.keys()].map(
  (category) => [categoryLabel(category), withheldCategory([...CATEGORIES.keys()].filter((other) => other !== category))] as const
)

interface Gathered {
  readonly references: Set<string>
  readonly codings: Set<string>
  readonly labels: Set<string>
}

/** A reference as rules write it; under another server's base both with it and without: a rule by plain id holds for any. */
function namesFor(base: string, reference: string, ownBases: readonly string[]): string[] {
  // what stands behind a name asks for a part or a form of what is named
  const [name = ''] = reference.split(/(?<=\/[^/?#]*)\?|#/)
  const named = parseReference(name, ownBases)
  if (named === null) return []
  const [, asked] = /\?(?:.*&)?identifier=([^&]+)/.exec(name) ?? []
  if (asked !== undefined) return [referenceTo(named), `${IDENTIFIER}${asked.includes('|') ? asked : `|${asked}`}`]
  const full = named.base === '' && !reference.startsWith('http') ? { ...named, base } : named
  return [referenceTo(full), referenceTo({ ...full, base: '' })]
}

const IDENTIFIER = 'identifier '

/** How a business identifier names whoever has it. */
function identifierNames(identifiers: Json | undefined): string[] {
  const all: readonly (Json | undefined)[] = Array.isArray(identifiers) ? identifiers : [identifiers]
  return all.flatMap((one) => {
    const { system, value } = Object(one) as { system?: unknown; value?: unknown } // looked at here
    return typeof value === 'string' ? [`${IDENTIFIER}${typeof system === 'string' ? system : ''}|${value}`] : []
  })
}

const PROVIDERS: ReadonlySet<Json | undefined> = new Set([undefined, 'Organization', 'Practitioner', 'PractitionerRole'])

/** Whom a value names otherwise than by a literal reference: by an identifier, or by what it contains of it. A provider among them cannot be told. */
function namedOtherwise(value: { readonly [member: string]: Json | undefined }, depth: number): string[] {
  const { identifier, reference, resourceType, type } = value
  if (resourceType !== undefined)
    return depth === 0 ? [] : [...identifierNames(identifier), ...(PROVIDERS.has(resourceType) ? [SOMEBODY] : [])]
  if (typeof identifier !== 'object' || Array.isArray(identifier)) return []
  return [...identifierNames(identifier), ...(reference === undefined && PROVIDERS.has(type) ? [SOMEBODY] : [])]
}

function gather(value: Json | undefined, base: string, ownBases: readonly string[], into: Gathered, depth = 0): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) gather(item, base, ownBases, into, depth)
    return
  }
  for (const name of namedOtherwise(value, depth)) into.references.add(name)
  const { reference, system, code } = value
  if (typeof reference === 'string') for (const name of namesFor(base, reference, ownBases)) into.references.add(name)
  if (typeof code === 'string') into.codings.add(codingName(typeof system === 'string' ? system : '', code))
  for (const label of labelsIn(value['security'])) into.labels.add(label)
  for (const member of Object.values(value)) gather(member, base, ownBases, into, depth + 1)
}

function labelsIn(security: Json | undefined): string[] {
  if (!Array.isArray(security)) return []
  return security.flatMap((coding) => {
    const { system, code } = Object(coding) as { system?: Json; code?: Json } // members are looked at here
    return typeof code === 'string' ? labelNames(system, code) : []
  })
}

const OWN = ['code', 'type', 'category', 'class', 'vaccineCode', 'medicationCodeableConcept']

function ownCodings(resource: Resource): ReadonlySet<string> {
  const into: Gathered = { references: new Set(), codings: new Set(), labels: new Set() }
  for (const name of OWN) gather(resource[name], '', [], into)
  return into.codings
}

/** The encounters that a record says it is of: `encounter`, `context`, a claim's by item. */
function homesOf(value: Json | undefined, named: (reference: string) => readonly string[]): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item) => homesOf(item, named))
  return Object.entries(value).flatMap(([member, inside]) => {
    const here = member === 'encounter' || member === 'context' ? referencesIn(inside) : []
    return [...here.flatMap(named).filter((name) => /(^|\/)Encounter\//.test(name)), ...homesOf(inside, named)]
  })
}

function referencesIn(value: Json | undefined): string[] {
  const all: readonly (Json | undefined)[] = Array.isArray(value) ? value : [value]
  return all.flatMap((one) => {
    const { reference } = Object(one) as { reference?: unknown } // looked at here
    return typeof reference === 'string' ? [reference] : []
  })
}

interface Facts extends RecordFacts, Linked {
  readonly references: Set<string>
}

const ROLE = /(^|\/)PractitionerRole[/?]/

/** What it refers to, and what the roles among that refer to. */
function withRoles(refers: ReadonlySet<string>, roles: Roles): Set<string> {
  const all = new Set(refers)
  for (const name of refers) {
    if (!ROLE.test(name)) continue
    for (const reference of roles.get(name) ?? [SOMEBODY]) all.add(reference)
  }
  return all
}

/** Every name by which references may name it. */
function namesOf({ identity: { base, type, id }, resource }: Held): Set<string> {
  const ids = [id, ...(resource.id === undefined ? [] : [resource.id])]
  const names = ids.flatMap((one) => [referenceTo({ base, type, id: one }), referenceTo({ base: '', type, id: one })])
  return new Set([...names, ...identifierNames(resource['identifier'])])
}

/** What PractitionerRoles refer to, by their names. */
export function rolesOf(held: readonly Held[], ownBases: readonly string[]): Map<string, ReadonlySet<string>> {
  const roles = new Map<string, ReadonlySet<string>>()
  for (const one of held) {
    const into: Gathered = { references: new Set(), codings: new Set(), labels: new Set() }
    gather(one.resource, one.identity.base, ownBases, into)
    for (const name of namesOf(one)) roles.set(name, into.references)
  }
  return roles
}

/** The PractitionerRoles that records name. */
export function rolesNamed(records: readonly Held[], ownBases: readonly string[]): Referred[] {
  const into: Gathered = { references: new Set(), codings: new Set(), labels: new Set() }
  for (const { identity, resource } of records) gather(resource, identity.base, ownBases, into)
  return [...into.references]
    .filter((name) => ROLE.test(name) && !name.includes('?'))
    .flatMap((name) => parseReference(name, ownBases) ?? [])
}

function factsOf(held: Held, ownBases: readonly string[], roles: Roles): Facts {
  const { identity, resource } = held
  const into: Gathered = { references: new Set(), codings: new Set(), labels: new Set() }
  gather(resource, identity.base, ownBases, into)
  for (const [label, isOf] of CATEGORY_READERS) if (isOf(resource) !== null) into.labels.add(label)
  if (!into.labels.has(LABELLED)) into.labels.add(UNLABELLED)
  return {
    type: identity.type,
    names: namesOf(held),
    refers: into.references,
    homes: new Set(homesOf(resource, (reference) => namesFor(identity.base, reference, ownBases))),
    references: withRoles(into.references, roles),
    codings: into.codings,
    labels: into.labels,
    own: ownCodings(resource),
    days: daysOf(resource),
    span: spanOf(resource)
  }
}

/** Facts of all records of a patient; what happened in an encounter has also to do with whom that refers to. */
function allFacts(records: readonly Held[], ownBases: readonly string[], roles: Roles): Facts[] {
  const facts = records.map((record) => factsOf(record, ownBases, roles))
  const encounters = facts
    .filter(({ type }) => type === 'Encounter')
    .map(({ names, references }) => ({ names, references: [...references] }))
  for (const one of facts) {
    const own = new Set(one.references)
    for (const encounter of encounters)
      if ([...encounter.names].some((name) => own.has(name))) for (const reference of encounter.references) one.references.add(reference)
  }
  return facts
}

function keptBack(rule: Rule, terms: Terms, facts: readonly Facts[]): Set<number> {
  if (rule.kind === 'self-pay') return paidFor(facts, rule.items)
  const denied = (one: RecordFacts): boolean => {
    if (rule.kind === 'consent') return verdictOf(rule, terms, one) === 'deny'
    const { category, provider } = rule
    const of = provider === null || isBy(one.references, provider) || one.names.has(provider)
    return of && (category === null || one.labels.has(categoryLabel(category)))
  }
  return new Set(facts.flatMap((one, n) => (denied(one) ? [n] : [])))
}

/** The places of the records that stay back under any of the rules. `roles`: those that are known. */
export function keptBackBy(
  rules: readonly Rule[],
  terms: Terms,
  records: readonly Held[],
  ownBases: readonly string[],
  roles: Roles = new Map()
): ReadonlySet<number> {
  const reaches = rules.map((rule) => ({ rule, reach: reachOf(rule, terms) }))
  if (reaches.some(({ reach }) => reach === 'everything')) return new Set(records.keys())
  const about = reaches.filter(({ reach }) => reach === 'some')
  if (about.length === 0) return new Set()
  const facts = allFacts(records, ownBases, roles)
  return new Set(about.flatMap(({ rule }) => [...keptBack(rule, terms, facts)]))
}
