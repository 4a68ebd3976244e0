/**
 * The verbs of a profile as functions of one value: what comes back is what leaves; undefined is removed. They never change what they are given, and
 * a value of another shape than FHIR gives it is removed. Compiled transforms call them.
 */
import type { Json } from '../digest.ts'
import { AGE_90 } from './absent.ts'
import type { Context } from './context.ts'
import type { ExtensionRule, Profile } from './profile.ts'
import { stateCode } from './states.ts'
import { createVocabulary, type Vocabulary } from './vocabulary.ts'

type Value = Json | undefined
type Members = { readonly [key: string]: Value }

/** What an element held last, and what became of it. */
export interface LastConcept {
  system: string
  code: string
  concept: Value
}

export interface Verbs {
  count(this: void, value: Value): Value
  decimal(this: void, value: Value): Value
  year(this: void, value: Value, context: Context): Value
  zip3(this: void, value: Value): Value
  state(this: void, value: Value): Value
  coding(this: void, value: Value): Value
  /** `last`: a cell of the element, for most repeat what they held before. */
  concept(this: void, value: Value, last: LastConcept): Value
  quantity(this: void, value: Value, context: Context): Value
  age(this: void, value: Value, context: Context): Value
  ageRange(this: void, value: Value, context: Context): Value
  observed(this: void, value: Value, context: Context, siblings: Members): Value
  observedRange(this: void, value: Value, context: Context, siblings: Members): Value
  observedCount(this: void, value: Value, context: Context, siblings: Members): Value
  reference(this: void, value: Value, context: Context): Value
  /** Only a data-absent-reason of what the value's extension holds, as an Element. */
  absent(this: void, value: Value): Value
  /** Does the CodeableConcept say that the value beside it is an age? */
  isAge(this: void, code: Value): boolean
  /** The extensions that may stand here, as a list. */
  extensions(this: void, value: Value, rules: readonly ExtensionRule[]): Value
}

/** A whole number of seven digits or more may be a telephone, record or social security number. */
const LONGEST_COUNT = 999_999
/** The same of an amount: nobody is billed a hundred million. */
const LONGEST_AMOUNT = 99_999_999
const COMPARATORS: ReadonlySet<Value> = new Set(['<', '<=', '>=', '>'])
/** Years in one of a unit, UCUM. */
const YEARS: ReadonlyMap<Value, number> = new Map<Value, number>([
  ['a', 1],
  ['mo', 1 / 12],
  ['wk', 1 / 52.1775],
  ['d', 1 / 365.2425],
  ['h', 1 / 8765.82],
  ['min', 1 / 525_949.2]
])

export function createVerbs(profile: Profile): Verbs {
  const vocabulary = createVocabulary(profile)
  const quantity = quantityVerb(vocabulary)
  const ages = ageVerbs(quantity)
  const isAge = ageTest(profile)
  const range = rangeVerb(quantity)
  const extension = extensionVerb(profile)
  return {
    count,
    decimal,
    year,
    zip3: zip3Verb(profile),
    state: (value) => (typeof value === 'string' ? stateCode(value) : undefined),
    coding: (value) => codingVerb(vocabulary, value),
    concept: (value, last) => conceptVerb(vocabulary, value, last),
    quantity,
    ...ages,
    observed: (value, context, siblings) => (isAge(siblings['code']) ? ages.age(value, context) : quantity(value, context)),
    observedRange: (value, context, siblings) => (isAge(siblings['code']) ? ages.ageRange(value, context) : range(value, context)),
    observedCount: (value, context, siblings) => (isAge(siblings['code']) ? ageCount(value, context) : count(value)),
    reference: (value, context) => {
      const text = membersOf(value)?.['reference']
      return typeof text === 'string' ? context.refer(text, context) : undefined
    },
    absent: (value) => {
      const kept = extension(membersOf(value)?.['extension'], [])
      return kept === undefined ? undefined : { extension: kept }
    },
    isAge,
    extensions: extension
  }
}

function membersOf(value: Value): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
}

