/**
 * Scrubs a C-CDA document: texts and narratives are searched, codes of known systems, units and small numbers stay, and everything that the tables of
 * cda-tables.ts do not name is dropped: all participants of the header, ids, names, addresses, numbers, times. Refuses a document within the document.
 */

import type { ScrubText } from '../outside.ts'
import {
  BODY,
  EMPTIED,
  GONE,
  HEADER,
  INLINE,
  isCode,
  NAMED,
  NARRATIVE,
  NOBODY,
  TEMPLATE_ROOT,
  TEMPLATE_VERSION,
  TEXT_TYPES,
  TEXTS,
  UNITS,
  VALUE_TYPES,
  WORDS,
  YEARS
} from './cda-tables.ts'
import { escaped, type Node, readMarkup } from './markup.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { type Run, STRUCK, scrubRuns } from './runs.ts'
import type { ScrubbedDocument } from './xhtml.ts'

type Attributes = ReadonlyMap<string, string>

const ROOT = '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'

export function scrubCda(text: string, scrubText: ScrubText): ScrubbedDocument | Refusal {
  const nodes = readMarkup(text, 'xml')
  if (typeof nodes === 'string') return nodes
  const root = nodes.find((node) => node.kind === 'open')
  if (root?.kind !== 'open' || localOf(root.name) !== 'ClinicalDocument') return 'unknown-type'
  if (nodes.some((node) => node.kind === 'open' && localOf(node.name) === 'nonXMLBody')) return 'embedded'
  const place = createPlace(root.name.slice(0, -'ClinicalDocument'.length))
  for (const node of nodes) lay(place, node)
  const scrubbed = scrubRuns(place.runs, scrubText)
  if (isRefusal(scrubbed)) return scrubbed
  const { texts, found } = scrubbed
  const body = place.parts.map((part) => (typeof part === 'string' ? part : escaped(texts[part] ?? ''))).join('')
  return { text: `<?xml version="1.0" encoding="UTF-8"?>${ROOT}${body}</ClinicalDocument>`, found }
}

interface Open {
  readonly name: string
  readonly written: boolean
  /** what it holds is a narrative, or an element's own text, or neither */
  readonly holds: 'narrative' | 'text' | 'elements'
}

interface Place {
  /** prefix of the document's own elements, with its colon; those of others are dropped */
  readonly prefix: string
  readonly parts: (string | number)[]
  readonly runs: Run[]
  readonly open: Open[]
  before: Run['before']
  dropped: number
  nobody: 'due' | 'written'
}

function createPlace(prefix: string): Place {
  return { prefix, parts: [], runs: [], open: [], before: '', dropped: 0, nobody: 'due' }
}

