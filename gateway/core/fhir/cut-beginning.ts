/**
 * Holds the first bytes of a body until they tell its shape: an object that ends on its own line begins NDJSON, one that goes on over lines is a
 * document. Decides only that. A first line that is broken is not mistaken for a document: a new object may open on the next line only behind [ , or : in one.
 */

import { RequestError } from '../errors.ts'
import { appended, own } from './cut-shapes.ts'
import { Nesting } from './nesting.ts'

/** unknown: more bytes are needed. large: the first value is longer than may be held. */
export type Shape = 'unknown' | 'lines' | 'document' | 'large'

const NEWLINE = 0x0a
const BRACE = 0x7b
/** [ , : — behind these a value may follow on the next line */
const BEFORE_VALUE: readonly number[] = [0x5b, 0x2c, 0x3a]

export class Beginning {
  readonly #limit: number
  readonly #nesting = new Nesting()
  #buffer = own(64 * 1024)
  #length = 0
  /** how far the first line's end was searched, then how far the document's brackets were followed */
  #at = 0
  #end = -1
  spansLines = false
  blankLines = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  push(chunk: Uint8Array): Shape {
    this.#append(chunk)
    if (this.#length < 3) return 'unknown'
    if (this.#at === 0) this.#dropMark()
    if (this.#length === 0) return 'unknown'
    const shape = this.#buffer[0] === BRACE ? this.#object() : 'lines'
    return shape === 'unknown' && this.#length > this.#limit ? 'large' : shape
  }

  /** At the end of the body what is held is the last line, or a document that was cut. */
  atEnd(): Shape {
    if (this.spansLines) throw new RequestError('truncated')
    return 'lines'
  }

  /** The document alone, or everything. */
  held(): Uint8Array {
    if (this.#end < 0) return this.#buffer.subarray(0, this.#length)
    const copy = own(this.#end)
    copy.set(this.#buffer.subarray(0, this.#end))
    return copy
  }

  rest(): Uint8Array {
    return this.#buffer.subarray(this.#end, this.#length)
  }

  #append(chunk: Uint8Array): void {
    this.#buffer = appended(this.#buffer, this.#length, chunk)
    this.#length += chunk.length
  }

  /** The byte order mark and blank lines before the first value go. */
  #dropMark(): void {
    const buffer = this.#buffer
    let from = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0
    while (from < this.#length && isSpace(buffer[from])) if (buffer[from++] === NEWLINE) this.blankLines++
    if (from === 0) return
    buffer.copyWithin(0, from, this.#length)
    this.#length -= from
  }

  #object(): Shape {
    if (!this.spansLines) {
      const shape = this.#firstLine()
      if (shape !== 'document') return shape
      this.spansLines = true
    }
    this.#at = this.#nesting.run(this.#buffer, this.#at, this.#length, 0)
    if (this.#nesting.depth > 0) return 'unknown'
    if (this.#at > this.#limit) return 'large'
    this.#end = this.#at
    return 'document'
  }

  /** 'document' when the object goes on behind the first line; #at and the nesting then stand at its end. */
  #firstLine(): Shape {
    const end = this.#buffer.subarray(0, this.#length).indexOf(NEWLINE, this.#at)
    let next = end
    while (next >= 0 && next < this.#length && isSpace(this.#buffer[next])) next++
    if (end < 0 || next === this.#length) {
      this.#at = end < 0 ? this.#length : end
      return 'unknown'
    }
    this.#at = this.#nesting.run(this.#buffer, 0, end, 0)
    if (this.#nesting.depth === 0 || this.#nesting.inString) return 'lines'
    let last = end
    while (isSpace(this.#buffer[last])) last--
    const begun = this.#buffer[next] === BRACE && !BEFORE_VALUE.includes(this.#buffer[last] ?? 0)
    return begun ? 'lines' : 'document'
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === NEWLINE
}