function count(value: Value): Value {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= LONGEST_COUNT ? value : undefined
}

function decimal(value: Value): Value {
  return typeof value === 'number' && Math.abs(value) <= LONGEST_AMOUNT ? value : undefined
}

/** Safe Harbor (C): the year, where it may be shown. */
function year(value: Value, context: Context): Value {
  if (typeof value !== 'string' || value.length < 4 || (value.length > 4 && value.charCodeAt(4) !== 45)) return undefined
  for (let at = 0; at < 4; at++) {
    const digit = value.charCodeAt(at)
    if (digit < 48 || digit > 57) return undefined
  }
  const digits = value.length === 4 ? value : value.slice(0, 4)
  return digits < context.minYear || digits > context.maxYear ? undefined : digits
}

/** Safe Harbor (B): the first three digits where the list names them, else 000. */
function zip3Verb(profile: Profile): (value: Value) => Value {
  const allowed = new Set(profile.zip3.allowed.flatMap((row) => row.split(' ')))
  return (value) => {
    if (typeof value !== 'string') return undefined
    const whole = /^(\d{3})(?:\d{2}(?:-?\d{4})?)?$/.exec(value.trim())
    const prefix = whole?.[1]
    return prefix !== undefined && allowed.has(prefix) ? prefix : '000'
  }
}

function codingVerb(vocabulary: Vocabulary, value: Value): Value {
  const coding = membersOf(value)
  if (coding === null) return undefined
  const { system, code } = coding
  if (typeof system === 'string' && typeof code === 'string') return vocabulary.coding(system, code)?.coding
  return undefined
}

function conceptVerb(vocabulary: Vocabulary, value: Value, last: LastConcept): Value {
  const codings = membersOf(value)?.['coding']
  if (!Array.isArray(codings)) return undefined
  if (codings.length === 1) {
    const only = membersOf(codings[0])
    if (only === null) return undefined
    const { system, code } = only
    if (typeof system !== 'string' || typeof code !== 'string') return undefined
    if (system === last.system && code === last.code) return last.concept
    last.system = system
    last.code = code
    last.concept = vocabulary.coding(system, code)?.concept
    return last.concept
  }
  const kept: Json[] = []
  for (const item of codings) {
    const coding = codingVerb(vocabulary, item)
    if (coding !== undefined) kept.push(coding)
  }
  return kept.length === 0 ? undefined : { coding: kept }
}

type QuantityVerb = (value: Value, context: Context) => Value

/** A number in a unit of the list. A comparator that is not understood changes what the number means: the record is withheld. */
function quantityVerb(vocabulary: Vocabulary): QuantityVerb {
  return (given, context) => {
    const quantity = membersOf(given)
    if (quantity === null) return undefined
    const { value, comparator, unit, system, code } = quantity
    if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
    if (comparator !== undefined && !COMPARATORS.has(comparator)) {
      context.fault ??= 'modifier-not-understood'
      return undefined
    }
    const kept: { [key: string]: Json } = comparator === undefined ? { value } : { value, comparator: comparator as string }
    // a bare number may be any number
    if (code === undefined && unit === undefined) return Math.abs(value) <= LONGEST_COUNT ? kept : undefined
    const unitKnown = typeof unit === 'string' && vocabulary.unit(unit)
    if (unitKnown) kept['unit'] = unit
    if (typeof code !== 'string') return unitKnown ? kept : undefined
    if (typeof system !== 'string') return unitKnown ? kept : undefined
    if (vocabulary.coding(system, code) === null) return unitKnown ? kept : undefined
    kept['system'] = system
    kept['code'] = code
    return kept
  }
}

function rangeVerb(quantity: QuantityVerb): QuantityVerb {
  return (given, context) => {
    const range = membersOf(given)
    if (range === null) return undefined
    const low = quantity(range['low'], context)
    const high = quantity(range['high'], context)
    if (low === undefined) return high === undefined ? undefined : { high }
    return high === undefined ? { low } : { low, high }
  }
}

