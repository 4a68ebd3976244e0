/**
 * What a reader of the output must never meet: collected from the input by the shape of FHIR's datatypes (HumanName, Address,
 * ContactPoint, Identifier, Reference, Attachment, dates), not by the gateway's rules. Also collects the input's vocabulary
 * (codes and their displays from public code systems), because 'White' is a race as well as a name.
 */

import type { Entity, Value } from './read.ts'
import { datesOf, digitRunsOf, runsOf, wordsOf } from './tokens.ts'

export type Kind = 'name' | 'address' | 'contact' | 'identifier' | 'id' | 'organization' | 'content' | 'date'

export interface Planted {
  /** words of names and addresses, in lower case */
  readonly words: Map<string, Kind>
  /** ids, numbers, mail addresses without blanks */
  readonly runs: Map<string, Kind>
  /** digits only, seven and more */
  readonly digits: Map<string, Kind>
  /** whole values that hold blanks */
  readonly wholes: Map<string, Kind>
  readonly dates: Set<string>
  /** string → how many patients' records use it in a coded place */
  readonly vocabulary: Map<string, Set<string>>
  /** `Type.element…=value` of lower-case code words → the patients (two at most are kept) whose records use it there */
  readonly codes: Map<string, Set<string>>
  /** what references without a type call persons or organizations: settled once all names of organizations are known */
  readonly displays: Map<string, Set<string>>
  readonly organizations: Set<string>
  /** identifying value → whose it is: a patient's id, '' for nobody's (a practitioner's); three at most are kept */
  readonly owners: Map<string, Set<string>>
  /** the patient of the record under way */
  subject: string
  /** names of elements */
  readonly keys: Set<string>
  records: number
}

export const MANY_OWNERS = 3

export function createPlanted(): Planted {
  const maps = { words: new Map(), runs: new Map(), digits: new Map(), wholes: new Map() }
  return {
    ...maps,
    dates: new Set(),
    vocabulary: new Map(),
    codes: new Map(),
    displays: new Map(),
    organizations: new Set(),
    owners: new Map(),
    subject: '',
    keys: new Set(),
    records: 0
  }
}

/** Terminologies anyone can look up: a display from one of them is no one's name. */
export const PUBLIC_SYSTEM =
  /^(https?:\/\/(snomed\.info|loinc\.org|unitsofmeasure\.org|www\.nlm\.nih\.gov|hl7\.org\/fhir|terminology\.hl7\.org|bluebutton\.cms\.gov|www\.ama-assn\.org|www\.cms\.gov|nucc\.org|(www\.)?nubc\.org|www\.ada\.org|dicom\.nema\.org)|urn:(oid:2\.16\.840\.1\.113883\.|ietf:bcp|iso:std|sallyport:))/

