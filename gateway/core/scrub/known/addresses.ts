/** What the lines or the text of an address are in a note: streets in long and short form, a town, a postal code. Refuses nothing. */
import { contextWords } from '../words/context.ts'
import { WORD } from '../words/words.ts'
import type { Value } from './known.ts'

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

const LONG = SUFFIXES.map(([long, short]): [RegExp, string] => [new RegExp(`\\b${short}\\b\\.?`, 'gi'), long])
const SHORT = SUFFIXES.map(([long, short]): [RegExp, string] => [new RegExp(`\\b${long}\\b`, 'gi'), short])
/** "12 Wexmoor Street": the number, and the name of the street. */
const NUMBERED = /^\s*(\d{1,6}[a-z]?)\s+(.+?)\s+\p{L}+\.?(?:[\s,#].*)?$/iu

export function* linesOf(lines: readonly string[]): Generator<Value> {
  for (const line of lines) {
    if (!/\d/.test(line) && line.length < 8) continue
    const [long, short] = [LONG, SHORT].map((table) => table.reduce((text, [word, other]) => text.replace(word, other), line))
    for (const text of [line, long ?? line, short ?? line]) yield { class: 'STREET', text, of: line }
    const [, number = '', name = ''] = NUMBERED.exec(streetOf(long ?? line)) ?? []
    if (name !== '') yield { class: 'STREET', text: `${number} ${name}`, of: line, part: true }
    yield* streetsOf(name, line)
  }
}

/** The name of a street by itself. */
export function* streetsOf(name: string, of: string): Generator<Value> {
  for (const word of name.split(/[^\p{L}'’-]+/u)) if (word.length > 3) yield { class: 'STREET', text: word, of, part: true }
}

/** Up to what tells that it is a street. */
function streetOf(line: string): string {
  return HEAD.exec(line)?.[0] ?? ''
}

export function* codesOf(codes: readonly string[]): Generator<Value> {
  for (const code of codes) {
    yield { class: 'ZIP', text: code, of: code }
    if (/^\d{5}-\d{4}$/.test(code)) yield { class: 'ZIP', text: code.slice(0, 5), of: code }
  }
}

/** Address.text, "12 Wexmoor Street, Quillborough, MA 01234": what has a number is a line, what has none a town; a state may stand. */
export function* partsOf(text: string): Generator<Value> {
  const parts = text.split(/[,;\n]+/).map((part) => part.trim())
  yield { class: 'STREET', text, of: text }
  yield* linesOf(parts.filter((part) => /\d/.test(part) && !CODE.test(part)))
  yield* codesOf(parts.flatMap((part) => CODE.exec(part)?.[1] ?? []))
  for (const part of parts) {
    const town = /^\D+$/.test(part) ? part : (TOWN.exec(part)?.[1] ?? '')
    if (!STATES.has(town.toLowerCase())) yield { class: 'PLACE', text: town, of: town }
  }
}

/** A line up to the word that tells that it is a street. */
const HEAD =
  /^.{1,80}?\b(?:street|avenue|road|drive|lane|boulevard|court|place|way|terrace|circle|parkway|highway|route|square|trail|plaza|alley|row|crescent|close|mews)\b/iu
/** Behind nothing but letters: "MA 01234". */
const CODE = /^(?:\D*\s)?(\d{5}(?:-\d{4})?)$/
const TOWN = /^(\p{L}[\p{L}' -]{2,60}?)(?:\s[A-Z]{2})?\s\d{5}(?:-\d{4})?$/u
const STATES: ReadonlySet<string> = new Set([
  'united states',
  ...Array.from(contextWords()).flatMap(({ word, bits }) => ((bits & WORD.state) === 0 ? [] : [word]))
])
