/**
 * Fields computed from the source records of one subject while dates are still there, as FHIR elements and extensions to be set on the
 * de-identified records. Decides what a derived field may tell: no age of 90 or more but the category, no stay of a year or more but that, and where only
 * years leave nothing that tells how far a day is from New Year: one day from 2023 into 2024 began on 31 December.
 */
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import { createYearlyA1c } from './a1c.ts'
import { ageAtEvent } from './ages.ts'
import { dayNumber, dayOf } from './calendar.ts'
import { isReadmitted, LONG_STAY, type Span, type Stay, spanOf, staysAmong } from './stays.ts'

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

export interface Derived {
  readonly birthDate: Json | undefined
  /** Nobody is older than at death. */
  readonly deceasedDateTime: Json | undefined
  /** The subject's age collapses to 90+: no younger age may be shown. */
  readonly over90: boolean
  /** Of dates only the year leaves (45 CFR 164.514(b)(2)(i)(C)). */
  readonly onlyYears: boolean
}

/** The fields of one subject, record by record. */
export interface Deriver {
  /** Each record once. null: nothing is derived for it; 'later': only all of them tell what. */
  see(this: void, record: Resource, index: number): Derivation | 'later' | null
  /** For those that were told 'later', by index: when all have been seen. */
  all(this: void): ReadonlyMap<number, Derivation>
}

export const DERIVED_URL = 'urn:sallyport:derived:'
const UCUM = 'http://unitsofmeasure.org'

/** From one year into another, so many days or fewer are not told where only years leave: what is told places no day closer than half a year. */
const NEAR_NEW_YEAR = 183

export function createDeriver(fields: readonly DerivedField[], subject: Derived): Deriver {
  const { onlyYears } = subject
  const on = (name: string): ReadonlySet<string> => new Set(fields.filter((field) => field.name === name).flatMap((field) => field.on))
  const stays = { length: on('length-of-stay'), next: on('days-to-next-admission'), readmission: on('readmission-30') }
  const wantsStays = Object.values(stays).some((types) => types.has('Encounter'))
  const wantsA1c = on('last-a1c-of-year').has('Observation')
  const ageOf = ageField(on('age-at-event'), subject)
  const spans: Span[] = []
  const results = createYearlyA1c()
  const seen = new Map<number, { readonly age: Json | null; readonly across: number | null }>()
  return {
    see(record, index) {
      const age = ageOf(record)
      const across = onlyYears ? daysAcrossNewYear(record) : null
      const span = wantsStays ? spanOf(record, index) : null
      if (span !== null) spans.push(span)
      const isResult = wantsA1c && results.see(record, index)
      if (span !== null || isResult) {
        seen.set(index, { age, across })
        return 'later'
      }
      if (age === null && across === null) return null
      return { extensions: age === null ? [] : [age], length: null, hidesLength: across !== null }
    },
    all() {
      const derived = new Map<number, Derivation>()
      for (const stay of staysAmong(spans)) addStay(at(derived, stay.index), stay, { ...stays, onlyYears })
      for (const [index, { age, across }] of seen) if (age !== null || across !== null) addSeen(at(derived, index), age, across)
      for (const index of results.last()) at(derived, index).extensions.push({ url: `${DERIVED_URL}last-a1c-of-year`, valueBoolean: true })
      return derived
    }
  }
}

function addSeen(row: Derivation, age: Json | null, across: number | null): void {
  if (across !== null && (row.length === null || across <= NEAR_NEW_YEAR)) {
    row.length = null
    row.hidesLength = true
  }
  if (age !== null) row.extensions.push(age)
}

function at(derived: Map<number, Derivation>, index: number): Derivation {
  const found = derived.get(index)
  if (found !== undefined) return found
  const made: Derivation = { extensions: [], length: null, hidesLength: false }
  derived.set(index, made)
  return made
}

interface StayFields extends Pick<Derived, 'onlyYears'> {
  readonly length: ReadonlySet<string>
  readonly next: ReadonlySet<string>
  readonly readmission: ReadonlySet<string>
}

function addStay(row: Derivation, stay: Stay, fields: StayFields): void {
  if (fields.length.has('Encounter')) row.length = lengthOf(stay.days)
  // that one followed in the next year, and how soon, tells both days
  if (fields.onlyYears && stay.nextInLaterYear && stay.next !== null && stay.next <= NEAR_NEW_YEAR) return
  if (fields.next.has('Encounter') && stay.next !== null && stay.next <= LONG_STAY) {
    row.extensions.push({ url: `${DERIVED_URL}days-to-next-admission`, valueInteger: stay.next })
  }
  if (fields.readmission.has('Encounter')) {
    row.extensions.push({ url: `${DERIVED_URL}readmission-30`, valueBoolean: isReadmitted(stay) })
  }
}

/** Of an Encounter that began in one year and ended in another; null for all else. 0 where the days are not known. */
function daysAcrossNewYear({ resourceType, period }: Resource): number | null {
  if (resourceType !== 'Encounter' || typeof period !== 'object' || period === null || Array.isArray(period)) return null
  const { start, end } = period
  if (typeof start !== 'string' || typeof end !== 'string' || start.slice(0, 4) === end.slice(0, 4)) return null
  const [from, to] = [dayOf(start), dayOf(end)]
  return from === null || to === null ? 0 : dayNumber(to) - dayNumber(from)
}

function lengthOf(days: number): Json {
  return days >= LONG_STAY
    ? { value: LONG_STAY, comparator: '>=', unit: 'd', system: UCUM, code: 'd' }
    : { value: days, unit: 'd', system: UCUM, code: 'd' }
}

/** The age at a record's event, null where it cannot be told or may not be shown. */
function ageField(
  types: ReadonlySet<string>,
  { birthDate, deceasedDateTime, over90 }: Omit<Derived, 'onlyYears'>
): (record: Resource) => Json | null {
  const born = dayOf(birthDate)
  if (born === null) return () => null
  const died = dayOf(deceasedDateTime)
  return (record) => {
    const age = types.has(record.resourceType) ? ageAtEvent(record, born, died) : null
    return age === null || (age < 90 && over90) ? null : { url: `${DERIVED_URL}age-at-event`, valueAge: ageValue(age) }
  }
}

/** 45 CFR 164.514(b)(2)(i)(C): ages over 89 are one category. */
function ageValue(age: number): Json {
  return age >= 90
    ? { value: 90, comparator: '>=', unit: 'a', system: UCUM, code: 'a' }
    : { value: age, unit: 'a', system: UCUM, code: 'a' }
}