/** Safe Harbor (C): an age of 90 or more, in any unit, is one category; a subject of that category shows no younger age, for with its year it tells the year of birth. */
function ageVerbs(quantity: QuantityVerb): { age: QuantityVerb; ageRange: QuantityVerb } {
  const age: QuantityVerb = (given, context) => {
    const kept = membersOf(quantity(given, context))
    if (kept === null) return undefined
    const years = yearsOf(kept)
    if (years === null) return undefined
    if (years >= 90) return AGE_90
    return context.over90 ? undefined : (kept as Json)
  }
  return { age, ageRange: rangeVerb(age) }
}

function yearsOf(quantity: Members): number | null {
  const factor = YEARS.get(quantity['code'] ?? quantity['unit'])
  const value = quantity['value']
  return factor === undefined || typeof value !== 'number' ? null : value * factor
}

/** An age without a unit is in years; 90 or more cannot be said by an integer. */
function ageCount(value: Value, context: Context): Value {
  return typeof value === 'number' && value < 90 && !context.over90 ? count(value) : undefined
}

/** Is a code of the profile's ageCodes among the codings? */
function ageTest(profile: Profile): (code: Value) => boolean {
  const ages = new Set(profile.ageCodes.map((row) => `${row.system}|${row.code}`))
  const codes = new Set<Value>(profile.ageCodes.map((row) => row.code))
  return (concept) => {
    const codings = membersOf(concept)?.['coding']
    if (!Array.isArray(codings)) return false
    for (const item of codings) {
      const coding = membersOf(item)
      if (coding !== null && codes.has(coding['code']) && ages.has(`${String(coding['system'])}|${String(coding['code'])}`)) return true
    }
    return false
  }
}

/** Keeps data-absent-reason anywhere, and what the rules of this place name. */
function extensionVerb(profile: Profile): (value: Value, rules: readonly ExtensionRule[]) => Value {
  const everywhere = profile.extensions.filter((rule) => rule.on.includes('*'))
  return (value, rules) => {
    if (!Array.isArray(value)) return undefined
    const kept: Json[] = []
    for (const item of value) {
      const extension = membersOf(item)
      if (extension === null) continue
      const rule = rules.find((row) => row.url === extension['url']) ?? everywhere.find((row) => row.url === extension['url'])
      const made = rule === undefined ? undefined : keptExtension(rule, extension)
      if (made !== undefined) kept.push(made)
    }
    return kept.length === 0 ? undefined : kept
  }
}

function keptExtension(rule: ExtensionRule, extension: Members): Value {
  if (rule.value === 'omb') return ombExtension(rule, extension)
  const value = extension[rule.value]
  if (rule.value === 'valueBoolean') return typeof value === 'boolean' ? { url: rule.url, valueBoolean: value } : undefined
  return typeof value === 'string' && rule.codes !== undefined && Object.hasOwn(rule.codes, value) ? { url: rule.url, valueCode: value } : undefined
}

/** US Core race and ethnicity: the OMB categories, and a text made of their names instead of the sender's. */
function ombExtension(rule: ExtensionRule, extension: Members): Value {
  const names: string[] = []
  const parts: Json[] = []
  const given = Array.isArray(extension['extension']) ? extension['extension'] : []
  for (const item of given) {
    const part = membersOf(item)
    const code = part?.['url'] === 'ombCategory' ? membersOf(part['valueCoding'])?.['code'] : undefined
    const name = typeof code === 'string' && rule.codes !== undefined && Object.hasOwn(rule.codes, code) ? rule.codes[code] : undefined
    if (name === undefined || typeof code !== 'string') continue
    names.push(name)
    parts.push({ url: 'ombCategory', valueCoding: { system: ombSystem(code), code } })
  }
  return parts.length === 0 ? undefined : { url: rule.url, extension: [...parts, { url: 'text', valueString: names.join(', ') }] }
}

function ombSystem(code: string): string {
  return code === 'UNK' || code === 'ASKU' ? 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor' : 'urn:oid:2.16.840.1.113883.6.238'
}
