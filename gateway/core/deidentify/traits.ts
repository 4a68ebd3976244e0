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
  /** per quasi-identifier and pattern, in their order: what is seen at each of its levels, the finest first */
  readonly seen: readonly (readonly string[])[]
  /** per sensitive attribute */
  readonly sensitive: readonly string[]
}

/** What leaves of one subject. */
export interface Leaving {
  readonly patient: Resource
  readonly records: readonly Resource[]
  /** what its records tell of the birth, even where the Patient does not */
  readonly birth: string
}

export type ReadTraits = (leaving: Leaving) => Traits

type ReadColumn = (leaving: Leaving) => readonly string[]

/** null: the profile declares none. */
export function createTraits(engine: Compiled): ReadTraits | null {
  const { risk } = engine.profile
  if (risk === undefined) return null
  const columns = [
    ...risk.quasiIdentifiers.map((row) => quasiColumn(engine, row)),
    ...(risk.patterns ?? []).map((row) => patternColumn(engine, row))
  ]
  const sensitive = (risk.sensitive ?? []).map(sensitiveColumn)
  return (leaving) => ({
    seen: columns.map((column) => column(leaving).map(bounded)),
    sensitive: sensitive.map((column) => bounded(column(leaving)))
  })
}

/** Longer texts are kept as their digest. */
const LONGEST = 256
const DIGEST = 32

function bounded(text: string): string {
  return text.length <= LONGEST ? text : sha256(text).toString('hex').slice(0, DIGEST)
}

function quasiColumn(engine: Compiled, { from, as, levels }: QuasiIdentifier): ReadColumn {
  const paths = from.map(namesOf)
  const one = (text: string): string => (as === 'year' ? text.replace(/^"(\d{4})-.*/, '"$1"') : text)
  const read = (patient: Resource): string =>
    joined(paths.flatMap(({ names }) => valuesAt(patient, names).map((value) => one(JSON.stringify(value)))))
  const coarser = levels.map(({ rules }) => createCoarsener(engine, 'Patient', { rules, ages: 'go' }))
  const first = from.includes(BIRTH)
    ? (leaving: Leaving) => `${read(leaving.patient)} ${leaving.birth}`
    : ({ patient }: Leaving) => read(patient)
  return (leaving) => {
    const line = coarser.length === 0 ? '' : JSON.stringify(leaving.patient)
    return [first(leaving), ...coarser.map((coarsen) => read(JSON.parse(coarsen(line)) as Resource))] // of our own making
  }
}

function patternColumn(engine: Compiled, pattern: RiskPattern): ReadColumn {
  switch (pattern.kind) {
    case 'visits':
      return ({ records }) => [bandOf(records.filter(({ resourceType }) => resourceType === pattern.on).length, pattern.edges)]
    case 'interval':
      return ({ records }) => [intervalOf(records, pattern.from, pattern.edges)]
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
function intervalOf(records: readonly Resource[], from: readonly string[], edges: readonly number[]): string {
  const dates = from.map(namesOf).flatMap(({ type, names }) => records.filter(isOf(type)).flatMap((record) => valuesAt(record, names)))
  const days = dates.flatMap((date) => (typeof date === 'string' ? (dayNumber(date.slice(0, 10)) ?? []) : [])).sort((a, b) => a - b)
  if (days.length < 2) return '-'
  return bandOf(
    days.slice(1).reduce((most, day, index) => Math.max(most, day - (days[index] ?? day)), 0),
    edges
  )
}

/** The codes of the list that a person has, at each level as what they become. */
function rareCodes(engine: Compiled, { from, codes, levels }: Extract<RiskPattern, { kind: 'rare-code' }>): ReadColumn {
  const isRare = matcherOf(codes)
  const paths = from.map(namesOf)
  const types = new Set(paths.map(({ type }) => type))
  const coarsening = levels.map(({ rules }): Coarsening => ({ rules, ages: 'stay' }))
  const coarser = coarsening.map((each) => new Map([...types].map((type) => [type, createCoarsener(engine, type, each)])))
  const codesIn = (record: Resource): string[] =>
    paths.filter(({ type }) => type === record.resourceType).flatMap(({ names }) => codesAt(record, names))
  return ({ records }) => {
    const rare = records.filter((record) => types.has(record.resourceType) && codesIn(record).some(isRare))
    const lines = rare.map((record) => ({ type: record.resourceType, line: JSON.stringify(record) }))
    const others = new Set(rare.flatMap(codesIn).filter((code) => !isRare(code)))
    const left = coarser.map((byType) => {
      const made = lines.map(({ type, line }) => JSON.parse(byType.get(type)?.(line) ?? line) as Resource) // of our own making
      return joined(made.flatMap(codesIn).filter((code) => !others.has(code)))
    })
    return [joined(rare.flatMap(codesIn).filter(isRare)), ...left]
  }
}

/** All values a subject has are one; none is one, too. */
function sensitiveColumn({ from, values }: SensitiveAttribute): (leaving: Leaving) => string {
  const paths = from.map(namesOf)
  const rows = Object.entries(values).map(([value, codes]) => ({ value, means: matcherOf(codes) }))
  return ({ records }) => {
    const found = new Set(paths.flatMap(({ type, names }) => records.filter(isOf(type)).flatMap((record) => codesAt(record, names))))
    const has = rows.filter(({ means }) => [...found].some(means)).map(({ value }) => value)
    return has.length === 0 ? 'none' : has.sort().join('+')
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