function localOf(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function lay(place: Place, node: Node): void {
  if (node.kind === 'text') layText(place, node.text)
  else if (place.dropped > 0) place.dropped += node.kind === 'open' ? 1 : -1
  else if (node.kind === 'close') layClose(place)
  else layOpen(place, node.name, node.attributes)
}

function layText(place: Place, text: string): void {
  if (place.dropped > 0 || place.open.length === 0 || place.open.at(-1)?.holds === 'elements') return
  place.parts.push(place.runs.length)
  place.runs.push({ text: text.replace(/\s+/g, ' '), before: place.before })
  place.before = ''
}

function layClose(place: Place): void {
  const closed = place.open.pop()
  if (closed === undefined || place.open.length === 0) {
    writeNobody(place)
    return
  }
  part(place, closed.name)
  if (closed.written) place.parts.push(`</${closed.name}>`)
}

/** A reader sees the end of a cell, line or paragraph: of what ends here, the greatest. */
function part(place: Place, name: string): void {
  if (INLINE.has(name) || place.before === '\n\n') return
  if (name === 'td' || name === 'th') place.before = place.before === '' ? '\t' : place.before
  else place.before = name === 'br' ? '\n' : '\n\n'
}

function writeNobody(place: Place): void {
  if (place.nobody === 'due') place.parts.push(NOBODY)
  place.nobody = 'written'
}

function layOpen(place: Place, full: string, attributes: Attributes): void {
  const name = full.startsWith(place.prefix) ? full.slice(place.prefix.length) : ':'
  if (place.open.length === 0) {
    // a second root is none of the document
    if (name === 'ClinicalDocument' && place.nobody === 'due') place.open.push({ name, written: false, holds: 'elements' })
    else place.dropped = 1
    return
  }
  const opened = openedAs(place, name, attributes)
  if (isStruck(attributes) && opened?.holds !== 'elements') layText(place, STRUCK)
  if (opened === null || isStruck(attributes) || attributes.get('revised') === 'delete') {
    place.dropped = 1
    return
  }
  if (place.open.length === 1 && name === 'component') writeNobody(place)
  part(place, name)
  if (opened.written) place.parts.push(`<${name}${EMPTIED.has(name) ? ' nullFlavor="MSK"' : attributesOf(name, attributes)}>`)
  place.open.push(opened)
}

/** CDA R2 §4.3.5.11: a style a reader would see, without which what was taken back would be said. */
function isStruck(attributes: Attributes): boolean {
  return /(?:^|\s)(?:strikethrough|linethrough)(?:\s|$)/i.test((attributes.get('styleCode') ?? '').slice(0, MOST_STYLE))
}

const MOST_STYLE = 1000

/** null: dropped with all it holds. */
function openedAs({ open }: Place, name: string, attributes: Attributes): Open | null {
  const parent = open.at(-1)
  if (name.includes(':') || GONE.has(name)) return null
  if (parent?.holds === 'narrative') return { name, written: NARRATIVE.has(name), holds: 'narrative' }
  if (open.length === 1 && !HEADER.has(name)) return null
  if (open.length > 1 && !BODY.has(name)) return null
  if (name === 'text') return { name, written: true, holds: parent?.name === 'section' ? 'narrative' : ownText(attributes) }
  return { name, written: true, holds: TEXTS.has(name) && mayTell(name, parent, attributes) ? ownText(attributes) : 'elements' }
}

function mayTell(name: string, parent: Open | undefined, attributes: Attributes): boolean {
  if (name === 'name') return NAMED.has(parent?.name ?? '')
  return name !== 'value' || TEXT_TYPES.has(typeOf(attributes))
}

/** Base64 is no text. */
function ownText(attributes: Attributes): Open['holds'] {
  return attributes.get('representation') === 'B64' ? 'elements' : 'text'
}

function typeOf(attributes: Attributes): string {
  return localOf(attributes.get('xsi:type') ?? '')
}

function attributesOf(name: string, attributes: Attributes): string {
  const kept = new Map<string, string>()
  for (const [key, value] of attributes) if (WORDS.get(key)?.test(value) === true) kept.set(key, value)
  if (VALUE_TYPES.has(typeOf(attributes))) kept.set('xsi:type', typeOf(attributes))
  const isWhole = [keepTemplate(name, attributes, kept), keepCode(attributes, kept), keepNumber(attributes, kept)].every(
    (kind) => kind !== 'lost'
  )
  if (!isWhole && !kept.has('nullFlavor')) kept.set('nullFlavor', 'MSK')
  return [...kept].map(([key, value]) => ` ${key}="${escaped(value)}"`).join('')
}

type Kept = 'kept' | 'lost'

function keepTemplate(name: string, attributes: Attributes, kept: Map<string, string>): Kept {
  if (name !== 'templateId' && name !== 'typeId') return 'kept'
  const [root, extension] = [attributes.get('root') ?? '', attributes.get('extension') ?? '']
  if (!TEMPLATE_ROOT.test(root)) return 'lost'
  kept.set('root', root)
  if (TEMPLATE_VERSION.test(extension)) kept.set('extension', extension)
  return 'kept'
}

function keepCode(attributes: Attributes, kept: Map<string, string>): Kept {
  const code = attributes.get('code')
  if (code === undefined) return 'kept'
  const system = attributes.get('codeSystem')
  if (!isCode(system, code)) return 'lost'
  kept.set('code', code)
  if (system !== undefined) kept.set('codeSystem', system)
  return 'kept'
}

/**
 * Six digits at most with a unit, and no age over 89; without a unit at most 89: a longer number may be a day or a number of the person. A number whose
 * unit is not known goes with it: 50 micrograms are not 50.
 */
function keepNumber(attributes: Attributes, kept: Map<string, string>): Kept {
  const value = attributes.get('value')
  if (value === undefined) return 'kept'
  if (value === 'true' || value === 'false') {
    kept.set('value', value)
    return 'kept'
  }
  const unit = attributes.get('unit')
  const isKnown = unit !== undefined && UNITS.has(unit)
  if (unit !== undefined && !isKnown) return 'lost'
  if (!/^-?\d{1,6}(?:\.\d{1,6})?$/.test(value) || (!isKnown && !/^-?\d{1,3}(?:\.\d{1,3})?$/.test(value))) return 'lost'
  if (Number(value) * (isKnown ? (YEARS.get(unit) ?? 0) : 1) >= 90) return 'lost'
  kept.set('value', value)
  if (isKnown) kept.set('unit', unit)
  return 'kept'
}
