/**
 * Gathers from FHIR resources what a text about their subject may tell: names and their parts, nicknames, addresses, numbers, dates. Reads any resource:
 * what it knows by its shape (HumanName, Address, ContactPoint, Identifier, Reference with display) it takes, wherever it stands. Refuses nothing.
 */
import type { IdentifierClass } from '../classes.ts'
import { createKnown, type Facts, type Known, squeezed } from './known.ts'
import { nicknames } from './nicknames.ts'

/** `resources`: all that is known of one subject: Patient, RelatedPerson, Practitioner, Organization, Encounter … */
export function knownOf(resources: Iterable<unknown>): Known {
  const gathered: Gathered = { names: new Set(), initials: new Set(), values: new Map(), dates: new Set() }
  for (const resource of resources) read(resource, '', gathered, 0)
  return createKnown({ ...gathered, values: [...gathered.values.values()] })
}

interface Gathered {
  readonly names: Set<string>
  readonly initials: Set<string>
  readonly values: Map<string, Facts['values'][number]>
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
  for (const text of texts(object['text'])) for (const part of words(text)) gathered.names.add(part)
}

const TITLES: ReadonlySet<string> = new Set('dr mr mrs ms miss prof md phd do rn np pa jr sr ii iii iv esq facp the of and for'.split(' '))

/** The parts of a name in one text, without titles. */
function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => /\p{L}{2}/u.test(word) && !TITLES.has(squeezed(word)))
}

function takeName(parts: readonly string[], gathered: Gathered): void {
  const split = parts.flatMap(words)
  const letters = split.map((part) => squeezed(part).slice(0, 1)).join('')
  if (letters.length >= 2) {
    gathered.initials.add(letters)
    gathered.initials.add(letters.slice(0, 1) + letters.slice(-1))
  }
  for (const part of [...parts.filter((text) => !/\s/.test(text)), ...split]) {
    const forms = [part, part.replace(/\d+$/, ''), ...part.split(/[-–]/)]
    for (const form of forms) if (squeezed(form).length >= 2) gathered.names.add(form)
    for (const other of nicknames(squeezed(part).replace(/\d+$/, ''))) gathered.names.add(other)
  }
}

function take(gathered: Gathered, name: IdentifierClass, text: string): void {
  gathered.values.set(`${name} ${text}`, { class: name, text })
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
    for (const form of [line, long, short]) take(gathered, 'STREET', form)
  }
  for (const city of [...texts(object['city']), ...texts(object['district'])]) take(gathered, 'PLACE', city)
  for (const code of texts(object['postalCode'])) {
    take(gathered, 'ZIP', code)
    if (/^\d{5}-\d{4}$/.test(code)) take(gathered, 'ZIP', code.slice(0, 5))
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
    take(gathered, system ?? 'PHONE', value)
    const digits = value.replace(/\D/g, '')
    if (system === 'EMAIL' || digits.length < 10) continue
    take(gathered, system ?? 'PHONE', digits.slice(-10))
    take(gathered, system ?? 'PHONE', digits.slice(-7))
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
    else take(gathered, 'FACILITY', display)
  }
}

/** Organization.name, Location.name, their aliases. */
function named(object: Json, _name: string, gathered: Gathered): void {
  if (!FACILITIES.test(String(object['resourceType']))) return
  for (const name of [...texts(object['name']), ...texts(object['alias'])]) take(gathered, 'FACILITY', name)
}
