/**
 * Gathers from FHIR resources what a text about their subject may tell: names and their parts, nicknames, addresses, numbers, dates. Reads any resource:
 * what it knows by its shape or its key (HumanName, Address, ContactPoint, Identifier, Reference with display) it takes, wherever it stands. Refuses nothing.
 */
import type { IdentifierClass } from '../classes.ts'
import { normalise } from '../reading/normalise.ts'
import { codesOf, linesOf, partsOf, streetsOf } from './addresses.ts'
import { PARTICLES } from './initials.ts'
import { createKnown, type Known, squeezed, type Value } from './known.ts'
import { nicknames } from './nicknames.ts'
import { namedBy } from './references.ts'

/** `resources`: all that is known of one subject: Patient, RelatedPerson, Practitioner, Organization, Encounter … */
export function knownOf(resources: Iterable<unknown>): Known {
  const gathered: Gathered = { names: new Map(), nicknames: new Map(), people: [], perhaps: new Set(), values: new Map(), dates: new Set() }
  for (const resource of resources) read(resource, '', gathered, 0)
  for (const display of gathered.perhaps) if (!gathered.values.has(`FACILITY ${display}`)) takeName(words(display), gathered)
  // whoever bears a name is meant by it before whoever may be called so
  const names = new Map([...gathered.nicknames, ...gathered.names])
  return createKnown({ ...gathered, names, values: [...gathered.values.values()] })
}

interface Gathered {
  /** a writing of a name, and the name */
  readonly names: Map<string, string>
  readonly nicknames: Map<string, string>
  readonly people: (readonly string[])[]
  /** displays that are those of people, unless of a facility */
  readonly perhaps: Set<string>
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
    if (key === 'text' && typeof member === 'object') continue
    read(member, nameOf(key, object, name), gathered, depth + 1)
  }
}

/** What tells what a member is: its key, or the key around it ("reference" in a CodeableReference, or beside the role of an actor). */
function nameOf(key: string, object: Json, name: string): string {
  if (key === 'partOf' && FACILITIES.test(textOf(object['resourceType']))) return 'organization'
  return key === 'reference' ? name : key
}

function takeDate(text: string, gathered: Gathered): void {
  const date = DATE.exec(text)
  if (date !== null) gathered.dates.add(date[0])
}

type Taker = (object: Json, name: string, gathered: Gathered) => void

const TAKERS: readonly Taker[] = [humanName, namedByString, extension, address, contactPoint, identifier, number, reference, facility]

