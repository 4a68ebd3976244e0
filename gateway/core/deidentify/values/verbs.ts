/**
 * The verbs of a profile as functions of one value: what comes back is what leaves; undefined is removed. They never change what they are given, and
 * a value of another shape than FHIR gives it is removed. Compiled transforms call them.
 */
import type { Json } from '../../digest.ts'
import type { Context } from '../context.ts'
import type { ExtensionRule, ObservedCode, RecordProfile } from '../profile/profile.ts'
import { type DateType, wellFormed, wellFormedTime } from './dates.ts'
import { ageCountVerb, ageVerbs, count, decimalVerb, highAbove, quantityVerb, rangeVerb, showsAge } from './quantities.ts'
import { createShift, endAfter, type ShiftVerb } from './shift.ts'
import { stateCode } from './states.ts'
import { type Members, membersOf, type Value } from './values.ts'
import { type CodeTest, createVocabulary, type SystemTest, type Vocabulary } from './vocabulary.ts'

/** What an element held last, and what became of it. */
export interface LastConcept {
  readonly systems: SystemTest
  system: string
  codes: CodeTest
  code: string
  concept: Value
}

/** What a reference pointed at last, whose it was (names differ from subject to subject), and what became of it. */
export interface LastReference {
  subject: Context['refer'] | null
  text: string
  base: string
  name: string | null
}

export interface Verbs {
  count(this: void, value: Value, context: Context): Value
  decimal(this: void, value: Value): Value
  year(this: void, value: Value, context: Context): Value
  shift(this: void, ...given: Parameters<ShiftVerb>): Value
  endAfter(this: void, start: Value, end: Value): Value
  highAbove(this: void, low: Value, high: Value): Value
  wellFormed(this: void, value: Value, type: DateType): Value
  time(this: void, value: Value): Value
  zip3(this: void, value: Value): Value
  state(this: void, value: Value): Value
  /** Of a value at a place, by the test systemsAt gave for it. */
  coding(this: void, value: Value, systems: SystemTest): Value
  systemsAt: Vocabulary['systemsAt']
  /** `last`: a cell of the element, for most repeat what they held before. */
  concept(this: void, value: Value, last: LastConcept): Value
  quantity(this: void, value: Value, context: Context): Value
  age(this: void, value: Value, context: Context): Value
  ageRange(this: void, value: Value, context: Context): Value
  ageCount(this: void, value: Value, context: Context): Value
  range(this: void, value: Value, context: Context): Value
  showsAge(this: void, value: Value, unit: Value, context: Context): boolean
  /** `last`: a cell of the element, for a subject's records point at the same few. */
  reference(this: void, value: Value, context: Context, last: LastReference): Value
  /** Only a data-absent-reason of what the value's extension holds, as an Element. */
  absent(this: void, value: Value): Value
  /** The same of a list of primitives without any value, by the `_name` list beside it. */
  absentAll(this: void, beside: Value, values: Value): Value
  /** Does the CodeableConcept say that the value beside it is an age? */
  isAge(this: void, code: Value): boolean
  /** Does a component's? */
  isAgeAmong(this: void, components: Value): boolean
  /** Does the CodeableConcept say that the value beside it is a date of birth or death? */
  isVitalDate(this: void, code: Value): boolean
  /** The extensions that may stand here, as a list. */
  extensions(this: void, value: Value, rules: readonly ExtensionRule[]): Value
}