function isEntity(value: Value | undefined): value is Entity {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function plantWords(planted: Planted, kind: Kind, text: string): void {
  for (const word of wordsOf(text)) put(planted, planted.words, word, kind)
  if (/\s/.test(text.trim())) put(planted, planted.wholes, text.trim().toLowerCase(), kind)
}

function put(planted: Planted, into: Map<string, Kind>, value: string, kind: Kind): void {
  into.set(value, kind)
  if (kind === 'id') return
  const owners = planted.owners.get(value) ?? new Set()
  if (owners.size < MANY_OWNERS) planted.owners.set(value, owners.add(planted.subject))
}

function plantRun(planted: Planted, kind: Kind, text: string): void {
  const value = text.trim().toLowerCase()
  if (value.length < 3) return
  put(planted, /\s/.test(value) ? planted.wholes : planted.runs, value, kind)
  // parts of a UUID are digits by chance
  if (kind !== 'id') for (const digits of digitRunsOf(value)) put(planted, planted.digits, digits, kind)
}

function texts(value: Value | undefined): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function plantAddress(planted: Planted, address: Entity): void {
  for (const key of ['line', 'city', 'district', 'text']) for (const text of texts(address[key])) plantWords(planted, 'address', text)
  // three digits may leave
  for (const text of texts(address['postalCode'])) if (text.length > 3) plantRun(planted, 'address', text)
}

/** Numbers given with four decimals and more place a house, not a town. */
function plantPosition(planted: Planted, value: Value | undefined): void {
  if (typeof value === 'number' && /\.\d{4,}/.test(String(value))) put(planted, planted.runs, String(value), 'address')
}

function plantReference(planted: Planted, value: Entity, key: string): void {
  for (const text of texts(value['reference'])) {
    const id = runsOf(text.split('?').at(-1) ?? '').at(-1)
    if (id !== undefined && !text.startsWith('#')) plantRun(planted, 'id', id)
  }
  for (const text of texts(value['display'])) {
    if (!PERSON_KEYS.test(key)) plantRun(planted, 'organization', text)
    else if (/Organization|Location|CareTeam|HealthcareService/.test(texts(value['reference'])[0] ?? ''))
      plantRun(planted, 'organization', text)
    else planted.displays.set(text, (planted.displays.get(text) ?? new Set()).add(planted.subject))
  }
}

/** References that name people, unless what they point at is known to be an organization. */
const PERSON_KEYS = /^(subject|patient|individual|actor|performer|requester|author|member|subscriber|beneficiary|recorder|asserter)$/

function plantOrganization(planted: Planted, entity: Entity): void {
  for (const text of texts(entity['name'])) {
    planted.organizations.add(text)
    plantRun(planted, 'organization', text)
  }
}

/** One shape in which FHIR writes what identifies: when an element has it, and what to take from it. */
interface Shape {
  readonly has: (entity: Entity, key: string, type: string) => boolean
  readonly take: (planted: Planted, entity: Entity, key: string) => void
}

function urlOf(entity: Entity): string {
  return texts(entity['url'])[0] ?? ''
}

function takeRuns(kind: Kind, member: string): Shape['take'] {
  return (planted, entity) => {
    for (const text of texts(entity[member])) plantRun(planted, kind, text)
  }
}

function takeWords(kind: Kind, ...members: readonly string[]): Shape['take'] {
  return (planted, entity) => {
    for (const text of members.flatMap((member) => texts(entity[member]))) plantWords(planted, kind, text)
  }
}

const SHAPES: readonly Shape[] = [
  { has: (entity) => 'family' in entity || 'given' in entity, take: takeWords('name', 'family', 'given', 'text') },
  { has: (entity) => 'postalCode' in entity || 'city' in entity || 'line' in entity, take: plantAddress },
  { has: (_entity, key) => key === 'telecom', take: takeRuns('contact', 'value') },
  { has: (_entity, key) => /identifier$/i.test(key), take: takeRuns('identifier', 'value') },
  { has: (entity) => 'reference' in entity, take: plantReference },
  {
    has: (entity, key) => /^(payor|insurer|provider|location|coverage)$/.test(key) && 'display' in entity,
    take: takeRuns('organization', 'display')
  },
  { has: (_entity, key) => key === 'attachment' || key === 'content', take: takeRuns('content', 'data') },
  { has: (_entity, key) => key === 'attachment' || key === 'content', take: takeRuns('content', 'url') },
  { has: (entity, _key, type) => /^(Organization|Location)$/.test(type) && 'resourceType' in entity, take: plantOrganization },
  { has: (entity) => /mothersMaidenName/i.test(urlOf(entity)), take: takeWords('name', 'valueString') },
  {
    has: (entity) => /^(latitude|longitude)$/.test(urlOf(entity)),
    take: (planted, entity) => plantPosition(planted, entity['valueDecimal'])
  },
  { has: (entity, key) => 'resourceType' in entity && key === '', take: takeRuns('id', 'id') },
  { has: (_entity, _key, type) => type === 'Coverage', take: takeRuns('identifier', 'subscriberId') },
  { has: (_entity, key, type) => type === 'Coverage' && key === 'class', take: takeRuns('identifier', 'value') },
  { has: (entity) => NUMBERS.some((member) => member in entity), take: takeNumbers },
  { has: (entity) => TEXTS.some((member) => member in entity), take: takeTexts }
]

/** Elements whose text is the number of one person, thing or paper, whatever holds them. */
const NUMBERS = 'serialNumber lotNumber distinctIdentifier carrierHRF carrierAIDC preAuthRef preAuthIdentifier udi uid versionId'.split(' ')
/** Elements people write sentences in. */
const TEXTS = 'div description comment title note conclusion patientInstruction instruction disposition valueString valueMarkdown'.split(
  ' '
)

function takeNumbers(planted: Planted, entity: Entity): void {
  for (const text of NUMBERS.flatMap((member) => texts(entity[member]))) plantRun(planted, 'identifier', text)
}

/** Whole: the words of a sentence are anybody's. */
function takeTexts(planted: Planted, entity: Entity): void {
  for (const text of TEXTS.flatMap((member) => texts(entity[member]))) {
    const whole = text.trim().toLowerCase()
    if (whole.length >= 12 && /\s/.test(whole) && entity['url'] !== 'text') put(planted, planted.wholes, whole, 'content')
  }
}

/** Where a string is a matter of code and not of the person: Coding, Quantity, and a concept's text when it repeats a display. */
function plantVocabulary(planted: Planted, entity: Entity, subject: string): void {
  const system = texts(entity['system'])[0]
  if (system === undefined || !PUBLIC_SYSTEM.test(system) || ('value' in entity && typeof entity['value'] === 'string')) return
  for (const key of ['code', 'display', 'unit', 'system']) {
    for (const text of texts(entity[key])) {
      const users = planted.vocabulary.get(text) ?? new Set()
      if (users.size < 2) planted.vocabulary.set(text, users.add(subject))
    }
  }
}

/** Elements in which people write words; anywhere else a lone lower-case word that two patients share is a code ('final', 'allergy'). */
const FREE_TEXT = /^(text|display|given|family|line|city|district|value|valueString|title|description|div|note|name|data|id|reference)$/

export function codeAt(path: string, key: string, value: string): string | null {
  return !FREE_TEXT.test(key) && /^[a-z][a-z-]{2,30}$/.test(value) ? `${path}=${value}` : null
}

function plantCode(planted: Planted, code: string, subject: string): void {
  const users = planted.codes.get(code) ?? new Set()
  if (users.size < 2) planted.codes.set(code, users.add(subject))
}

/** The patient a record speaks of, as its references name them; '' for none. */
function subjectOf(record: Entity): string {
  if (record['resourceType'] === 'Patient') return texts(record['id'])[0] ?? ''
  for (const key of ['subject', 'patient', 'beneficiary']) {
    const reference = record[key]
    if (isEntity(reference)) return texts(reference['reference'])[0]?.split(/[/:]/).at(-1) ?? ''
  }
  return ''
}

/** Adds one record of the input. */
export function plant(planted: Planted, record: Entity): void {
  planted.records += 1
  planted.subject = subjectOf(record)
  const type = texts(record['resourceType'])[0] ?? ''
  plantValue(planted, record, { key: '', path: type, type })
}

/** Where a value stands: the element that holds it, the path from the type, the type. */
interface Place {
  readonly key: string
  readonly path: string
  readonly type: string
}

function plantValue(planted: Planted, value: Value, place: Place): void {
  if (typeof value === 'string') plantText(planted, value, codeAt(place.path, place.key, value), planted.subject)
  else if (Array.isArray(value)) for (const item of value) plantValue(planted, item, place)
  else if (isEntity(value)) plantEntity(planted, value, place)
}

function plantEntity(planted: Planted, entity: Entity, place: Place): void {
  for (const shape of SHAPES) if (shape.has(entity, place.key, place.type)) shape.take(planted, entity, place.key)
  plantVocabulary(planted, entity, planted.subject)
  for (const [name, child] of Object.entries(entity)) {
    planted.keys.add(name)
    plantValue(planted, child, { key: name, path: `${place.path}.${name}`, type: place.type })
  }
}

function plantText(planted: Planted, text: string, code: string | null, subject: string): void {
  for (const date of datesOf(text)) planted.dates.add(date)
  if (code !== null) plantCode(planted, code, subject)
}

/** After the last record: what references called people becomes names, unless it is the name of an organization. */
export function settle(planted: Planted): void {
  for (const [text, owners] of planted.displays) {
    for (const owner of owners) {
      planted.subject = owner
      if (planted.organizations.has(text)) plantRun(planted, 'organization', text)
      else plantWords(planted, 'name', text)
    }
  }
  planted.displays.clear()
}

/** How many distinct values there are to find. */
export function plantedCount(planted: Planted): number {
  return planted.words.size + planted.runs.size + planted.digits.size + planted.wholes.size + planted.dates.size
}