function texts(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((item): item is string => typeof item === 'string')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** HumanName (R4 datatypes): family, given, text. */
function humanName(object: Json, name: string, gathered: Gathered): void {
  if (!/name$/i.test(name) && !('family' in object) && !('given' in object)) return
  const parts = [...texts(object['given']), ...texts(object['family'])]
  if (parts.length === 0) parts.push(...texts(object['text']).flatMap(words))
  takeName(parts, gathered)
  // what a maiden name or a text adds
  for (const text of texts(object['text'])) for (const part of words(text)) takePart(part, gathered)
}

const TITLES: ReadonlySet<string> = new Set(
  'dr mr mrs ms miss prof md phd ph do rn np pa jr sr st ii iii iv esq facp the of and for'.split(' ')
)
/** Parts of names go on over hyphens and apostrophes, and over what was lost of them. */
const BETWEEN = /(?:[^\p{L}\p{N}'’\ufffd?-]|(?<!\p{L})\?|\?(?![?\p{L}]))+/u
const BREAK = '\u200b'

/** The parts of a name in one text, without titles. */
function words(text: string): readonly string[] {
  const plain = normalise(text).text
  const parts = (text.includes(BREAK) ? `${normalise(text.replaceAll(BREAK, ' ')).text} ${plain}` : plain).split(BETWEEN)
  return parts.filter((word) => /\p{L}{2}/u.test(word) && !TITLES.has(squeezed(word)))
}

function takeName(parts: readonly string[], gathered: Gathered): void {
  const split = parts.flatMap(words)
  const halves = split.map((part) => part.split(/[-–]/)).filter(({ length }) => length > 1)
  // "J-L" and "JLX" of Jean-Luc Xxxx
  const opened = halves.length === 0 ? [] : [split.flatMap((part) => part.split(/[-–]/))]
  for (const names of [split, ...halves, ...opened]) gathered.people.push(names.map(keyOf).filter((key) => key !== ''))
  // "delacruz" of de la Cruz
  const joined = parts.filter((text) => !/\s/.test(text) || PARTICLES.has(/^\S+/.exec(text)?.[0].toLowerCase() ?? ''))
  for (const part of [...joined, ...split]) takePart(part, gathered)
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

function takeValue(gathered: Gathered, value: Value): void {
  const key = value.part === true ? `part ${value.text}` : `${value.class} ${value.text}`
  if (!gathered.values.has(key)) gathered.values.set(key, value)
}

function takePartOf(gathered: Gathered, name: IdentifierClass, text: string, of: string): void {
  const key = `part ${text}`
  if (squeezed(text).length > 4 && squeezed(text) !== squeezed(of) && !gathered.values.has(key))
    gathered.values.set(key, { class: name, text, of, part: true })
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

/** Address (R4 datatypes): lines in long and short form, city, district, postal code; or all of it in its text. */
function address(object: Json, name: string, gathered: Gathered): void {
  if (!/address$/i.test(name) && !('postalCode' in object)) return
  const towns = [...texts(object['city']), ...texts(object['district'])]
  for (const value of [...linesOf(texts(object['line'])), ...codesOf(texts(object['postalCode']))]) takeValue(gathered, value)
  for (const town of towns) take(gathered, 'PLACE', town)
  for (const value of texts(object['text']).flatMap((whole) => [...partsOf(whole)])) takeValue(gathered, value)
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
  const told = SYSTEMS.get(textOf(object['system']))
  if (told === undefined && !/^(?:telecom|contact|.*contactPoint)$/i.test(name)) return
  for (const value of texts(object['value'])) {
    const system = told ?? (value.includes('@') ? 'EMAIL' : 'PHONE')
    const digits = value.replace(/\D/g, '')
    if (system === 'EMAIL') takePartOf(gathered, system, value.replace(/@.*$/s, ''), value)
    if (system === 'EMAIL' || system === 'URL' || digits.length < 10) take(gathered, system, value)
    else for (const form of [value, ...dialled(digits)]) take(gathered, system, form, digits.slice(-10))
  }
}

/** Without its country, without its area; of other countries than those of +1 the last eight, too. */
function dialled(digits: string): readonly string[] {
  const short = [digits.slice(-10), digits.slice(-7)]
  return /^1?\d{10}$/.test(digits) ? short : [...short, digits.slice(-8)]
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

/** Members of R4 that are Identifiers, and are not called so. */
const IDENTIFIERS = /^(?:.*identifier|requisition|predecessor)$/i

/** Identifier (R4 datatypes), by its key, or by a system that is a URI; a value of four digits that may be a year is none. */
function identifier(object: Json, name: string, gathered: Gathered): void {
  if (!IDENTIFIERS.test(name) && !textOf(object['system']).includes(':')) return
  const code = /"code":"([A-Z]{2,3})"/.exec(JSON.stringify(object['type'] ?? null))?.[1] ?? ''
  for (const value of texts(object['value']).filter((text) => !/^(?:19|20)\d\d$/.test(text)))
    for (const form of [value, shortOf(value)]) if (form !== '') take(gathered, TYPES.get(code) ?? 'ID', form, value)
}

/** "00471234", "MRN-99812": its digits without noughts and letters before them, five at least. */
function shortOf(value: string): string {
  return /^(?:[a-z]{1,6}[-\s:#.]*)?0*([1-9]\d{4,})$/i.exec(value.trim())?.[1] ?? ''
}

const NUMBERS: readonly (readonly [key: string, name: IdentifierClass])[] = [
  ['serialNumber', 'DEVICE'],
  ['lotNumber', 'DEVICE'],
  ['deviceIdentifier', 'DEVICE'],
  ['carrierHRF', 'DEVICE'],
  ['distinctIdentifier', 'DEVICE'],
  ['subscriberId', 'ACCOUNT'],
  ['altId', 'ID']
]

/** Device.serialNumber, Coverage.subscriberId, Coverage.class.value and the like: numbers that are no Identifier. */
function number(object: Json, name: string, gathered: Gathered): void {
  if (name === 'class') for (const value of texts(object['value'])) take(gathered, 'ACCOUNT', value)
  for (const [key, name] of NUMBERS) for (const value of texts(object[key])) take(gathered, name, value)
}

/** Reference (R4 references) with display; a Coding has one, too. */
function reference(object: Json, name: string, gathered: Gathered): void {
  if ('code' in object || 'system' in object) return
  const targets = [...texts(object['type']), ...texts(object['reference'])]
  for (const display of texts(object['display'])) {
    const named = namedBy({ targets, key: name, display })
    if (named === 'person') takeName(words(display), gathered)
    if (named === 'perhaps') gathered.perhaps.add(display)
    if (named === 'facility') takeFacility(gathered, display)
  }
}

const FACILITIES = /^(?:Organization|Location|HealthcareService)$/

/** Organization.name, Location.name, their aliases. */
function facility(object: Json, _name: string, gathered: Gathered): void {
  if (!FACILITIES.test(textOf(object['resourceType']))) return
  for (const name of [...texts(object['name']), ...texts(object['alias'])]) takeFacility(gathered, name)
}

/** People whose name is a string: Annotation.authorString, FamilyMemberHistory.name, AuditEvent.agent.name, ContactDetail.name. */
function namedByString(object: Json, name: string, gathered: Gathered): void {
  const isNamed = object['resourceType'] === 'FamilyMemberHistory' || name === 'agent' || name === 'contact'
  for (const text of [...texts(object['authorString']), ...texts(isNamed ? object['name'] : null)]) takeName(words(text), gathered)
}

/** HL7 extensions that hold a name in a string: mother's maiden name, parts of a surname. */
const NAME_URL = /\/StructureDefinition\/(?:patient-mothersMaidenName|humanname-(?:own-name|fathers-family|mothers-family|partner-name))$/

/** ISO 21090: the name of the street that Address.line tells, too. */
const STREET_URL = /\/StructureDefinition\/iso21090-ADXP-streetName(?:Base)?$/

function extension(object: Json, _name: string, gathered: Gathered): void {
  if (STREET_URL.test(textOf(object['url'])))
    for (const text of texts(object['valueString'])) for (const value of streetsOf(text, text)) takeValue(gathered, value)
  if (NAME_URL.test(textOf(object['url']))) for (const text of texts(object['valueString'])) takeName(words(text), gathered)
}
