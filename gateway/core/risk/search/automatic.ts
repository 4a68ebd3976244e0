/**
 * Quasi-identifiers and hierarchies nobody declared. Decides by the name of a column (HIPAA Safe Harbor's demographic identifiers and those of Sweeney's
 * and El Emam's attacks) and by what its values look like. A guess to begin with, not a policy: whoever releases declares.
 */

import { type Column, SUPPRESSED } from '../measure/table.ts'
import type { Hierarchy } from './hierarchies.ts'

/** Letters only, lower case: `Birth_Date`, `birthDate` and `Patient.birthDate` are alike. */
const plain = (name: string): string => (name.split('.').at(-1) ?? '').toLowerCase().replace(/[^a-z]/g, '')

const QUASI: ReadonlySet<string> = new Set(
  `birthdate dateofbirth dob birthday birthyear yearofbirth yob deathdate dateofdeath dod deceaseddatetime age ageyears ageatevent ageatadmission
  sex gender sexatbirth birthsex race ethnicity ethnicgroup religion language preferredlanguage primarylanguage
  zip zipcode zipthree postalcode postcode city town county fips state district region country nativecountry nationality birthplace
  maritalstatus marital education educationlevel occupation profession workclass employment
  admissiondate admitdate admissiondatetime dischargedate dischargedatetime dischargedisposition
  genderconceptid yearofbirthdatetime monthofbirth dayofbirth raceconceptid ethnicityconceptid locationid`.split(/\s+/)
)

export function quasiByName(names: readonly string[]): string[] {
  return names.filter((name) => QUASI.has(plain(name)))
}

const ISO_DATE = /^\d{4}-\d{2}(-\d{2}(T.*)?)?$/
const DIGITS = /^\d{3,10}(-\d{4})?$/
const NUMBER = /^-?\d{1,15}(\.\d+)?$/

export function automaticHierarchy(column: Column): Hierarchy {
  const name = plain(column.name)
  const values = column.values.filter((value): value is string => value !== null && value !== SUPPRESSED)
  const all = (shape: RegExp): boolean => values.length > 0 && values.every((value) => shape.test(value))
  if (/zip|postal|postcode/.test(name)) return { kind: 'prefix', lengths: lengthsBelow(values, all(DIGITS) ? [5, 3, 2, 1] : [4, 3, 2, 1]) }
  if (all(ISO_DATE)) return { kind: 'dates', levels: ['month', 'year', 5, 10] }
  if (!all(NUMBER)) return { kind: 'whole' }
  if (/year|yob|birth|dob|death/.test(name)) return { kind: 'bins', widths: [5, 10, 20] }
  return { kind: 'bins', widths: /age/.test(name) ? [5, 10, 20, 40] : widthsFor(values.map(Number)) }
}

function lengthsBelow(values: readonly string[], lengths: readonly number[]): number[] {
  const longest = values.reduce((most, value) => Math.max(most, value.length), 0)
  return lengths.filter((length) => length < longest)
}

/** Four widths, each double the one before, the first a round number near a sixteenth of the span. A code list of few numbers is left whole or as it is. */
function widthsFor(numbers: readonly number[]): number[] {
  const low = numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY)
  const high = numbers.reduce((most, number) => Math.max(most, number), Number.NEGATIVE_INFINITY)
  if (new Set(numbers).size < 16) return []
  const rough = (high - low) / 16
  const unit = 10 ** Math.floor(Math.log10(rough))
  const first = rough / unit >= 5 ? 5 * unit : unit
  return [first, 2 * first, 4 * first, 8 * first]
}
