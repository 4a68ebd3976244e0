/**
 * Scrubs HTML and XHTML, a FHIR narrative too: what it writes is well-formed XHTML of the elements a narrative may have (R4 narrative.html), with no
 * attribute but the spans of tables. Scripts, styles, heads, pictures and what a reader does not see are dropped, of forms what was filled in stays
 * (forms.ts), what is struck stays struck; other elements lose their tags.
 */
import type { ScrubText } from '../outside.ts'
import { filledIn } from './forms.ts'
import { escaped, type Node, readMarkup } from './markup.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { type Run, scrubRuns } from './runs.ts'

export interface ScrubbedDocument {
  readonly text: string
  readonly found: number
}

const set = (names: string): ReadonlySet<string> => new Set(names.split(' '))
/** Written with their tags; a reader sees a line end around them. */
const BLOCKS = set('div p hr br pre blockquote ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr h1 h2 h3 h4 h5 h6 address')
const CELLS = set('td th')
/** Written with their tags; what they part is one word. */
const INLINE = set('b i em strong u sub sup small big tt code cite q span abbr acronym kbd samp var dfn ins bdo')
const DROPPED = set(
  'head script style title noscript template iframe object embed applet svg math canvas audio video datalist option button img map area link meta base frame frameset noframes plaintext xmp'
)
const WITHIN_WORDS = set('a font wbr label mark nobr center html body main data time')
const VOID = set('br hr col')
const SPANS: readonly string[] = ['colspan', 'rowspan', 'span']
const UNSEEN = /display\s?:\s?none|visibility\s?:\s?hidden|font-size\s?:\s?0(?:\.0{0,9})?(?![\d.])/i
const STRIKING = /text-decoration(?:-line)?\s?:[^;]{0,40}line-through/i
const MOST_STYLE = 2000
/** Blocks and cells that hold text alone, as a rule. */
const OF_TEXT = set('p li td th dt dd caption h1 h2 h3 h4 h5 h6')
/** Of what was taken back: a narrative has no del (R4: HTML 4.0 without §9.4). */
const STRUCK = set('del s strike')

/** A narrative's div (Narrative.div). */
export function scrubNarrative(text: string, scrubText: ScrubText): ScrubbedDocument | Refusal {
  const nodes = readMarkup(text, 'html')
  return typeof nodes === 'string' ? nodes : wrapped(unwrapped(nodes), scrubText, ['<div xmlns="http://www.w3.org/1999/xhtml">', '</div>'])
}

export function scrubHtml(text: string, scrubText: ScrubText): ScrubbedDocument | Refusal {
  const nodes = readMarkup(text, 'html')
  const start = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Document</title></head><body>'
  return typeof nodes === 'string' ? nodes : wrapped(nodes, scrubText, [start, '</body></html>'])
}

function wrapped(nodes: readonly Node[], scrubText: ScrubText, [start, end]: readonly [string, string]): ScrubbedDocument | Refusal {
  const { parts, runs } = laidOut(filledIn(nodes))
  const scrubbed = scrubRuns(runs, scrubText)
  if (isRefusal(scrubbed)) return scrubbed
  const { texts, found } = scrubbed
  return { text: `${start}${parts.map((part) => (typeof part === 'string' ? part : escaped(texts[part] ?? ''))).join('')}${end}`, found }
}

/** Without the one div around all. */
function unwrapped(nodes: readonly Node[]): readonly Node[] {
  const seen = nodes.findIndex((node) => node.kind !== 'text' || node.text.trim() !== '')
  const first = nodes[seen]
  if (first?.kind !== 'open' || first.name !== 'div') return nodes
  let depth = 0
  const close = nodes.findIndex((node, index) => {
    if (index < seen) return false
    depth += node.kind === 'open' ? 1 : node.kind === 'close' ? -1 : 0
    return depth === 0
  })
  return nodes.slice(close + 1).every((node) => node.kind === 'text' && node.text.trim() === '') ? nodes.slice(seen + 1, close) : nodes
}

interface Layout {
  /** pieces of markup, and the numbers of the runs between them */
  readonly parts: (string | number)[]
  readonly runs: Run[]
}

interface Place extends Layout {
  before: Run['before']
  /** elements open since one was dropped */
  dropped: number
  preformatted: number
  /** what stands behind each element that is open */
  readonly ends: string[]
}

function laidOut(nodes: readonly Node[]): Layout {
  const place: Place = { parts: [], runs: [], before: '', dropped: 0, preformatted: 0, ends: [] }
  for (const node of nodes) {
    if (node.kind === 'text') layText(place, node.text)
    else if (place.dropped > 0) place.dropped += node.kind === 'open' ? 1 : -1
    else if (node.kind === 'open' && isUnseen(node.name, node.attributes)) place.dropped = 1
    else layTag(place, node)
  }
  return place
}

function layText(place: Place, text: string): void {
  if (place.dropped > 0) return
  place.parts.push(place.runs.length)
  place.runs.push({ text: place.preformatted > 0 ? text : text.replace(/[ \t\r\n\f]+/g, ' '), before: place.before })
  place.before = ''
}

function isUnseen(name: string, attributes: ReadonlyMap<string, string>): boolean {
  return DROPPED.has(name) || attributes.has('hidden') || UNSEEN.test(styleOf(attributes))
}

function layTag(place: Place, node: Exclude<Node, { kind: 'text' }>): void {
  const { name } = node
  const isOpen = node.kind === 'open'
  if (name === 'pre') place.preformatted += isOpen ? 1 : -1
  part(place, name)
  if (!isOpen) {
    place.parts.push(place.ends.pop() ?? '')
    return
  }
  const [start, end] = tagsOf(name, node.attributes)
  place.parts.push(start)
  place.ends.push(end)
}

/** What is written where it opens and where it closes. */
function tagsOf(name: string, attributes: ReadonlyMap<string, string>): readonly [string, string] {
  const isBlock = BLOCKS.has(name) || CELLS.has(name)
  const isStruck = STRUCK.has(name) || STRIKING.test(styleOf(attributes))
  if (isStruck && OF_TEXT.has(name)) return [`<${name}${spansOf(attributes)}><s>`, `</s></${name}>`]
  if (isStruck && !isBlock) return ['<s>', '</s>']
  if (!isBlock && !INLINE.has(name)) return ['', '']
  return VOID.has(name) ? [`<${name}${spansOf(attributes)}/>`, ''] : [`<${name}${spansOf(attributes)}>`, `</${name}>`]
}

function styleOf(attributes: ReadonlyMap<string, string>): string {
  return (attributes.get('style') ?? '').slice(0, MOST_STYLE)
}

/** Of what ends here, the greatest. */
function part(place: Place, name: string): void {
  if (INLINE.has(name) || STRUCK.has(name) || WITHIN_WORDS.has(name) || place.before === '\n\n') return
  if (CELLS.has(name)) place.before = place.before === '' ? '\t' : place.before
  else place.before = name === 'br' ? '\n' : '\n\n'
}

function spansOf(attributes: ReadonlyMap<string, string>): string {
  return SPANS.filter((name) => /^\d{1,3}$/.test(attributes.get(name) ?? ''))
    .map((name) => ` ${name}="${attributes.get(name) ?? ''}"`)
    .join('')
}
