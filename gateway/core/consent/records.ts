/**
 * Which records of a patient its rules keep back, where a rule is about some of them: of a category, by a provider, of an encounter that was paid for, of a
 * class or a label. Decides by what each record says of itself, and by its encounter. Of a record in which anything refers to one that self-pay keeps back,
 * it is kept back as well: a claim tells of the encounter it is for.
 */

import { CATEGORIES } from '../agreement/categories/categories.ts'
import { withheldCategory } from '../agreement/categories/sensitive.ts'
import { CLINICAL_DATES } from '../agreement/clinical-dates.ts'
import type { Json } from '../digest.ts'
import { parseReference, referenceTo } from '../fhir/identity.ts'
import type { Identity, Resource } from '../fhir/resource.ts'
import { firstDay, lastDay } from './days.ts'
import { categoryLabel, UNLABELLED } from './labels.ts'
import { type RecordFacts, type Rule, reachOf, type Terms, verdictOf } from './rule.ts'

export interface Held {
  readonly identity: Identity
  readonly resource: Resource
}

const CATEGORY_READERS = [...CATEGORIES.keys()].map(
  (category) => [categoryLabel(category), withheldCategory([...CATEGORIES.keys()].filter((other) => other !== category))] as const
)
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'

interface Gathered {
  readonly references: Set<string>
  readonly codings: Set<string>
  readonly labels: Set<string>
}

/** A reference as rules write it; under another server's base both with it and without: a rule by plain id holds for any. */
function namesFor(base: string, reference: string, ownBases: readonly string[]): string[] {
  const named = parseReference(reference, ownBases)
  if (named === null) return []
  const full = named.base === '' && !reference.startsWith('http') ? { ...named, base } : named
  return [referenceTo(full), referenceTo({ ...full, base: '' })]
}

function gather(value: Json | undefined, base: string, ownBases: readonly string[], into: Gathered): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) gather(item, base, ownBases, into)
    return
  }
  const { reference, system, code } = value
  if (typeof reference === 'string') for (const name of namesFor(base, reference, ownBases)) into.references.add(name)
  if (typeof code === 'string' && typeof system === 'string') into.codings.add(`${system}|${code}`)
  for (const label of labelsIn(value['security'])) into.labels.add(label)
  for (const member of Object.values(value)) gather(member, base, ownBases, into)
}

function labelsIn(security: Json | undefined): string[] {
  if (!Array.isArray(security)) return []
  return security.flatMap((coding) => {
    const { system, code } = Object(coding) as { system?: unknown; code?: unknown } // members are looked at here
    if (typeof code !== 'string') return []
    return system === CONFIDENTIALITY ? [code, 'labelled'] : [code]
  })
}

const OWN = ['code', 'type', 'category', 'class', 'vaccineCode', 'medicationCodeableConcept']

function ownCodings(resource: Resource): ReadonlySet<string> {
  const into: Gathered = { references: new Set(), codings: new Set(), labels: new Set() }
  for (const name of OWN) gather(resource[name], '', [], into)
  return into.codings
}

function at(resource: Resource, path: string): string | null {
  let value: Json | undefined = resource
  for (const name of path.split('.')) value = typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined
  return typeof value === 'string' && /^\d{4}/.test(value) ? value : null
}

function daysOf(resource: Resource): readonly [string, string] | null {
  const table = CLINICAL_DATES.get(resource.resourceType)
  const starts = (table?.starts ?? []).flatMap((path) => at(resource, path) ?? [])
  if (table === undefined || starts.length === 0) return null
  const ends = (table.ends ?? table.starts).flatMap((path) => at(resource, path) ?? [])
  const firsts = [...starts, ...ends].map(firstDay).sort()
  const lasts = [...starts, ...ends].map(lastDay).sort()
  // a state without an end goes on
  return [firsts[0] ?? '', table.ends !== undefined && ends.length === 0 ? '~' : (lasts.at(-1) ?? '~')]
}

function factsOf({ identity, resource }: Held, ownBases: readonly string[]): RecordFacts & { readonly references: Set<string> } {
  const into: Gathered = { references: new Set(), codings: new Set(), labels: new Set() }
  gather(resource, identity.base, ownBases, into)
  for (const [label, isOf] of CATEGORY_READERS) if (isOf(resource) !== null) into.labels.add(label)
  if (!into.labels.has('labelled')) into.labels.add(UNLABELLED)
  const { base, type, id } = identity
  const ids = [id, ...(resource.id === undefined ? [] : [resource.id])]
  const names = new Set(ids.flatMap((one) => [referenceTo({ base, type, id: one }), referenceTo({ base: '', type, id: one })]))
  return {
    type,
    names,
    references: into.references,
    codings: into.codings,
    labels: into.labels,
    own: ownCodings(resource),
    days: daysOf(resource)
  }
}

/** Facts of all records of a patient; what happened in an encounter has also to do with whom that refers to. */
function allFacts(records: readonly Held[], ownBases: readonly string[]): RecordFacts[] {
  const facts = records.map((record) => factsOf(record, ownBases))
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

/** Those named, and whatever refers to one of those, and so on. */
function closure(facts: readonly RecordFacts[], items: readonly string[]): Set<number> {
  const names = new Set(items)
  const found = new Set<number>()
  for (let before = -1; before < found.size; ) {
    before = found.size
    facts.forEach((one, n) => {
      if (found.has(n) || one.type === 'Patient') return
      if (![...one.names, ...one.references].some((name) => names.has(name))) return
      found.add(n)
      for (const name of one.names) names.add(name)
    })
  }
  return found
}

function keptBack(rule: Rule, terms: Terms, facts: readonly RecordFacts[]): Set<number> {
  if (rule.kind === 'self-pay') return closure(facts, rule.items)
  const denied = (one: RecordFacts): boolean => {
    if (rule.kind === 'consent') return verdictOf(rule, terms, one) === 'deny'
    const { category, provider } = rule
    const of = provider === null || one.references.has(provider) || one.names.has(provider)
    return of && (category === null || one.labels.has(categoryLabel(category)))
  }
  return new Set(facts.flatMap((one, n) => (denied(one) ? [n] : [])))
}

/** The places of the records that stay back under any of the rules. */
export function keptBackBy(
  rules: readonly Rule[],
  terms: Terms,
  records: readonly Held[],
  ownBases: readonly string[]
): ReadonlySet<number> {
  const reaches = rules.map((rule) => ({ rule, reach: reachOf(rule, terms) }))
  if (reaches.some(({ reach }) => reach === 'everything')) return new Set(records.keys())
  const about = reaches.filter(({ reach }) => reach === 'some')
  if (about.length === 0) return new Set()
  const facts = allFacts(records, ownBases)
  return new Set(about.flatMap(({ rule }) => [...keptBack(rule, terms, facts)]))
}
