/**
 * Gathers from FHIR resources what a text about their subject may tell: names and their parts, nicknames, addresses, numbers, dates. Reads any resource:
 * what it knows by its shape (HumanName, Address, ContactPoint, Identifier, Reference with display) it takes, wherever it stands. Refuses nothing.
 */
import type { IdentifierClass } from '../classes.ts'
import { createKnown, type Known, squeezed, type Value } from './known.ts'
import { nicknames } from './nicknames.ts'

/** `resources`: all that is known of one subject: Patient, RelatedPerson, Practitioner, Organization, Encounter … */
export function knownOf(resources: Iterable<unknown>): Known {
  const gathered: Gathered = { names: new Map(), nicknames: new Map(), people: [], values: new Map(), dates: new Set() }
  for (const resource of resources) read(resource, '', gathered, 0)
  // whoever bears a name is meant by it before whoever may be called so
  const names = new Map([...gathered.nicknames, ...gathered.names])
  return createKnown({ ...gathered, names, values: [...gathered.values.values()] })
}

interface Gathered {
  /** a writing of a name, and the name */
  readonly names: Map<string, string>
  readonly nicknames: Map<string, string>
  readonly people: (readonly string[])[]
  readonly values: Map<string, Value>
  readonly dates: Set<string>
}

type Json = Readonly<Record<string, unknown>>

const DEEPEST = 40
const DATE = /^\d{4}-\d{2}-\d{2}(?=T|$)/

function read(value: unknown, name: string, gathered: Gathered, depth: number): void {
  if (depth > DEEPEST) return
  if (typeof value === 'string') takeDate(value, gathered)
  else if (Array.isArray(value)) for (const item of value) read(item, name, gathered, depth + 1)
  else if (typeof value === 'object' && value !== null) readObject(value as Json, name, gathered, depth) // not null, not an array
}

function readObject(object: Json, name: string, gathered: Gathered, depth: number): void {
  for (const take of TAKERS) take(object, name, gathered)
  for (const [key, member] of Object.entries(object)) {
    // a narrative is text, not data
    if (key !== 'text' || typeof member !== 'object') read(member, key, gathered, depth + 1)
  }
}

function takeDate(text: string, gathered: Gathered): void {
  const date = DATE.exec(text)
  if (date !== null) gathered.dates.add(date[0])
}

type Taker = (object: Json, name: string, gathered: Gathered) => void

const TAKERS: readonly Taker[] = [humanName, address, contactPoint, identifier, number, reference, named]

function texts(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((item): item is string => typeof item === 'string')
}

/** HumanName (R4 datatypes): family, given, text. */
function humanName(object: Json, name: string, gathered: Gathered): void {
  if (name !== 'name' && !('family' in object) && !('given' in object)) return
  const parts = [...texts(object['given']), ...texts(object['family'])]
  if (parts.length === 0) parts.push(...texts(object['text']).flatMap(words))
  takeName(parts, gathered)
  // what a maiden name or a text adds
  for (const text of texts(object['text'])) for (const part of words(text)) takePart(part, gathered)
}

const TITLES: ReadonlySet<string> = new Set('dr mr mrs ms miss prof md phd do rn np pa jr sr ii iii iv esq facp the of and for'.split(' '))

/** The parts of a name in one text, without titles. */
function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => /\p{L}{2}/u.test(word) && !TITLES.has(squeezed(word)))
}

function takeName(parts: readonly string[], gathered: Gathered): void {
  const split = parts.flatMap(words)
  gathered.people.push(split.map(keyOf).filter((key) => key !== ''))
  for (const part of [...parts.filter((text) => !/\s/.test(text)), ...split]) takePart(part, gathered)
}

/** Some systems number invented names: "Arlean931". */
function keyOf(part: string): string {
  return squeezed(part).replace(/\d+$/, '')
}

function takePart(part: string, { names, nicknames: others }: Gathered): void {
  const key = keyOf(part)
  for (const form of [part, part.replace(/\d+$/, '')]) if (squeezed(form).length >= 2 && !names.has(form)) names.set(form, key)
  for (const half of /[-–]/.test(part) ? part.split(/[-–]/) : [])
    if (keyOf(half).length >= 2 && !names.has(half)) names.set(half, keyOf(half))
  for (const other of nicknames(key)) if (!others.has(other)) others.set(other, key)
}

function take(gathered: Gathered, name: IdentifierClass, text: string, of = text): void {
  const key = `${name} ${text}`
  if (!gathered.values.has(key)) gathered.values.set(key, { class: name, text, of })
}

/** A facility by its name, and by the words of it that are of no other (needles.ts). */
function takeFacility(gathered: Gathered, name: string): void {
  take(gathered, 'FACILITY', name)
  for (const word of words(name)) {
    const key = `part ${word}`
    if (squeezed(word) !== squeezed(name) && !gathered.values.has(key))
      gathered.values.set(key, { class: 'FACILITY', text: word, of: name, part: true })
  }
}

const SUFFIXES: readonly (readonly [long: string, short: string])[] = [
  ['street', 'st'],
  ['avenue', 'ave'],
  ['road', 'rd'],
  ['drive', 'dr'],
  ['lane', 'ln'],
  ['boulevard', 'blvd'],
  ['court', 'ct'],
  ['place', 'pl'],
  ['apartment', 'apt'],
  ['suite', 'ste'],
  ['north', 'n'],
  ['south', 's'],
  ['east', 'e'],
  ['west', 'w']
]

