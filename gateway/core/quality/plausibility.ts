/**
 * What is plausible: a short table of rules after the framework of Kahn et al. 2016 (EGEMS 4(1):1244: conformance, completeness, plausibility). Decides which of
 * them a record breaks. Bounds are wide on purpose: a value outside is a wrong unit or a slip, whatever the patient's state. Refuses nothing: it counts.
 */
import type { Json } from '../digest.ts'

interface Rule {
  readonly name: string
  readonly says: string
  /** Kahn's category */
  readonly kind: 'temporal plausibility' | 'atemporal plausibility' | 'value conformance'
  readonly source: string
}

/** The order is the order of their counts at rest: new ones stand at the end. */
export const RULES = [
  {
    name: 'ends-before-start',
    says: 'it ends on a day before it began',
    kind: 'temporal plausibility',
    source: 'FHIR R4 Period, per-1: start is not after end'
  },
  {
    name: 'before-birth',
    says: 'it is dated more than a day before the birth of the patient',
    kind: 'temporal plausibility',
    source: 'OHDSI Data Quality Dashboard, plausibleAfterBirth'
  },
  {
    name: 'after-death',
    says: 'care is dated more than 60 days after the death of the patient',
    kind: 'temporal plausibility',
    source: 'OHDSI Data Quality Dashboard, plausibleBeforeDeath (60 days)'
  },
  {
    name: 'in-the-future',
    says: 'it is dated more than a day after it arrived',
    kind: 'temporal plausibility',
    source: 'Kahn 2016, temporal plausibility: what happened is not in the future'
  },
  {
    name: 'too-old',
    says: 'the patient is more than 123 years old',
    kind: 'atemporal plausibility',
    source: 'the longest life on record, 122 years (Robine and Allard 1998, Science 279:1834)'
  },
  {
    name: 'unit',
    says: 'a measurement is in a unit that it is not measured in',
    kind: 'value conformance',
    source: 'FHIR R4 vital signs profiles and LOINC: UCUM units of each code'
  },
  {
    name: 'value',
    says: 'a measurement is outside what a living person can have',
    kind: 'atemporal plausibility',
    source: 'the table of ranges below'
  }
] as const satisfies readonly Rule[]

export type RuleName = (typeof RULES)[number]['name']

/** Least and greatest value, by UCUM unit. */
type Range = Readonly<Record<string, readonly [number, number]>>

const RATE: Range = { '/min': [0, 480] }
const PRESSURE: Range = { 'mm[Hg]': [0, 480], 'kPa': [0, 64] }
const WARMTH: Range = { 'Cel': [11, 47], '[degF]': [52, 117] }
const LENGTH: Range = { 'cm': [10, 275], 'm': [0.1, 2.75], '[in_i]': [4, 108], 'mm': [100, 2750] }
const WEIGHT: Range = { 'kg': [0.2, 640], 'g': [200, 640_000], '[lb_av]': [0.4, 1411] }
const PERCENT: Range = { '%': [0, 100] }
const SUGAR: Range = { 'mg/dL': [1, 2700], 'mmol/L': [0.05, 150] }
const SALT: Range = { 'mmol/L': [80, 260], 'meq/L': [80, 260] }

/**
 * LOINC → range. Sources: rate 480 (Chhabra et al. 2012, Indian Pacing Electrophysiol J 12:32); pressure 480 under load (MacDougall et al. 1985, J Appl Physiol
 * 58:785); 11.8 °C survived (Mroczek et al. 2020, Eur J Cardiothorac Surg 58:1091); 46.5 °C, 272 cm, 635 kg, glucose of 147.6 mmol/L (Guinness World Records); a
 * share is at most 100 %; a score has its scale. What was seen once in the world is still let be.
 */
