/**
 * Reads markup, right or wrong, into a list of what opens, closes and stands between: character references decoded, comments, declarations and
 * instructions gone. What opens also closes, in order. Bounded in depth and number; refuses entities that a document declares itself.
 */
import { Parser } from 'htmlparser2'
import type { Refusal } from './refusal.ts'

export type Node =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }

/** Names of tags and attributes in lower case in HTML, as they are in XML. */
export type Dialect = 'html' | 'xml'

const DEEPEST = 200
/** So many fit into half of the heap of a thread (gateway/crew.ts), found and covered. */
const MOST_NODES = 100_000
const PIECE = 1 << 16

export function readMarkup(text: string, dialect: Dialect): readonly Node[] | Refusal {
  const nodes: Node[] = []
  const state: State = { refused: null, open: [], texts: [] }
  const parser = createParser(nodes, state, dialect)
  for (let at = 0; at < text.length && state.refused === null; at += PIECE) parser.write(text.slice(at, at + PIECE))
  if (state.refused === null) parser.end()
  flush(nodes, state)
  return state.refused ?? nodes
}

interface State {
  refused: Refusal | null
  readonly open: string[]
  /** of the text that is being read: it comes in pieces */
  texts: string[]
}

function createParser(nodes: Node[], state: State, dialect: Dialect): Parser {
  const refuse = (why: Refusal): void => {
    state.refused ??= why
    parser.pause()
  }
  const add = (node: Node): void => {
    flush(nodes, state)
    nodes.push(node)
    if (nodes.length > MOST_NODES) refuse('too-complex')
  }
  const parser: Parser = new Parser(
    {
      onopentag(name, attributes) {
        state.open.push(name)
        if (state.open.length > DEEPEST) refuse('too-complex')
        add({ kind: 'open', name, attributes: new Map(Object.entries(attributes)) })
      },
      onclosetag(name) {
        // the parser also closes what the end of the text cut before it was open
        if (state.open.at(-1) !== name) return
        state.open.pop()
        add({ kind: 'close', name })
      },
      ontext(text) {
        state.texts.push(text)
      },
      onprocessinginstruction(name, data) {
        if (/^!(?:entity|element|attlist|notation)/i.test(name) || (/^!doctype/i.test(name) && data.includes('['))) refuse('entities')
      }
    },
    { xmlMode: dialect === 'xml', recognizeSelfClosing: true, recognizeCDATA: true, decodeEntities: true }
  )
  return parser
}

function flush(nodes: Node[], state: State): void {
  if (state.texts.length === 0) return
  nodes.push({ kind: 'text', text: state.texts.join('') })
  state.texts = []
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;']
])
/** XML 1.0 §2.2 has no other controls, nor halves of a pair. */
const NOT_XML = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]|\p{Cs}/gu

/** Text or the value of an attribute, as XML writes it. */
export function escaped(text: string): string {
  return text.replace(NOT_XML, '').replace(/[&<>"]/g, (char) => ESCAPES.get(char) ?? '')
}
