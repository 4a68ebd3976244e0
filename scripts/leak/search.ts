/**
 * Searches an output for what was planted, and for shapes that Safe Harbor never leaves (full dates, SSNs, telephone numbers, mail
 * addresses, five-digit ZIPs, birth years of people over 89). A hit is excused as coincidence only in a coded place, by a
 * string the input uses there for two patients, or for one who is not the one it identifies, or in free text by a plain word (plain.ts); everything excused
 * is counted.
 */
import { DATE_KEY, isConstant, isExplained, isMeasured } from './explained.ts'
import { createPlainWords, isFreeText } from './plain.ts'
import { codeAt, type Kind, MANY_OWNERS, type Planted, PUBLIC_SYSTEM } from './plant.ts'
import { isPublished } from './published.ts'
import type { Entity, Value } from './read.ts'
import { datesOf, digitRunsOf, runsOf, wordsOf } from './tokens.ts'

/** `shape`: never leaves, whoever's it is; `unexplained`: of no kind that may leave. */
export type FindingKind = Kind | 'shape' | 'unexplained'

/** `where` is type and element, never a value; `value` is for people who ask for it on synthetic data. */
export interface Finding {
  readonly kind: FindingKind
  readonly where: string
  readonly value: string
}

export interface Found {
  /** distinct by kind and value */
  readonly leaks: Map<string, Finding>
  /** distinct strings excused, and as what */
  readonly excused: Map<string, Coincidence>
  readonly isPlain: (word: string) => boolean
  hits: number
  records: number
  strings: number
}

/**
 * Why a text that holds a planted word is nobody's: a code that others use as well, or that only others use; one HL7 publishes with R4 for this element or
 * system; a code as short as somebody's record id; a year, three digits of a ZIP code or the number of a question
 * (2.1.1.1) that is also somebody's number, or looks like one; in free text a plain word.
 */
export type Coincidence = 'plain word' | 'shared code' | 'published code' | 'short code' | 'year' | 'ZIP3' | 'item number'

export function createFound(planted: Planted): Found {
  return { leaks: new Map(), excused: new Map(), isPlain: createPlainWords(planted), hits: 0, records: 0, strings: 0 }
}

/** ZIP areas of 20,000 people or fewer, 2020 census. */
const RESTRICTED = new Set('036 059 102 202 203 204 205 369 556 692 753 772 821 823 878 879 884 893'.split(' '))

interface Hit {
  readonly kind: FindingKind
  readonly value: string
}

/** What of the planted stands in one text. */
function hitsOf(planted: Planted, text: string): Hit[] {
  const hits: Hit[] = []
  const look = (values: readonly string[], into: ReadonlyMap<string, Kind>): void => {
    for (const value of values) {
      const kind = into.get(value)
      if (kind !== undefined) hits.push({ kind, value })
    }
  }
  look(wordsOf(text), planted.words)
  look(runsOf(text), planted.runs)
  look(digitRunsOf(text), planted.digits)
  look([text.trim().toLowerCase()], planted.wholes)
  for (const date of datesOf(text)) hits.push({ kind: planted.dates.has(date) ? 'date' : 'shape', value: date })
  return hits
}

const SHAPES: readonly RegExp[] = [
  /(?<![\da-f-])\d{3}-\d{2}-\d{4}(?![\da-f-])/i,
  /\(\d{3}\)\s?\d{3}-\d{4}/,
  /(?<![\w.-])[\w.+-]+@[\w-]+\.[a-z]{2,}/i,
  /^\d{4}-\d{2}$/,
  /(?<![\w.-])\+?1?[-. ]?\(?[2-9]\d{2}\)?[-. ]\d{3}[-. ]\d{4}(?![\w-])/,
  /(?<![\w.])(\d{1,3}\.){3}\d{1,3}(?![\w.])/,
  /(?<![\w-])[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}(?![\w-])/i,
  /(?<!\d)\d\d:\d\d(?!\d)/
]

function shapeHits(text: string): Hit[] {
  return SHAPES.filter((shape) => shape.test(text)).map((shape) => ({ kind: 'shape', value: shape.exec(text)?.[0] ?? '' }))
}

/** Is this a place for codes: part of a Coding or Quantity of a public system, or a concept's text, or a race's? */
function isCodedPlace(parent: Entity, key: string): boolean {
  if (key === 'text' && 'coding' in parent) return true
  if (key === 'valueString' && parent['url'] === 'text') return true
  return /^(code|display|unit|system)$/.test(key) && typeof parent['system'] === 'string' && PUBLIC_SYSTEM.test(parent['system'])
}

/** Two patients use the string as a code, or one does whose value this is not. */
function isSomebodyElses(planted: Planted, users: ReadonlySet<string> | undefined, hits: readonly Hit[]): boolean {
  const [user, other] = users ?? []
  if (user === undefined || other !== undefined) return other !== undefined
  return hits.every((hit) => {
    const owners = planted.owners.get(hit.value)
    return owners !== undefined && owners.size < MANY_OWNERS && !owners.has(user)
  })
}

function excuseOf(planted: Planted, parent: Entity, key: string, text: string, where: string, hits: readonly Hit[]): Coincidence | null {
  const code = codeAt(where, key, text)
  if (code !== null && isSomebodyElses(planted, planted.codes.get(code), hits)) return 'shared code'
  if (isPublished(parent, key, text, where)) return 'published code'
  if (!isCodedPlace(parent, key)) return null
  if (isSomebodyElses(planted, planted.vocabulary.get(text), hits)) return 'shared code'
  return text.length <= 3 && hits.every((hit) => hit.kind === 'id') ? 'short code' : null
}