/** Address (R4 datatypes): lines in long and short form, city, district, postal code. */
function address(object: Json, name: string, gathered: Gathered): void {
  if (name !== 'address' && !('postalCode' in object)) return
  for (const line of texts(object['line'])) {
    if (!/\d/.test(line) && line.length < 8) continue
    const long = SUFFIXES.reduce((text, [word, short]) => text.replace(new RegExp(`\\b${short}\\b\\.?`, 'gi'), word), line)
    const short = SUFFIXES.reduce((text, [word, cut]) => text.replace(new RegExp(`\\b${word}\\b`, 'gi'), cut), line)
    for (const form of [line, long, short]) take(gathered, 'STREET', form, line)
  }
  for (const city of [...texts(object['city']), ...texts(object['district'])]) take(gathered, 'PLACE', city)
  for (const code of texts(object['postalCode'])) {
    take(gathered, 'ZIP', code)
    if (/^\d{5}-\d{4}$/.test(code)) take(gathered, 'ZIP', code.slice(0, 5), code)
  }
}

const SYSTEMS: ReadonlyMap<string, IdentifierClass> = new Map([
  ['phone', 'PHONE'],
  ['sms', 'PHONE'],
  ['fax', 'FAX'],
  ['pager', 'PAGER'],
  ['email', 'EMAIL'],
  ['url', 'URL']
])

/** ContactPoint (R4 datatypes): a telephone number with and without its country and area. */
function contactPoint(object: Json, name: string, gathered: Gathered): void {
  const system = SYSTEMS.get(String(object['system']))
  if (system === undefined && name !== 'telecom') return
  for (const value of texts(object['value'])) {
    const digits = value.replace(/\D/g, '')
    const isNumber = system !== 'EMAIL' && system !== 'URL' && digits.length >= 10
    for (const form of isNumber ? [value, digits.slice(-10), digits.slice(-7)] : [value])
      take(gathered, system ?? 'PHONE', form, isNumber ? digits.slice(-10) : value)
  }
}

/** HL7 v2 table 0203: what an identifier is of. */
const TYPES: ReadonlyMap<string, IdentifierClass> = new Map([
  ['MR', 'MRN'],
  ['SS', 'SSN'],
  ['SB', 'SSN'],
  ['DL', 'LICENCE'],
  ['MD', 'LICENCE'],
  ['DEA', 'LICENCE'],
  ['MB', 'ACCOUNT'],
  ['AN', 'ACCOUNT'],
  ['MC', 'ACCOUNT'],
  ['MA', 'ACCOUNT'],
  ['SN', 'ACCOUNT'],
  ['SNO', 'DEVICE'],
  ['UDI', 'DEVICE']
])

/** Identifier (R4 datatypes); a value of four digits that may be a year is none. */
function identifier(object: Json, name: string, gathered: Gathered): void {
  if (name !== 'identifier') return
  const code = /"code":"([A-Z]{2,3})"/.exec(JSON.stringify(object['type'] ?? null))?.[1] ?? ''
  for (const value of texts(object['value'])) if (!/^(?:19|20)\d\d$/.test(value)) take(gathered, TYPES.get(code) ?? 'ID', value)
}

const NUMBERS: readonly (readonly [key: string, name: IdentifierClass])[] = [
  ['serialNumber', 'DEVICE'],
  ['lotNumber', 'DEVICE'],
  ['deviceIdentifier', 'DEVICE'],
  ['carrierHRF', 'DEVICE'],
  ['subscriberId', 'ACCOUNT']
]

/** Device.serialNumber, Coverage.subscriberId and the like: numbers that are no Identifier. */
function number(object: Json, _name: string, gathered: Gathered): void {
  for (const [key, name] of NUMBERS) for (const value of texts(object[key])) take(gathered, name, value)
}

const PERSONS = /^(?:Patient|Practitioner|PractitionerRole|RelatedPerson|Person)(?:\/|\?|$)/
const FACILITIES = /^(?:Organization|Location|HealthcareService)(?:\/|\?|$)/
const PERSON_KEYS =
  /^(?:individual|requester|performer|actor|recorder|asserter|author|attester|subject|patient|provider|party|sender|generalPractitioner|beneficiary)$/
const FACILITY_KEYS = /^(?:serviceProvider|managingOrganization|location|custodian|facility|organization|payor|insurer)$/

/** Reference (R4 references): whom or what its display names is told by its type, its target, or where it stands. */
function reference(object: Json, name: string, gathered: Gathered): void {
  if ('code' in object) return
  const target = [...texts(object['type']), ...texts(object['reference'])].join(' ')
  const isPerson = PERSONS.test(target) || (!FACILITIES.test(target) && PERSON_KEYS.test(name))
  if (!isPerson && !FACILITIES.test(target) && !FACILITY_KEYS.test(name)) return
  for (const display of texts(object['display'])) {
    if (isPerson) takeName(words(display), gathered)
    else takeFacility(gathered, display)
  }
}

/** Organization.name, Location.name, their aliases. */
function named(object: Json, _name: string, gathered: Gathered): void {
  if (!FACILITIES.test(String(object['resourceType']))) return
  for (const name of [...texts(object['name']), ...texts(object['alias'])]) takeFacility(gathered, name)
}