export function createVerbs(profile: RecordProfile): Verbs {
  const vocabulary = createVocabulary(profile)
  const quantity = quantityVerb(vocabulary, profile.mode)
  const ageCount = ageCountVerb(profile.mode)
  const ages = ageVerbs(quantity)
  const isAge = codeTest(profile.ageCodes)
  const range = rangeVerb(quantity)
  const extension = extensionVerb(profile)
  const absent = (value: Value): Value => {
    const kept = extension(membersOf(value)?.['extension'], [])
    return kept === undefined ? undefined : { extension: kept }
  }
  return {
    count,
    decimal: decimalVerb(profile.mode),
    year,
    shift: createShift(),
    endAfter,
    highAbove,
    wellFormed,
    time: wellFormedTime,
    zip3: zip3Verb(profile),
    state: (value) => (typeof value === 'string' ? stateCode(value) : undefined),
    coding: codingVerb,
    systemsAt: vocabulary.systemsAt,
    concept: conceptVerb,
    quantity,
    ...ages,
    ageCount,
    range,
    showsAge,
    reference: referenceVerb,
    absent,
    absentAll: (beside, values) => {
      if (!Array.isArray(beside) || (Array.isArray(values) && values.some((value) => value !== null))) return undefined
      const kept = beside.map(absent).filter((item) => item !== undefined)
      return kept.length === 0 ? undefined : kept
    },
    isAge,
    isAgeAmong: (components) => Array.isArray(components) && components.some((part) => isAge(membersOf(part)?.['code'])),
    isVitalDate: codeTest(profile.vitalDateCodes),
    extensions: extension
  }
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
function zip3Verb(profile: RecordProfile): (value: Value) => Value {
  const allowed = new Set(profile.zip3.allowed.flatMap((row) => row.split(' ')))
  return (value) => {
    if (typeof value !== 'string') return undefined
    const whole = /^(\d{3})(?:\d{2}(?:-?\d{4})?)?$/.exec(value.trim())
    const prefix = whole?.[1]
    return prefix !== undefined && allowed.has(prefix) ? prefix : '000'
  }
}

function referenceVerb(value: Value, context: Context, last: LastReference): Value {
  const text = membersOf(value)?.['reference']
  if (typeof text !== 'string') return undefined
  // what a record contains is named anew in each
  if (text.charCodeAt(0) === 35) return referenceTo(context.refer(text, context))
  if (text !== last.text || context.refer !== last.subject || context.base !== last.base) {
    last.name = context.refer(text, context)
    last.subject = context.refer
    last.text = text
    last.base = context.base
  }
  return referenceTo(last.name)
}

function referenceTo(name: string | null): Value {
  return name === null ? undefined : { reference: name }
}

function codingVerb(value: Value, systems: SystemTest): Value {
  const coding = membersOf(value)
  if (coding === null) return undefined
  const { system, code } = coding
  if (typeof system === 'string' && typeof code === 'string') return systems(system)(code)?.coding
  return undefined
}

function conceptVerb(value: Value, last: LastConcept): Value {
  const codings = membersOf(value)?.['coding']
  if (!Array.isArray(codings)) return undefined
  if (codings.length === 1) {
    const only = membersOf(codings[0])
    if (only === null) return undefined
    const { system, code } = only
    if (typeof system !== 'string' || typeof code !== 'string') return undefined
    if (system !== last.system) {
      last.codes = last.systems(system)
      last.system = system
    } else if (code === last.code) return last.concept
    last.code = code
    last.concept = last.codes(code)?.concept
    return last.concept
  }
  const kept: Json[] = []
  for (const item of codings) {
    const coding = codingVerb(item, last.systems)
    if (coding !== undefined) kept.push(coding)
  }
  return kept.length === 0 ? undefined : { coding: kept }
}

/** Is one of the profile's codes among the codings? */
function codeTest(rows: readonly ObservedCode[]): (code: Value) => boolean {
  const named = new Set(rows.map((row) => `${row.system}|${row.code}`))
  const codes = new Set<Value>(rows.map((row) => row.code))
  return (concept) => {
    const codings = membersOf(concept)?.['coding']
    if (!Array.isArray(codings)) return false
    for (const item of codings) {
      const coding = membersOf(item)
      if (coding !== null && codes.has(coding['code']) && named.has(`${String(coding['system'])}|${String(coding['code'])}`)) return true
    }
    return false
  }
}

/** Keeps data-absent-reason anywhere, and what the rules of this place name. */
function extensionVerb(profile: RecordProfile): (value: Value, rules: readonly ExtensionRule[]) => Value {
  const everywhere = profile.extensions.filter((rule) => rule.on.includes('*'))
  const keptOf = (item: Value, rules: readonly ExtensionRule[]): Value => {
    const extension = membersOf(item)
    if (extension === null) return undefined
    const rule = [...rules, ...everywhere].find((row) => row.url === extension['url'])
    return rule === undefined ? undefined : keptExtension(rule, extension)
  }
  return (value, rules) => {
    if (!Array.isArray(value)) return undefined
    const kept = value.map((item) => keptOf(item, rules)).filter((item) => item !== undefined)
    return kept.length === 0 ? undefined : kept
  }
}

function keptExtension(rule: ExtensionRule, extension: Members): Value {
  if (rule.value === 'omb') return ombExtension(rule, extension)
  const value = extension[rule.value]
  if (rule.value === 'valueBoolean') return typeof value === 'boolean' ? { url: rule.url, valueBoolean: value } : undefined
  return typeof value === 'string' && rule.codes !== undefined && Object.hasOwn(rule.codes, value)
    ? { url: rule.url, valueCode: value }
    : undefined
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
    parts.push({
      url: 'ombCategory',
      valueCoding: { system: ombSystem(code), code }
    })
  }
  return parts.length === 0
    ? undefined
    : {
        url: rule.url,
        extension: [...parts, { url: 'text', valueString: names.join(', ') }]
      }
}

function ombSystem(code: string): string {
  return code === 'UNK' || code === 'ASKU' ? 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor' : 'urn:oid:2.16.840.1.113883.6.238'
}
