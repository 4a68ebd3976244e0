/**
 * A profile laid over the one it extends. Decides what the engine runs, a privacy officer reads and the log hashes: always the whole, never the
 * overlay alone. Refuses a base that is not there, chains that are long or lead back, and a whole in which something is missing.
 */
import type { AggregateProfile, RecordDocument, ResourceRule } from '../../../generated/policy.ts'
import type { Fault } from '../../errors.ts'
import type { Profile, RecordProfile } from './profile.ts'

/** A document of schemas/policy/profile.json by name and version; null when there is none. */
export type FindProfile = (name: string, version: number) => RecordDocument | AggregateProfile | null

export type Resolved = { readonly profile: Profile } | { readonly faults: readonly Fault[] }

/** Documents in one chain, the first included. */
const LONGEST = 4

/** What a whole must have: in an overlay each of them may be left to the base. */
const NEEDED = [
  'datatypes',
  'elements',
  'resources',
  'shared',
  'extensions',
  'codeSystems',
  'units',
  'ageCodes',
  'vitalDateCodes',
  'zip3',
  'derived',
  'generalized'
] as const

/** `document` has the shape of the schema, as has what `find` gives. Neither is changed. */
export function resolveProfile(document: RecordDocument | AggregateProfile, find: FindProfile): Resolved {
  if (document.mode === 'aggregate-only') return { profile: document }
  const chain = chainOf(document, find)
  if (typeof chain === 'string') return { faults: [{ path: '/extends', message: chain }] }
  const whole = chain.reduceRight((base, over) => layOver(base, over))
  const faults = missingIn(whole)
  // sound: what the schema leaves to the base is there
  return faults.length > 0 ? { faults } : { profile: whole as RecordProfile }
}

/** The document, what it extends, what that extends …; or why there is no such chain. */
function chainOf(document: RecordDocument, find: FindProfile): readonly RecordDocument[] | string {
  const chain = [document]
  for (let next = document.extends; next !== undefined; ) {
    const base = find(next.name, next.version)
    if (base === null) return `there is no profile ${next.name}@${next.version}`
    if (base.mode === 'aggregate-only') return `${next.name}@${next.version} lets no record leave: there is nothing to lay over`
    if (chain.some(({ name, version }) => name === base.name && version === base.version)) return 'leads back to the profile itself'
    chain.push(base)
    if (chain.length > LONGEST) return `is a chain of more than ${LONGEST} profiles`
    next = base.extends
  }
  return chain
}

function missingIn(whole: RecordDocument): Fault[] {
  const keys = NEEDED.filter((key) => whole[key] === undefined).map((key) => `/${key}`)
  const inner = Object.entries(whole.resources ?? {}).flatMap(([type, rule]) =>
    (['because', 'keep', 'absent'] as const).filter((key) => rule[key] === undefined).map((key) => `/resources/${type}/${key}`)
  )
  return [...keys, ...inner].map((path) => ({ path, message: 'is missing' }))
}

/** Maps are merged by key and the overlay's entry wins; lists are replaced; what is said of the profile itself is the overlay's own. */
function layOver(base: RecordDocument, over: RecordDocument): RecordDocument {
  const { certificate: _, labels: __, risk: ___, ...left } = base
  return {
    ...left,
    ...over,
    datatypes: { ...base.datatypes, ...over.datatypes },
    elements: { ...base.elements, ...over.elements },
    hierarchies: { ...base.hierarchies, ...over.hierarchies },
    generalized: { ...base.generalized, ...over.generalized },
    resources: resourcesOf(base, over),
    refused: { ...without(base.refused ?? {}, over.resources ?? {}), ...over.refused }
  }
}

function resourcesOf(base: RecordDocument, over: RecordDocument): Record<string, ResourceRule> {
  const laid = without(base.resources ?? {}, over.refused ?? {})
  for (const [type, rule] of Object.entries(over.resources ?? {})) laid[type] = laidRule(laid[type], rule)
  return laid
}

/** What the overlay keeps is absent no more. */
function laidRule(base: ResourceRule | undefined, over: ResourceRule): ResourceRule {
  if (base === undefined) return over
  const kept = over.keep ?? []
  const absent = Object.entries(base.absent ?? {}).filter(([path]) => !kept.includes(path))
  return {
    ...base,
    ...over,
    keep: [...new Set([...(base.keep ?? []), ...kept])],
    absent: { ...Object.fromEntries(absent), ...over.absent }
  }
}

function without<Value>(map: Readonly<Record<string, Value>>, named: Readonly<Record<string, unknown>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !Object.hasOwn(named, key)))
}
