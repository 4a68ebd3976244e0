/**
 * What others could find a subject by, at each level of each quasi-identifier and pattern, and its sensitive values: read from the records as they leave,
 * coarsened by the very code that coarsens the shard, so that no trait that leaves is overlooked. Bounded: a text per level, long ones as a digest.
 * A band of a count or an interval is only looked at; nothing is done to a record for it.
 */
import { type Json, sha256 } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import { type Coarsening, type Compiled, createCoarsener, isNamed } from './coarsen.ts'
import { BIRTH } from './node.ts'
import type { QuasiIdentifier, RiskPattern, SensitiveAttribute } from './profile/profile.ts'
import { dayNumber } from './values/dates.ts'
import { membersOf } from './values/values.ts'

export interface Traits {
  /** lacking: a quasi-identifier is missing that its declaration does not take as a value of its own */
  readonly came: 'whole' | 'without its Patient' | 'lacking'
  /** per quasi-identifier and pattern, in their order: what is seen at each of its levels, the finest first; of the former nothing without the Patient */
  readonly seen: readonly (readonly string[])[]
  /** whether an event is among the records that a pattern looks at */
  readonly events: 'none' | 'some'
  /** per sensitive attribute the values its records tell, in order */
  readonly sensitive: readonly (readonly string[])[]
}

/** What leaves of one subject. */
export interface Leaving {
  /** null: its Patient is not among them */
  readonly patient: Resource | null
  readonly records: readonly Resource[]
  /** what its records tell of the birth, even where the Patient does not; - for nothing */
  readonly birth: string
}

export type ReadTraits = (leaving: Leaving) => Traits

/** A quasi-identifier, or a pattern. */
interface Column {
  read(this: void, leaving: Leaving): readonly string[]
  /** whether it has no value; of a pattern, whether there is no event */
  missing(this: void, leaving: Leaving): boolean
}

/** null: the profile declares none. */
export function createTraits(engine: Compiled): ReadTraits | null {
  const { risk } = engine.profile
  if (risk === undefined) return null
  const quasi = risk.quasiIdentifiers.map((row) => ({ ...quasiColumn(engine, row), must: row.missing === 'suppress' }))
  const patterns = (risk.patterns ?? []).map((row) => patternColumn(engine, row))
  const sensitive = (risk.sensitive ?? []).map(sensitiveColumn)
  const cameOf = (leaving: Leaving): Traits['came'] => {
    if (leaving.patient === null) return 'without its Patient'
    return quasi.some(({ must, missing }) => must && missing(leaving)) ? 'lacking' : 'whole'
  }
  return (leaving) => ({
    came: cameOf(leaving),
    seen: [...quasi, ...patterns].map(({ read }) => read(leaving).map(bounded)),
    events: patterns.every(({ missing }) => missing(leaving)) ? 'none' : 'some',
    sensitive: sensitive.map((column) => column(leaving))
  })
}

/** As `birth` says that nothing is told of it. */
const UNTOLD = '-'

/** Longer texts are kept as their digest. */
const LONGEST = 256
const DIGEST = 32

function bounded(text: string): string {
  return text.length <= LONGEST ? text : sha256(text).toString('hex').slice(0, DIGEST)
}

