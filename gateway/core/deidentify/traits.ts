/**
 * What others could find a subject by, at each level of each quasi-identifier and pattern, and its sensitive values: read from the records as they leave,
 * coarsened by the very code that coarsens the shard, so that no trait that leaves is overlooked. Bounded: a text per level, long ones as a digest.
 * A band of a count or an interval is only looked at; nothing is done to a record for it.
 */
import { type Json, sha256 } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import { type Coarsening, type Compiled, createCoarsener, isNamed } from './coarsen.ts'
import { isLabel } from './labels.ts'
import { codesIn, listedIn } from './listed.ts'
import { BIRTH, goesAt } from './node.ts'
import type { QuasiIdentifier, RiskPattern, RiskRule, SensitiveAttribute } from './profile/profile.ts'
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

/** With the records that hold a code which any column lists, and their codes. */
interface Looked extends Leaving {
  readonly coded: readonly Coded[]
}

interface Coded {
  readonly record: Resource
  readonly codes: readonly string[]
}

/** A quasi-identifier, or a pattern. */
interface Column {
  read(this: void, leaving: Looked): readonly string[]
  /** whether it has no value; of a pattern, whether there is no event */
  missing(this: void, leaving: Looked): boolean
}

/** null: the profile declares none. */
export function createTraits(engine: Compiled): ReadTraits | null {
  const { risk } = engine.profile
  if (risk === undefined) return null
  const quasi = risk.quasiIdentifiers.map((row) => ({ ...quasiColumn(engine, row), must: row.missing === 'suppress' }))
  const patterns = (risk.patterns ?? []).map((row) => patternColumn(engine, row))
  const sensitive = (risk.sensitive ?? []).map(sensitiveColumn)
  const look = lookFor(risk)
  const cameOf = (leaving: Looked): Traits['came'] => {
    if (leaving.patient === null) return 'without its Patient'
    return quasi.some(({ must, missing }) => must && missing(leaving)) ? 'lacking' : 'whole'
  }
  return (leaving) => {
    const looked = { ...leaving, coded: look(leaving.records) }
    return {
      came: cameOf(looked),
      seen: [...quasi, ...patterns].map(({ read }) => read(looked).map(bounded)),
      events: patterns.every(({ missing }) => missing(looked)) ? 'none' : 'some',
      sensitive: sensitive.map((column) => column(looked))
    }
  }
}

/** Each record is looked through once, for all columns. */
function lookFor({ quasiIdentifiers, patterns = [], sensitive = [] }: RiskRule): (records: readonly Resource[]) => Coded[] {
  const lists = [
    ...quasiIdentifiers.map(({ codes = [] }) => codes),
    ...patterns.map((row) => (row.kind === 'rare-code' ? row.codes : [])),
    ...sensitive.flatMap(({ values }) => Object.values(values))
  ]
  const isListed = listedIn(lists.flat())
  return (records) => records.map((record) => ({ record, codes: codesIn(record) })).filter(({ codes }) => codes.some(isListed))
}

/** As `birth` says that nothing is told of it. */
const UNTOLD = '-'

/** Longer texts are kept as their digest. */
const LONGEST = 256
const DIGEST = 32

function bounded(text: string): string {
  return text.length <= LONGEST ? text : sha256(text).toString('hex').slice(0, DIGEST)
}

function quasiColumn(engine: Compiled, { from, as, levels, codes = [] }: QuasiIdentifier): Column {
  const paths = from.map(namesOf)
  const one = (text: string): string => (as === 'year' ? text.replace(/^"(\d{4})-.*/, '"$1"') : text)
  const textsOf = (patient: Resource): string[] =>
    paths.flatMap(({ names }) => valuesAt(patient, names).map((value) => one(JSON.stringify(value))))
  const readOf = (patient: Resource): string => joined(textsOf(patient))
  const coarser = levels.map((level) =>
    createCoarsener(engine, 'Patient', { rules: level.rules, ages: 'go', texts: 'go', codes: [goesAt(codes, level)] })
  )
  const isBirth = from.includes(BIRTH)
  const isEvent = listedIn(codes)
  const eventsOf = ({ coded }: Looked): string[] =>
    coded.filter((each) => each.codes.some(isEvent)).map(({ record }) => one(JSON.stringify(lastDateIn(record))))
  const told = (leaving: Looked, patient: Resource): string => joined([...textsOf(patient), ...eventsOf(leaving)])
  return {
    read: (leaving) => {
      const { patient, birth } = leaving
      if (patient === null) return []
      const line = coarser.length === 0 ? '' : JSON.stringify(patient)
      const first = isBirth ? `${told(leaving, patient)} ${birth}` : told(leaving, patient)
      // at a level no element is left that holds one of the codes
      return [first, ...coarser.map((coarsen) => readOf(JSON.parse(coarsen(line)) as Resource))] // of our own making
    },
    missing: (leaving) => leaving.patient !== null && told(leaving, leaving.patient) === '' && (!isBirth || leaving.birth === UNTOLD)
  }
}

/** The last day, month or year that stands anywhere in a record; none is the empty text. */
function lastDateIn(value: Json | undefined): string {
  if (typeof value === 'string') return DATE.test(value) ? value : ''
  if (typeof value !== 'object' || value === null) return ''
  return Object.values(value).reduce<string>((last, item) => {
    const date = lastDateIn(item)
    return date > last ? date : last
  }, '')
}

const DATE = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T|$)|$)|$)/

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
function rareCodes(engine: Compiled, { codes, levels }: Extract<RiskPattern, { kind: 'rare-code' }>): Column {
  const isRare = listedIn(codes)
  const coarser = levels.map((level) =>
    coarserByType(engine, { rules: level.rules, ages: 'stay', texts: 'go', codes: [goesAt(codes, level)] })
  )
  const rareAmong = ({ coded }: Looked): Coded[] => coded.filter((each) => each.codes.some(isRare))
  const read: Column['read'] = (leaving) => {
    const rare = rareAmong(leaving)
    const lines = rare.map(({ record }) => ({ type: record.resourceType, line: JSON.stringify(record) }))
    const all = rare.flatMap((each) => each.codes)
    const others = new Set(all.filter((code) => !isRare(code)))
    const left = coarser.map((coarsen) => {
      const made = lines.flatMap(({ type, line }) => codesIn(JSON.parse(coarsen(type)(line)) as Resource)) // of our own making
      return joined(made.filter((code) => !others.has(code) && !isLabel(code)))
    })
    return [joined(all.filter(isRare)), ...left]
  }
  return { read, missing: (leaving) => rareAmong(leaving).length === 0 }
}

function coarserByType(engine: Compiled, coarsening: Coarsening): (type: string) => (line: string) => string {
  const byType = new Map<string, (line: string) => string>()
  return (type) => {
    const coarsen = byType.get(type) ?? createCoarsener(engine, type, coarsening)
    byType.set(type, coarsen)
    return coarsen
  }
}

function sensitiveColumn({ values }: SensitiveAttribute): (leaving: Looked) => string[] {
  const rows = Object.entries(values).map(([value, codes]) => ({ value, means: listedIn(codes) }))
  return ({ coded }) =>
    rows
      // a relative's illness is not the person's: taken for it, a group would seem to differ that does not
      .filter(({ means }) => coded.some(({ record, codes }) => record.resourceType !== 'FamilyMemberHistory' && codes.some(means)))
      .map(({ value }) => value)
      .sort()
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