function record(found: Found, hits: readonly Hit[], where: string): void {
  found.hits += hits.length
  for (const hit of hits) found.leaks.set(`${hit.kind} ${hit.value}`, { ...hit, where })
}

/** Attachments are opened: a name in base64 is still a name. */
function decoded(key: string, text: string): string {
  return key === 'data' && /^[A-Za-z0-9+/\s]+=*$/.test(text) ? Buffer.from(text, 'base64').toString('utf8') : ''
}

/** A number of a kind that may leave at this element, whoever else has it. */
function plainNumber(key: string, text: string): Coincidence | null {
  if (/^\d{4}$/.test(text) && DATE_KEY.test(key)) return 'year'
  if (/^\d{3}$/.test(text) && key === 'postalCode' && !RESTRICTED.has(text)) return 'ZIP3'
  return /^\d(\.\d){0,5}$/.test(text) && key === 'linkId' ? 'item number' : null
}

function searchString(planted: Planted, found: Found, text: string, place: Place): void {
  const { parent, key, path } = place
  found.strings += 1
  if (isConstant(parent, key, text)) return
  if (!isExplained(parent, key, text)) record(found, [{ kind: 'unexplained', value: text }], path)
  const plain = plainNumber(key, text)
  if (plain !== null) {
    if (hitsOf(planted, text).length > 0) found.excused.set(text, plain)
    return
  }
  const said = key === 'reference' ? text.replace(/^[A-Z][A-Za-z]+\//, '') : text
  const hits = [...hitsOf(planted, said), ...shapeHits(said)]
  const inside = decoded(key, text)
  if (inside !== '') hits.push(...hitsOf(planted, inside), ...shapeHits(inside))
  if (key === 'postalCode' && (!/^\d{3}$/.test(text) || RESTRICTED.has(text))) hits.push({ kind: 'shape', value: text })
  if (isFreeText(path)) recordWords(found, hits, path)
  else recordUnlessExcused(planted, found, hits, text, place)
}

function recordUnlessExcused(planted: Planted, found: Found, hits: readonly Hit[], text: string, { parent, key, path }: Place): void {
  if (hits.length === 0) return
  const excuse = excuseOf(planted, parent, key, text, path, hits)
  if (excuse === null) record(found, hits, path)
  else found.excused.set(text, excuse)
}

/** Of a free text: what is no plain word. */
function recordWords(found: Found, hits: readonly Hit[], path: string): void {
  const odd = hits.filter(({ value }) => !found.isPlain(value))
  for (const { value } of hits) if (!odd.some((hit) => hit.value === value)) found.excused.set(value, 'plain word')
  if (odd.length > 0) record(found, odd, path)
}

/** Birth year of someone who was, or is, over 89 (45 CFR 164.514(b)(2)(i)(C)). */
function searchAge(found: Found, entity: Entity, year: number): void {
  const born =
    entity['resourceType'] === 'Patient' && typeof entity['birthDate'] === 'string' ? Number(entity['birthDate'].slice(0, 4)) : null
  if (born === null) return
  const died = typeof entity['deceasedDateTime'] === 'string' ? Number(entity['deceasedDateTime'].slice(0, 4)) : year
  if (died - born > 90) record(found, [{ kind: 'shape', value: String(born) }], 'Patient.birthDate')
}

/** Members of FHIR's datatypes: names of elements whatever the input holds ('unit' is also a line of an address). */
const DATATYPE_KEY =
  /^(value|unit|comparator|system|code|display|coding|text|url|extension|start|end|low|high|numerator|denominator|reference|type|value[A-Z]\w+)$/

/** Searches one object of the output. `year`: the year of the release. */
export function search(planted: Planted, found: Found, entity: Entity, year: number): void {
  found.records += 1
  const type = typeof entity['resourceType'] === 'string' ? entity['resourceType'] : '?'
  searchAge(found, entity, year)
  searchValue(planted, found, entity, { parent: {}, key: '', path: type })
}

interface Place {
  readonly parent: Entity
  readonly key: string
  readonly path: string
}

function searchValue(planted: Planted, found: Found, value: Value, place: Place): void {
  if (typeof value === 'string') searchString(planted, found, value, place)
  else if (typeof value === 'number') searchNumber(planted, found, value, place.path)
  else if (Array.isArray(value)) for (const item of value) searchValue(planted, found, item, place)
  else if (value !== null && typeof value === 'object') searchEntity(planted, found, value, place)
}

/** An age over 89 that is not the one category of all such ages. */
function searchSpan(found: Found, entity: Entity, path: string): void {
  const { value, unit, code, comparator } = entity
  const over = typeof value === 'number' && (unit === 'a' || code === 'a') && value >= 90
  if (over && !(value === 90 && comparator === '>=')) record(found, [{ kind: 'shape', value: String(value) }], path)
}

function searchEntity(planted: Planted, found: Found, entity: Entity, place: Place): void {
  searchSpan(found, entity, place.path)
  for (const [name, child] of Object.entries(entity)) {
    const known = planted.keys.has(name) || DATATYPE_KEY.test(name)
    if (!known) record(found, hitsOf(planted, name), `${place.path}.?`)
    searchValue(planted, found, child, { parent: entity, key: name, path: `${place.path}.${known ? name : '?'}` })
  }
}

/** A JSON number is an identifier only when it is long: MRNs, telephone numbers, positions; 167 is a cholesterol before a house. */
function searchNumber(planted: Planted, found: Found, value: number, path: string): void {
  if (!isMeasured(value)) record(found, [{ kind: 'shape', value: String(value) }], path)
  const text = String(Math.abs(value))
  const kind = text.replace(/\D/g, '').length >= 5 ? (planted.runs.get(text) ?? planted.digits.get(text)) : undefined
  if (kind !== undefined) record(found, [{ kind, value: text }], path)
}
