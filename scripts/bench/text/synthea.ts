/**
 * The notes of two Synthea sets. What identifies in them is known from the structured part of the same Bundle, and gathered here by code of its own: names,
 * addresses, numbers and dates, wherever they stand in the note as whole words.
 */
import { knownOf } from '../../../gateway/core/scrub/known/known-of.ts'
import { type Corpus, type Gold, placesOf, type Sample } from './corpus.ts'
import { readLines } from './data.ts'

interface Element {
  readonly [name: string]: unknown
}

interface Bundle {
  readonly entry: readonly { readonly resource: Element }[]
}

export function synthea(): Corpus {
  const sets = ['ma-20', 'wa-11'].map((name) => readLines<Bundle>(`synthea-r4-${name}-notes/bundles.ndjson.gz`))
  const bundles = sets.flatMap((set) => set ?? [])
  return {
    name: 'synthea',
    says: 'visit notes; identifiers from the structured part of the record, which the scrubber is given too',
    samples: bundles.length === 0 ? null : bundles.flatMap(samplesOf)
  }
}

function samplesOf({ entry }: Bundle): Sample[] {
  const resources = entry.map(({ resource }) => resource)
  const texts = new Set(resources.flatMap(notesOf))
  const identifiers = identifiersOf(resources)
  const known = knownOf(resources)
  return [...texts].map((text) => ({ text, gold: [...goldOf(text, identifiers), ...agesOf(text)], known }))
}

const NOTE_TYPES = new Set(['DocumentReference', 'DiagnosticReport'])

function notesOf(resource: Element): string[] {
  if (!NOTE_TYPES.has(String(resource['resourceType']))) return []
  const found: string[] = []
  walk(resource, (element) => {
    const { contentType, data } = element
    if (typeof data === 'string' && String(contentType).startsWith('text/plain')) found.push(Buffer.from(data, 'base64').toString('utf8'))
  })
  return found
}

/** Each value with its label; a value under two labels keeps the first. */
function identifiersOf(resources: readonly Element[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const add = (label: string, value: unknown): void => {
    if (typeof value === 'string' && value.length > 1 && !found.has(value)) found.set(value, label)
  }
  for (const resource of resources) {
    walk(resource, (element) => {
      addName(element, add)
      addPlace(element, add)
      if (element['system'] === 'phone' || element['system'] === 'email') add('CONTACT', element['value'])
      for (const value of Object.values(element))
        if (typeof value === 'string' && /^\d{4}-\d\d-\d\d(?:T|$)/.test(value)) add('DATE', value.slice(0, 10))
    })
    if (resource['resourceType'] === 'Patient') for (const { value } of listOf(resource['identifier'])) add('ID', value)
  }
  return found
}

type Add = (label: string, value: unknown) => void

function addName({ family, given, reference, display }: Element, add: Add): void {
  if (typeof family === 'string') for (const part of [family, ...(Array.isArray(given) ? given : [])]) add('NAME', part)
  if (typeof display !== 'string' || typeof reference !== 'string') return
  // Synthea's names end in digits: a title does not
  if (reference.startsWith('Practitioner')) for (const part of display.split(' ')) add('NAME', /\d$/.test(part) ? part : null)
  if (/^(?:Organization|Location)/.test(reference)) add('FACILITY', display)
}

function addPlace(element: Element, add: Add): void {
  if (!Array.isArray(element['line'])) return
  for (const line of element['line']) add('STREET', line)
  add('PLACE', element['city'])
  add('ZIP', element['postalCode'])
}

function goldOf(text: string, identifiers: ReadonlyMap<string, string>): Gold[] {
  const lower = text.toLowerCase()
  return [...identifiers]
    .filter(([value]) => lower.includes(value.toLowerCase()))
    .map(([value, label]) => ({ label, value, spans: placesOf(text, value) }))
    .filter(({ spans }) => spans.length > 0)
}

/** "is a 93 year-old": an age over 89 (45 CFR 164.514(b)(2)(i)(C)). */
function agesOf(text: string): Gold[] {
  return Array.from(text.matchAll(/(?<!\d)(9\d|1[01]\d)(?= ?-?years?-old)/g), ({ 0: value, index }) => ({
    label: 'AGE',
    value,
    spans: [[index, index + value.length]]
  }))
}

function listOf(value: unknown): readonly Element[] {
  return Array.isArray(value) ? value : []
}

function walk(value: unknown, visit: (element: Element) => void): void {
  if (typeof value !== 'object' || value === null) return
  // every object of a FHIR record is one of names and values
  if (!Array.isArray(value)) visit(value as Element)
  for (const part of Object.values(value)) walk(part, visit)
}