export const RANGES: ReadonlyMap<string, Range> = new Map([
  ['8867-4', RATE], // heart rate
  ['9279-1', { '/min': [0, 150] }], // respiratory rate
  ['8480-6', PRESSURE], // systolic
  ['8462-4', PRESSURE], // diastolic
  ['8310-5', WARMTH], // body temperature
  ['8331-1', WARMTH], // oral temperature
  ['8302-2', LENGTH], // body height
  ['29463-7', WEIGHT], // body weight
  ['39156-5', { 'kg/m2': [5, 260] }], // body mass index
  ['2708-6', PERCENT], // oxygen saturation, arterial
  ['59408-5', PERCENT], // oxygen saturation, pulse oximetry
  ['4548-4', { '%': [2, 30], 'mmol/mol': [0, 305] }], // haemoglobin A1c
  ['2339-0', SUGAR], // glucose, blood
  ['2345-7', SUGAR], // glucose, serum
  ['2947-0', SALT], // sodium, blood
  ['2951-2', SALT], // sodium, serum
  ['72514-3', { '{score}': [0, 10] }] // pain, 0 to 10
])

const LOINC = 'http://loinc.org'

/** How the measurements of a record fare; null where no range is known for any of them. */
export function measured(record: Readonly<Record<string, Json | undefined>>): 'well' | 'unit' | 'value' | null {
  let worst = oneMeasured(record)
  const components = record['component']
  if (!Array.isArray(components)) return worst
  for (const component of components) {
    if (component === null || typeof component !== 'object' || Array.isArray(component)) continue
    const found = oneMeasured(component)
    if (found !== null && (worst === null || worst === 'well')) worst = found
  }
  return worst
}

function oneMeasured({ code, valueQuantity }: Readonly<Record<string, Json | undefined>>): ReturnType<typeof measured> {
  if (valueQuantity === null || typeof valueQuantity !== 'object' || Array.isArray(valueQuantity)) return null
  const range = rangeOf(code)
  // a number that keeps its text is one, too (fhir/exact.ts)
  const value = Number(valueQuantity['value'])
  if (range === null || valueQuantity['value'] === undefined || !Number.isFinite(value)) return null
  const unit = valueQuantity['code'] ?? valueQuantity['unit']
  if (typeof unit !== 'string' || !Object.hasOwn(range, unit)) return 'unit'
  const [least, most] = range[unit] ?? [0, 0]
  return value < least || value > most ? 'value' : 'well'
}

function rangeOf(code: Json | undefined): Range | null {
  const codings = code !== null && typeof code === 'object' && !Array.isArray(code) ? code['coding'] : undefined
  if (!Array.isArray(codings)) return null
  for (const coding of codings) {
    if (coding === null || typeof coding !== 'object' || Array.isArray(coding) || coding['system'] !== LOINC) continue
    const range = typeof coding['code'] === 'string' ? RANGES.get(coding['code']) : undefined
    if (range !== undefined) return range
  }
  return null
}

/** Days since 1970 between which a patient's events lie; null where that is not told. */
export interface Life {
  readonly birth: number | null
  readonly death: number | null
}

/** Greatest number of days anybody lived. */
const LONGEST_LIFE = 123 * 365.25
const AFTER_DEATH = 60

/** Adds the rules that a dated record breaks to `broken`. `day`: of the event; `arrived`: of its arrival. */
export function breakByDay(broken: RuleName[], day: number, arrived: number, { birth, death }: Life): void {
  if (birth !== null && day < birth - 1) broken.push('before-birth')
  if (death !== null && day > death + AFTER_DEATH) broken.push('after-death')
  if (day > arrived + 1) broken.push('in-the-future')
}

/** Adds the rules that a Patient breaks. */
export function breakByLife(broken: RuleName[], { birth, death }: Life, arrived: number): void {
  if (birth === null) return
  if (death !== null && death < birth) broken.push('ends-before-start')
  if ((death ?? arrived) - birth > LONGEST_LIFE) broken.push('too-old')
  if (birth > arrived + 1) broken.push('in-the-future')
}
