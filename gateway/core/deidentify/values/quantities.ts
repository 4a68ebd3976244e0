/**
 * Numbers, quantities and ages: what is a measured value and what may be the number of a person. A unit is kept only when it is a known one; an age of
 * 90 or more, in any unit, is one category (45 CFR 164.514(b)(2)(i)(C)).
 */
import type { Json } from '../../digest.ts'
import { isRawNumber, type RawNumber } from '../../fhir/exact.ts'
import type { Context } from '../context.ts'
import type { RecordMode } from '../profile/profile.ts'
import { AGE_90 } from './absent.ts'
import { type Members, membersOf, type Value } from './values.ts'
import type { SystemTest, Vocabulary } from './vocabulary.ts'

interface Units {
  named(this: void, text: string): boolean
  readonly coded: SystemTest
  /** A limited data set shows every age (45 CFR 164.514(e)(2)). */
  readonly ages: RecordMode
}

export type QuantityVerb = (value: Value, context: Context) => Value

/** Seven digits before the point or more may be a telephone, record or social security number, or a date. */
const LONGEST = 999_999
/** Of a number without a unit six digits may be a record number or a date, too, and five a ZIP code: what FHIR counts has four. */
const LONGEST_COUNT = 9_999
/** The first year in which somebody who lives was born, and then some. */
const EARLIEST_BIRTH = 1850
const COMPARATORS: ReadonlySet<Value> = new Set(['<', '<=', '>=', '>'])
const SECONDS_A_YEAR = 31_556_952
/** Years in one of a unit: every unit of time of the list, UCUM. */
const YEARS: ReadonlyMap<Value, number> = new Map<Value, number>([
  ...['a', 'a_g', 'a_j', 'a_t'].map((unit): [string, number] => [unit, 1]),
  ...['mo', 'mo_g', 'mo_j', 'mo_s'].map((unit): [string, number] => [unit, 1 / 12]),
  ['wk', 1 / 52.1775],
  ['d', 1 / 365.2425],
  ['h', 1 / 8765.82],
  ['min', 1 / 525_949.2],
  ['Ms', 1e6 / SECONDS_A_YEAR],
  ['ks', 1e3 / SECONDS_A_YEAR],
  ['s', 1 / SECONDS_A_YEAR],
  ['ms', 1e-3 / SECONDS_A_YEAR],
  ['us', 1e-6 / SECONDS_A_YEAR],
  ['ns', 1e-9 / SECONDS_A_YEAR],
  ['ps', 1e-12 / SECONDS_A_YEAR],
  ['{InhaledTobaccoUseAmountYears}', 1]
])

/** A number, also one that kept its text (core/fhir/exact.ts). */
export function numberOf(value: Value): number | null {
  if (typeof value === 'number') return value
  return isRawNumber(value) ? Number(value.rawJSON) : null
}

/** Of a subject of 90 or more, a number that looks like a year which is not shown goes: it may be that of the birth. */
export function count(value: Value, { over90, minYear }: Context): Value {
  const number = numberOf(value)
  if (number === null || !Number.isInteger(number) || Math.abs(number) > LONGEST_COUNT) return undefined
  return over90 && number >= EARLIEST_BIRTH && number < Number(minYear) ? undefined : number
}

/** An amount. In a limited data set cents stay whatever stands before them: nothing in 45 CFR 164.514(e)(2) asks for less. */
export function decimalVerb(mode: RecordMode): (value: Value) => Value {
  return (value) => {
    const number = numberOf(value)
    if (number === null || Math.abs(number) > LONGEST) return undefined
    return mode === 'limited-data-set' && isCents(value, number) ? (value as Json) : precise(value, number)
  }
}

/** Two places behind the point at most. */
function isCents(value: Value, number: number): boolean {
  return isRawNumber(value) ? /^-?\d+\.\d{1,2}$/.test(value.rawJSON) : Math.round(number * 100) / 100 === number
}

/** As it was written where that is no longer than six digits; else rounded. */
function precise(value: Value, number: number): Json {
  return isRawNumber(value) && isShort(value) ? (value as unknown as Json) : rounded(number) // JSON.stringify writes it as a number
}

/** Digits in front that are zero say nothing; those behind the point do, zero or not. Of an exponent two digits are enough. */
function isShort({ rawJSON }: RawNumber): boolean {
  const parts = /^-?(\d+)(?:\.(\d+))?(?:[eE][+-]?\d{1,2})?$/.exec(rawJSON)
  return parts !== null && rawJSON.length <= 20 && `${parts[1]}${parts[2] ?? ''}`.replace(/^0+/, '').length <= 6
}

/** To six significant digits: nothing is measured better, and more behind the point may be the number of a person (0.999188203). */
function rounded(value: number): number {
  const size = Math.abs(value)
  if (size >= LONGEST || size < 1e-6) return Number(value.toPrecision(6))
  let scale = 1
  while (size * scale < 100_000) scale *= 10
  return Math.round(value * scale) / scale
}

