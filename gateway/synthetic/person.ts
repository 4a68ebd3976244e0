/** Makes one synthetic person: names (some short, some that are words), birth and death, race, ZIP, every kind of identifier. */
import type { Json } from '../core/digest.ts'
import type { Resource } from '../core/fhir/resource.ts'
import { ETHNICITIES, RACES } from './catalog.ts'
import { DAY, dateOf, instantOf, ref, terminology, YEAR } from './fhir.ts'
import type { Random } from './random.ts'
import {
  FAMILY,
  FAMILY_SHORT,
  FAMILY_WORDS,
  GIVEN_FEMALE,
  GIVEN_MALE,
  GIVEN_SHORT,
  GIVEN_WORDS,
  PLACES,
  type Place,
  STREETS
} from './words.ts'

export interface Person {
  readonly id: string
  readonly sex: 'female' | 'male'
  readonly given: readonly string[]
  readonly family: string
  /** as notes and references call them */
  readonly display: string
  readonly born: number
  readonly died: number | null
  /** at the end of the feed, or at death */
  readonly age: number
  /** metres, when grown */
  readonly height: number
  readonly mrn: string
  readonly ssn: string
  readonly member: string
  readonly phone: string
  readonly email: string
  readonly street: string
  readonly zip: string
  readonly place: Place
  readonly race: (typeof RACES)[number]
  readonly ethnicity: (typeof ETHNICITIES)[number]
  readonly kin: { readonly name: string; readonly family: string; readonly given: string; readonly phone: string }
}

/** Ages in years with the share of patients a hospital sees; 90 and over are always among them. */
const AGES = [
  { low: 0, high: 17, weight: 12 },
  { low: 18, high: 39, weight: 21 },
  { low: 40, high: 64, weight: 34 },
  { low: 65, high: 89, weight: 29 },
  { low: 90, high: 103, weight: 4 }
] as const

function givenName(random: Random, sex: 'female' | 'male'): string {
  if (random.chance(0.04)) return random.pick(GIVEN_SHORT)
  if (random.chance(0.02)) return random.pick(GIVEN_WORDS)
  return random.pick(sex === 'female' ? GIVEN_FEMALE : GIVEN_MALE)
}

function familyName(random: Random): string {
  if (random.chance(0.05)) return random.pick(FAMILY_SHORT)
  if (random.chance(0.02)) return random.pick(FAMILY_WORDS)
  const name = random.pick(FAMILY)
  return random.chance(0.03) ? `${name}-${random.pick(FAMILY)}` : name
}

/** The exchange 555 belongs to nobody; the last four digits vary so that people can be told apart. */
function phoneNumber(random: Random, place: Place): string {
  return `(${place.areaCode}) 555-${random.digits(4)}`
}

/** Numbers that begin with 9 were never issued as Social Security numbers. */
function socialSecurity(random: Random): string {
  return `9${random.digits(2)}-${random.digits(2)}-${random.digits(4)}`
}

function lifetime(random: Random, at: number): { born: number; died: number | null; age: number } {
  const band = random.weigh(AGES)
  const born = at - Math.floor((random.between(band.low, band.high) + random.next()) * YEAR)
  const dead = random.chance(0.002 + (band.low >= 65 ? 0.06 : 0))
  const death = at - random.between(1, 330) * DAY - random.between(0, DAY - 1)
  const died = dead && death > born ? death : null
  return { born, died, age: Math.floor(((died ?? at) - born) / YEAR) }
}

/** A person as of `at` (milliseconds of wall-clock time). */
export function makePerson(random: Random, at: number): Person {
  const sex = random.chance(0.52) ? 'female' : 'male'
  const given = random.chance(0.4) ? [givenName(random, sex), givenName(random, sex)] : [givenName(random, sex)]
  const family = familyName(random)
  const place = random.weigh(PLACES)
  const kinGiven = givenName(random, random.chance(0.5) ? 'female' : 'male')
  const kinFamily = random.chance(0.7) ? family : familyName(random)
  return {
    id: random.uuid(),
    sex,
    given,
    family,
    display: `${given.join(' ')} ${family}`,
    ...lifetime(random, at),
    height: random.around(sex === 'female' ? 1.62 : 1.76, 0.05),
    mrn: `MRN${random.digits(8)}`,
    ssn: socialSecurity(random),
    member: `${random.pick(['QX', 'ZV', 'WK'])}${random.digits(9)}`,
    phone: phoneNumber(random, place),
    email: `${(given[0] ?? '').toLowerCase()}.${family.toLowerCase()}${random.between(1, 99)}@example.org`,
    street: `${random.between(1, 1999)} ${random.pick(STREETS)}`,
    zip: place.zip3 + String(random.between(1, 99)).padStart(2, '0'),
    place,
    race: random.weigh(RACES),
    ethnicity: random.weigh(ETHNICITIES),
    kin: { name: `${kinGiven} ${kinFamily}`, family: kinFamily, given: kinGiven, phone: phoneNumber(random, place) }
  }
}

function usCore(name: 'race' | 'ethnicity', value: { readonly code: string; readonly display: string }): Record<string, Json | undefined> {
  const coding = { system: 'urn:oid:2.16.840.1.113883.6.238', code: value.code, display: value.display }
  return {
    url: `http://hl7.org/fhir/us/core/StructureDefinition/us-core-${name}`,
    extension: [
      { url: 'ombCategory', valueCoding: coding },
      { url: 'text', valueString: value.display }
    ]
  }
}

function identifiers(person: Person): Record<string, Json | undefined>[] {
  const typed = (code: string, display: string): Record<string, Json | undefined> => ({
    ...terminology('v2-0203', code, display),
    text: display
  })
  return [
    { use: 'usual', type: typed('MR', 'Medical Record Number'), system: 'https://hospital.example.org/mrn', value: person.mrn },
    { use: 'official', type: typed('SS', 'Social Security Number'), system: 'http://hl7.org/fhir/sid/us-ssn', value: person.ssn },
    { use: 'secondary', type: typed('MB', 'Member Number'), system: 'https://insurer.example.org/member', value: person.member }
  ]
}

export function patientResource(person: Person, hospital: string): Resource {
  const resource = {
    resourceType: 'Patient',
    id: person.id,
    meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient'] },
    extension: [
      usCore('race', person.race),
      usCore('ethnicity', person.ethnicity),
      {
        url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
        valueAddress: { city: person.place.town, state: person.place.state }
      }
    ],
    identifier: identifiers(person),
    active: person.died === null,
    name: [{ use: 'official', family: person.family, given: [...person.given] }],
    telecom: [
      { system: 'phone', value: person.phone, use: 'home' },
      { system: 'email', value: person.email }
    ],
    gender: person.sex,
    birthDate: dateOf(person.born),
    ...(person.died === null ? {} : { deceasedDateTime: instantOf(person.died) }),
    address: [
      { use: 'home', line: [person.street], city: person.place.town, state: person.place.state, postalCode: person.zip, country: 'US' }
    ],
    contact: [
      {
        relationship: [terminology('v2-0131', 'N', 'Next-of-Kin')],
        name: { family: person.kin.family, given: [person.kin.given] },
        telecom: [{ system: 'phone', value: person.kin.phone }]
      }
    ],
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en-US', display: 'English' }] }, preferred: true }],
    managingOrganization: ref('Organization', hospital)
  }
  return resource
}
