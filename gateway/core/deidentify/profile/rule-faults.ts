/**
 * What is wrong with a single rule of a profile: a verb that does nothing with its datatype, a parameter that is missing or never read, a hierarchy or a
 * substitute of another type. Says nothing of where the rule may stand.
 */
import type { Json } from '../../digest.ts'
import type { Fault } from '../../errors.ts'
import { TYPES } from '../../fhir/types.ts'
import { SCRUBBED } from '../free-text.ts'
import { type DateType, wellFormed, wellFormedTime } from '../values/dates.ts'
import { membersOf } from '../values/values.ts'
import { type BoundCodes, boundCodes } from '../values/vocabulary.ts'
import type { Hierarchy, RecordProfile, Rule, Verb } from './profile.ts'

const NUMBERS = ['integer', 'positiveInt', 'unsignedInt', 'decimal']
const TEXTS = ['string', 'code']
const CODED = ['Coding', 'CodeableConcept']
const DATES = ['date', 'dateTime']
/** Of a time or length: without a unit they are nothing. */
const UNITED = ['Age', 'Duration', 'Distance']
const QUANTITIES = ['Quantity', 'Count', ...UNITED]

/** Datatypes a verb can work on; others would always be removed. A verb that is not here works on all. */
const FITTING: ReadonlyMap<Verb, ReadonlySet<string>> = new Map<Verb, ReadonlySet<string>>([
  ['keep', new Set(['boolean', ...NUMBERS, ...DATES, 'instant', 'time'])],
  ['code', new Set(['code', 'string', 'uri'])],
  ['year', new Set(DATES)],
  ['birth-year', new Set(['date'])],
  ['shift', new Set([...DATES, 'instant'])],
  ['birth-shift', new Set(['date'])],
  ['age-90', new Set(['Age', 'Range', 'Quantity'])],
  ['observed', new Set(['Quantity', 'Range', 'integer'])],
  ['zip3', new Set(['string'])],
  ['state', new Set(['string'])],
  ['coding', new Set(['Coding'])],
  ['quantity', new Set(QUANTITIES)],
  ['reference', new Set(['Reference'])],
  ['generalize', new Set([...NUMBERS, ...QUANTITIES, ...DATES, ...TEXTS, ...CODED])],
  ['perturb', new Set([...NUMBERS, ...QUANTITIES])],
  ['surrogate', new Set(['string', 'id', 'uri', 'uuid', 'oid'])],
  ['scrub', SCRUBBED],
  ['decade', new Set(DATES)],
  ['period', new Set(DATES)],
  ['roll-up', new Set(CODED)]
])

/** Verbs that coarsen what has already been de-identified. */
const ON_TOP: ReadonlySet<Verb> = new Set<Verb>(['remove', 'mask', 'decade', 'period', 'roll-up', 'year', 'zip3', 'generalize'])

/** They do nothing before the risk gate. */
const COARSER_ONLY: ReadonlySet<Verb> = new Set<Verb>(['decade', 'period', 'roll-up'])

const KINDS: ReadonlyMap<Hierarchy['kind'], ReadonlySet<string>> = new Map<Hierarchy['kind'], ReadonlySet<string>>([
  ['prefix', new Set(['string', ...CODED])],
  ['bins', new Set([...NUMBERS, ...QUANTITIES])],
  ['codes', new Set([...TEXTS, ...CODED])],
  ['dates', new Set(DATES)]
])

type Parameter = 'pattern' | 'elements' | 'hierarchy' | 'with' | 'span' | 'range' | 'roundTo' | 'cover'

/** Which verbs read a parameter, and which of them need it. */
const PARAMETERS: readonly { readonly name: Parameter; readonly read: readonly Verb[]; readonly needed: readonly Verb[] }[] = [
  { name: 'pattern', read: ['code', 'generalize'], needed: [] },
  { name: 'elements', read: ['by-element'], needed: ['by-element'] },
  { name: 'hierarchy', read: ['generalize', 'roll-up'], needed: ['generalize', 'roll-up'] },
  { name: 'with', read: ['substitute'], needed: ['substitute'] },
  { name: 'span', read: ['perturb', 'period'], needed: ['perturb', 'period'] },
  { name: 'range', read: ['perturb'], needed: ['perturb'] },
  { name: 'roundTo', read: ['perturb'], needed: [] },
  { name: 'cover', read: ['scrub'], needed: [] }
]

/** A rule and what it is for: a datatype, and the path under which codes are bound ('' for a datatype alone). */
export interface PlacedRule {
  /** JSON pointer to the rule. */
  readonly at: string
  readonly rule: Rule
  readonly type: string
  readonly bound: string
}

export function ruleFaults(profile: RecordProfile, placed: PlacedRule): Fault[] {
  const { at, rule } = placed
  const misplaced = COARSER_ONLY.has(rule.verb)
    ? [{ path: `${at}/verb`, message: `${rule.verb} stands in generalized only, and in the levels of risk` }]
    : []
  return [...misplaced, ...fitFaults(profile, placed)]
}