/** A number in a unit of the list. A comparator that is not understood changes what the number means: the record is withheld. */
export function quantityVerb(vocabulary: Vocabulary, mode: RecordMode): QuantityVerb {
  const units: Units = { named: vocabulary.unit, coded: vocabulary.systemsAt('Quantity'), ages: mode }
  return (given, context) => {
    const quantity = membersOf(given)
    const value = quantity === null ? null : numberOf(quantity['value'])
    if (quantity === null || value === null || !Number.isFinite(value)) return undefined
    const { comparator } = quantity
    if (comparator === undefined) return withUnit(units, quantity, { value: precise(quantity['value'], value) }, context)
    if (COMPARATORS.has(comparator)) return withUnit(units, quantity, { value: precise(quantity['value'], value), comparator }, context)
    context.fault ??= 'modifier-not-understood'
    return undefined
  }
}

/** Nothing is measured to seven digits before the point: such a number is a record, telephone or social security number, or a date, whatever unit stands beside it. */
function isMeasurable(size: number): boolean {
  let whole = Math.trunc(size)
  while (whole > LONGEST && whole % 10 === 0) whole /= 10
  return whole <= LONGEST
}

/** A bare number may be any number; one in an unknown unit means nothing without it. */
function withUnit(units: Units, quantity: Members, kept: { [key: string]: Json }, context: Context): Value {
  const size = Math.abs(Number(numberOf(quantity['value'])))
  if (!isMeasurable(size)) return undefined
  const { unit, system, code } = quantity
  if (code === undefined && unit === undefined) return isBare(size, context) ? kept : undefined
  const unitKnown = typeof unit === 'string' && units.named(unit)
  if (unitKnown) kept['unit'] = unit
  if (typeof code === 'string' && typeof system === 'string' && units.coded(system)(code) !== null) {
    kept['system'] = system
    kept['code'] = code
  } else if (!unitKnown) return undefined
  return units.ages === 'limited-data-set' ? kept : withoutAge(kept, context)
}

/** As a count, whole or not. */
function isBare(size: number, context: Context): boolean {
  return size <= LONGEST_COUNT && count(Math.trunc(size), context) !== undefined
}

function withoutAge(kept: Members, { over90 }: Context): Value {
  if (isLifetime(kept)) return AGE_90
  return over90 && isLong(yearsOf(kept)) ? undefined : kept
}

/** With its year beside it, a time so long may be how old somebody was: of a subject of 90 or more it tells the year of birth. */
const LONG_YEARS = 10

function isLong(years: number | null): boolean {
  return years !== null && years >= LONG_YEARS
}

/** May a time given as a number and a unit of their own (Timing.repeat) show an age over 89, or of a subject of that age any? */
export function showsAge(value: Value, unit: Value, { over90 }: Context): boolean {
  const years = yearsOf({ value, code: unit })
  return years !== null && (years >= 90 || (over90 && isLong(years)))
}

/** A time of 90 years or more is an age, whatever the code beside it says. */
export function isLifetime(kept: Members): boolean {
  const years = yearsOf(kept)
  return years !== null && (years >= 90 || (years >= 89 && kept['comparator'] === '>'))
}

export function rangeVerb(quantity: QuantityVerb): QuantityVerb {
  return (given, context) => {
    const range = membersOf(given)
    if (range === null) return undefined
    const low = quantity(range['low'], context)
    const high = quantity(range['high'], context)
    if (low === undefined) return high === undefined ? undefined : { high }
    return high === undefined ? { low } : { low, high }
  }
}

/** The high end of a range whose ends were moved: as high as the low end, at least (R4 rng-2). */
export function highAbove(low: Value, high: Value): Value {
  const [least, most] = [membersOf(low), membersOf(high)]
  const [from, to] = [numberOf(least?.['value']), numberOf(most?.['value'])]
  return from === null || to === null || to >= from ? high : { ...most, value: from }
}

/** A subject of 90 or more shows no younger age: with the year beside it, it tells the year of birth. */
export function ageVerbs(quantity: QuantityVerb): { age: QuantityVerb; ageRange: QuantityVerb } {
  const age: QuantityVerb = (given, context) => {
    const kept = quantity(given, context)
    const members = membersOf(kept)
    if (kept === AGE_90) return kept
    if (members === null || yearsOf(members) === null) return undefined
    return context.over90 ? undefined : kept
  }
  return { age, ageRange: rangeVerb(age) }
}

/** An age or time in years, the longer where unit and code disagree; null in another unit. */
export function yearsOf(quantity: Members): number | null {
  const value = numberOf(quantity['value'])
  const byCode = YEARS.get(quantity['code'])
  const byUnit = YEARS.get(quantity['unit'])
  return value === null || (byCode === undefined && byUnit === undefined) ? null : value * Math.max(byCode ?? 0, byUnit ?? 0)
}

/** An age without a unit is in years; 90 or more cannot be said by an integer. */
export function ageCountVerb(mode: RecordMode): QuantityVerb {
  if (mode === 'limited-data-set') return count
  return (value, context) => (Number(numberOf(value)) < 90 && !context.over90 ? count(value, context) : undefined)
}
