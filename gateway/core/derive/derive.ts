/**
 * Fields computed from the source records of one subject while dates are still there, as FHIR elements and extensions to be set on the
 * de-identified records. Decides what a derived field may tell: no age of 90 or more but the category, no stay of a year or more but that, and where only
 * years leave nothing that tells how far a day is from New Year: one day from 2023 into 2024 began on 31 December.
 */
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import { lastA1cOfYear } from './a1c.ts'
import { ageAtEvent } from './ages.ts'
import { dayNumber, dayOf } from './calendar.ts'
import { isReadmitted, LONG_STAY, staysOf } from './stays.ts'

/** What is asked for: a name of the profile's `derived`, and the types that carry it. */
export interface DerivedField {
  readonly name: string
  readonly on: readonly string[]
}

/** What to set on one record. */
export interface Derivation {
  readonly extensions: Json[]
  length: Json | null
  /** The length the sender gave goes as well. */
  hidesLength: boolean
}

export interface DeriveInput {
  readonly records: readonly Resource[]
  readonly birthDate: Json | undefined
  /** The subject's age collapses to 90+: no younger age may be shown. */
  readonly over90: boolean
  /** Of dates only the year leaves (45 CFR 164.514(b)(2)(i)(C)). */
  readonly onlyYears: boolean
}

export const DERIVED_URL = 'urn:sallyport:derived:'
const UCUM = 'http://unitsofmeasure.org'

/** From one year into another, so many days or fewer are not told where only years leave: what is told places no day closer than half a year. */
const NEAR_NEW_YEAR = 183

/** By place in `records`. */
export function deriveSubject(fields: readonly DerivedField[], input: DeriveInput): Map<number, Derivation> {
  const derived = new Map<number, Derivation>()
  const on = (name: string): ReadonlySet<string> => new Set(fields.filter((field) => field.name === name).flatMap((field) => field.on))
  deriveStays(derived, input, {
    length: on('length-of-stay'),
    next: on('days-to-next-admission'),
    readmission: on('readmission-30')
  })
  if (input.onlyYears) hideLengths(derived, input)
  deriveAges(derived, input, on('age-at-event'))
  if (on('last-a1c-of-year').has('Observation')) {
    for (const index of lastA1cOfYear(input.records))
      at(derived, index).extensions.push({
        url: `${DERIVED_URL}last-a1c-of-year`,
        valueBoolean: true
      })
  }
  return derived
}

function at(derived: Map<number, Derivation>, index: number): Derivation {
  const found = derived.get(index)
  if (found !== undefined) return found
  const made: Derivation = { extensions: [], length: null, hidesLength: false }
  derived.set(index, made)
  return made
}

interface StayFields {
  readonly length: ReadonlySet<string>
  readonly next: ReadonlySet<string>
  readonly readmission: ReadonlySet<string>
}

function deriveStays(derived: Map<number, Derivation>, input: DeriveInput, fields: StayFields): void {
  if (!(fields.length.has('Encounter') || fields.next.has('Encounter') || fields.readmission.has('Encounter'))) return
  for (const stay of staysOf(input.records)) {
    const row = at(derived, stay.index)
    if (fields.length.has('Encounter')) row.length = lengthOf(stay.days)
    // that one followed in the next year, and how soon, tells both days
    if (input.onlyYears && stay.nextInLaterYear && stay.next !== null && stay.next <= NEAR_NEW_YEAR) continue
    if (fields.next.has('Encounter') && stay.next !== null && stay.next <= LONG_STAY) {
      row.extensions.push({
        url: `${DERIVED_URL}days-to-next-admission`,
        valueInteger: stay.next
      })
    }
    if (fields.readmission.has('Encounter')) {
      row.extensions.push({
        url: `${DERIVED_URL}readmission-30`,
        valueBoolean: isReadmitted(stay)
      })
    }
  }
}

/** Of whatever began in one year and soon ended in another. */
function hideLengths(derived: Map<number, Derivation>, { records }: DeriveInput): void {
  records.forEach((record, index) => {
    if (record.resourceType !== 'Encounter') return
    const { period } = record
    if (typeof period !== 'object' || period === null || Array.isArray(period)) return
    const { start, end } = period
    if (typeof start !== 'string' || typeof end !== 'string' || start.slice(0, 4) === end.slice(0, 4)) return
    const row = at(derived, index)
    if (row.length !== null && days(start, end) > NEAR_NEW_YEAR) return
    row.length = null
    row.hidesLength = true
  })
}

function days(start: string, end: string): number {
  const [from, to] = [dayOf(start), dayOf(end)]
  return from === null || to === null ? 0 : dayNumber(to) - dayNumber(from)
}

function lengthOf(days: number): Json {
  return days >= LONG_STAY
    ? { value: LONG_STAY, comparator: '>=', unit: 'd', system: UCUM, code: 'd' }
    : { value: days, unit: 'd', system: UCUM, code: 'd' }
}

function deriveAges(derived: Map<number, Derivation>, input: DeriveInput, types: ReadonlySet<string>): void {
  const born = dayOf(input.birthDate)
  if (types.size === 0 || born === null) return
  input.records.forEach((record, index) => {
    if (!types.has(record.resourceType)) return
    const age = ageAtEvent(record, born)
    if (age === null || (age < 90 && input.over90)) return
    at(derived, index).extensions.push({
      url: `${DERIVED_URL}age-at-event`,
      valueAge: ageValue(age)
    })
  })
}

/** 45 CFR 164.514(b)(2)(i)(C): ages over 89 are one category. */
function ageValue(age: number): Json {
  return age >= 90
    ? { value: 90, comparator: '>=', unit: 'a', system: UCUM, code: 'a' }
    : { value: age, unit: 'a', system: UCUM, code: 'a' }
}