/** Of a rule in `generalized`. */
export function onTopFaults(profile: RecordProfile, placed: PlacedRule): Fault[] {
  const { at, rule } = placed
  if (ON_TOP.has(rule.verb)) return fitFaults(profile, placed)
  return [{ path: `${at}/verb`, message: `${rule.verb} does not make coarser: one of ${[...ON_TOP].join(', ')}` }]
}

function fitFaults(profile: RecordProfile, placed: PlacedRule): Fault[] {
  const { at, rule, type } = placed
  const fitting = FITTING.get(rule.verb)
  if (fitting !== undefined && !fitting.has(type)) return [{ path: `${at}/verb`, message: `${rule.verb} does nothing with ${type}` }]
  const parameters = parameterFaults(at, rule)
  return parameters.length > 0 ? parameters : [...hierarchyFaults(profile, placed), ...substituteFaults(placed)]
}

function parameterFaults(at: string, rule: Rule): Fault[] {
  return PARAMETERS.flatMap(({ name, read, needed }) => {
    if (rule[name] === undefined) return needed.includes(rule.verb) ? [{ path: at, message: `${rule.verb} needs ${name}` }] : []
    return read.includes(rule.verb) ? [] : [{ path: `${at}/${name}`, message: `is not read by ${rule.verb}` }]
  })
}

function hierarchyFaults(profile: RecordProfile, { at, rule, type, bound }: PlacedRule): Fault[] {
  if (rule.verb !== 'generalize' && rule.verb !== 'roll-up') return []
  const path = `${at}/hierarchy`
  const name = rule.hierarchy ?? ''
  const hierarchy = Object.hasOwn(profile.hierarchies ?? {}, name) ? profile.hierarchies?.[name] : undefined
  if (hierarchy === undefined) return [{ path, message: `there is no hierarchy ${name}` }]
  if (rule.verb === 'roll-up' && hierarchy.kind !== 'codes')
    return [{ path, message: `${name} (${hierarchy.kind}) leads no code to its parent` }]
  if (KINDS.get(hierarchy.kind)?.has(type) !== true) return [{ path, message: `${name} (${hierarchy.kind}) does nothing with ${type}` }]
  if (hierarchy.kind === 'prefix' && type === 'string' && rule.pattern === undefined)
    return [{ path: at, message: 'the beginning of any text may be a name: it needs the pattern of what may come in' }]
  if (hierarchy.kind === 'bins' && UNITED.includes(type) && hierarchy.unit === undefined)
    return [{ path, message: `${name} has no unit, and ${type} always has one` }]
  return hierarchy.kind === 'codes' ? unboundFaults(path, Object.values(hierarchy.map), boundCodes().get(bound)) : []
}

function unboundFaults(path: string, parents: readonly string[], codes: ReadonlySet<string> | undefined): Fault[] {
  const unknown = codes === undefined ? undefined : parents.find((code) => !codes.has(code))
  return unknown === undefined ? [] : [{ path, message: `leads to ${unknown}, which is none of the codes FHIR binds the element to` }]
}

/** Edges that do not rise would make bins of which nothing is part. */
export function hierarchyShapeFaults(profile: RecordProfile): Fault[] {
  return Object.entries(profile.hierarchies ?? {}).flatMap(([name, hierarchy]) => {
    const falls = hierarchy.kind === 'bins' && hierarchy.edges.some((edge, index, edges) => index > 0 && edge <= (edges[index - 1] ?? edge))
    return falls ? [{ path: `/hierarchies/${name}/edges`, message: 'must rise from edge to edge' }] : []
  })
}

function substituteFaults({ at, rule, type, bound }: PlacedRule): Fault[] {
  if (rule.verb !== 'substitute' || rule.with === undefined || isOf(rule.with, type, bound, boundCodes())) return []
  return [{ path: `${at}/with`, message: `is no ${type}` }]
}

/** Could the value stand where FHIR asks for the type? Of a complex value: an object of that type's elements. */
function isOf(value: Json, type: string, bound: string, codes: BoundCodes): boolean {
  if (TYPES.get(type)?.kind !== 'primitive') {
    const members = membersOf(value)
    const elements = TYPES.get(type)?.elements
    return members !== null && Object.keys(members).every((name) => elements?.has(name) === true)
  }
  if (type === 'boolean') return typeof value === 'boolean'
  if (NUMBERS.includes(type)) return isNumberOf(value, type)
  if (type === 'date' || type === 'dateTime' || type === 'instant') return wellFormed(value, type satisfies DateType) === value
  if (type === 'time') return wellFormedTime(value) === value
  return typeof value === 'string' && value.trim() !== '' && codes.get(bound)?.has(value) !== false
}

function isNumberOf(value: Json, type: string): boolean {
  if (typeof value !== 'number' || (type !== 'decimal' && !Number.isInteger(value))) return false
  return type === 'positiveInt' ? value >= 1 : type !== 'unsignedInt' || value >= 0
}