function quasiColumn(engine: Compiled, { from, as, levels }: QuasiIdentifier): Column {
  const paths = from.map(namesOf)
  const one = (text: string): string => (as === 'year' ? text.replace(/^"(\d{4})-.*/, '"$1"') : text)
  const readOf = (patient: Resource): string =>
    joined(paths.flatMap(({ names }) => valuesAt(patient, names).map((value) => one(JSON.stringify(value)))))
  const coarser = levels.map(({ rules }) => createCoarsener(engine, 'Patient', { rules, ages: 'go', texts: 'go' }))
  const isBirth = from.includes(BIRTH)
  return {
    read: ({ patient, birth }) => {
      if (patient === null) return []
      const line = coarser.length === 0 ? '' : JSON.stringify(patient)
      const first = isBirth ? `${readOf(patient)} ${birth}` : readOf(patient)
      return [first, ...coarser.map((coarsen) => readOf(JSON.parse(coarsen(line)) as Resource))] // of our own making
    },
    missing: ({ patient, birth }) => patient !== null && readOf(patient) === '' && (!isBirth || birth === UNTOLD)
  }
}

function patternColumn(engine: Compiled, pattern: RiskPattern): Column {
  switch (pattern.kind) {
    case 'visits': {
      const count = ({ records }: Leaving): number => records.filter(isOf(pattern.on)).length
      return { read: (leaving) => [bandOf(count(leaving), pattern.edges)], missing: (leaving) => count(leaving) === 0 }
    }
    case 'interval':
      return intervalColumn(pattern)
    case 'rare-code':
      return rareCodes(engine, pattern)
    default:
      return pattern satisfies never
  }
}

/** So many edges are reached. */
function bandOf(count: number, edges: readonly number[]): string {
  return String(edges.filter((edge) => count >= edge).length)
}

/** The longest time between two dates that follow each other; of fewer than two there is none. */
function intervalColumn({ from, edges }: Extract<RiskPattern, { kind: 'interval' }>): Column {
  const paths = from.map(namesOf)
  const daysIn = ({ records }: Leaving): number[] =>
    paths
      .flatMap(({ type, names }) => records.filter(isOf(type)).flatMap((record) => valuesAt(record, names)))
      .flatMap((date) => (typeof date === 'string' ? (dayNumber(date.slice(0, 10)) ?? []) : []))
      .sort((a, b) => a - b)
  const longest = (days: readonly number[]): number =>
    days.slice(1).reduce((most, day, index) => Math.max(most, day - (days[index] ?? day)), 0)
  return {
    read: (leaving) => {
      const days = daysIn(leaving)
      return [days.length < 2 ? '-' : bandOf(longest(days), edges)]
    },
    missing: (leaving) => daysIn(leaving).length === 0
  }
}

/** The codes of the list that a person has, at each level as what they become. */
function rareCodes(engine: Compiled, { from, codes, levels }: Extract<RiskPattern, { kind: 'rare-code' }>): Column {
  const isRare = matcherOf(codes)
  const paths = from.map(namesOf)
  const types = new Set(paths.map(({ type }) => type))
  const coarsening = levels.map(({ rules }): Coarsening => ({ rules, ages: 'stay', texts: 'go' }))
  const coarser = coarsening.map((each) => new Map([...types].map((type) => [type, createCoarsener(engine, type, each)])))
  const codesIn = (record: Resource): string[] =>
    paths.filter(({ type }) => type === record.resourceType).flatMap(({ names }) => codesAt(record, names))
  const rareAmong = ({ records }: Leaving): Resource[] =>
    records.filter((record) => types.has(record.resourceType) && codesIn(record).some(isRare))
  const read: Column['read'] = (leaving) => {
    const rare = rareAmong(leaving)
    const lines = rare.map((record) => ({ type: record.resourceType, line: JSON.stringify(record) }))
    const others = new Set(rare.flatMap(codesIn).filter((code) => !isRare(code)))
    const left = coarser.map((byType) => {
      const made = lines.map(({ type, line }) => JSON.parse(byType.get(type)?.(line) ?? line) as Resource) // of our own making
      return joined(made.flatMap(codesIn).filter((code) => !others.has(code)))
    })
    return [joined(rare.flatMap(codesIn).filter(isRare)), ...left]
  }
  return { read, missing: (leaving) => rareAmong(leaving).length === 0 }
}

function sensitiveColumn({ from, values }: SensitiveAttribute): (leaving: Leaving) => string[] {
  const paths = from.map(namesOf)
  const rows = Object.entries(values).map(([value, codes]) => ({ value, means: matcherOf(codes) }))
  return ({ records }) => {
    const found = new Set(paths.flatMap(({ type, names }) => records.filter(isOf(type)).flatMap((record) => codesAt(record, names))))
    return rows
      .filter(({ means }) => [...found].some(means))
      .map(({ value }) => value)
      .sort()
  }
}

function matcherOf(codes: readonly string[]): (code: string) => boolean {
  const whole = new Set(codes.filter((code) => !code.endsWith('*')))
  const beginnings = codes.filter((code) => code.endsWith('*')).map((code) => code.slice(0, -1))
  return (code) => whole.has(code) || beginnings.some((beginning) => code.startsWith(beginning))
}

function namesOf(path: string): { readonly type: string; readonly names: readonly string[] } {
  const [type = '', ...names] = path.split('.')
  return { type, names }
}

function isOf(type: string): (record: Resource) => boolean {
  return ({ resourceType }) => resourceType === type
}

/** Each value once, in an order of their own. */
function joined(texts: readonly string[]): string {
  return [...new Set(texts)].sort().join(' ')
}

/** What stands at a path, marks (`_name`) included; behind `extension` a name is the end of a URL. */
function valuesAt(holder: Json | undefined, names: readonly string[]): Json[] {
  const [name, ...rest] = names
  if (name === undefined) return holder === undefined ? [] : [holder]
  const members = membersOf(holder)
  if (members === null) return []
  const [below] = rest
  if (name === 'extension' && below !== undefined) return listOf(members[name]).filter((item) => isNamed(membersOf(item)?.['url'], below))
  return [...listOf(members[name]), ...(rest.length === 0 ? listOf(members[`_${name}`]) : [])].flatMap((item) => valuesAt(item, rest))
}

function listOf(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** `system|code` of the codings at a path, of a Coding or of a CodeableConcept. */
function codesAt(record: Resource, names: readonly string[]): string[] {
  return valuesAt(record, names).flatMap((value) => {
    const members = membersOf(value)
    const codings = members?.['coding']
    return (Array.isArray(codings) ? codings : [members]).flatMap((coding) => {
      const each = membersOf(coding ?? undefined)
      return typeof each?.['code'] === 'string' ? [`${String(each['system'] ?? '')}|${each['code']}`] : []
    })
  })
}
