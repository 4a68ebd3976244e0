/**
 * Cuts a body into parts of about 1 MiB for worker threads. Decides by the first bytes what the body is: NDJSON (resources or whole Bundles, one a
 * line), one JSON document up to the Bundle limit (pretty-printed or not: one part of one "line"), or a Bundle larger than that (its entries, streamed).
 * A byte order mark and CRLF are tolerated. Looks at brackets and quotes only; a bad record is left for the reader to refuse by its line.
 */
import { type Code, RequestError } from '../errors.ts'
import { EntryCutter } from './cut-entries.ts'
import { LineCutter, own } from './cut-lines.ts'
import { screen } from './screen.ts'

export interface CutLimits {
  /** bytes of one resource or Bundle entry */
  readonly recordBytes: number
  /** bytes of one line, or of a Bundle read in one go; larger Bundles are streamed */
  readonly bundleBytes: number
  /** bytes of a part; 1 MiB unless said */
  readonly partBytes?: number
}

/** A record given up while cutting. */
export interface Reject {
  readonly line: number
  readonly code: Code
}

/**
 * A run of whole lines or Bundle entries. Number i (from 0) is line or entry `firstLine + i`, stands at bytes[offsets[2i], offsets[2i + 1]), and is
 * empty when the line was blank or is among the rejects. `bytes` has an ArrayBuffer of its own (transferable).
 */
export interface Part {
  readonly kind: 'lines' | 'entries'
  readonly firstLine: number
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
  readonly rejects: readonly Reject[]
}

export interface Cutter {
  /** Takes bytes; returns the parts they complete. RequestError not-json, not-fhir, line-too-long for what a single document gets wrong around its entries. */
  push(chunk: Uint8Array): Part[]
  /** The last parts. RequestError truncated when a document ends early, empty-body when there was nothing. */
  end(): Part[]
}

export function createCutter(limits: CutLimits): Cutter {
  return new BodyCutter(limits)
}

/** A state: takes bytes, returns bytes left over for a new start, or null. */
type Stage = Beginning | LineCutter | EntryCutter

class BodyCutter implements Cutter {
  readonly #limits: CutLimits
  #stage: Stage
  #records = 0

  constructor(limits: CutLimits) {
    this.#limits = limits
    this.#stage = new Beginning(limits.bundleBytes)
  }

  push(chunk: Uint8Array): Part[] {
    const out: Part[] = []
    let rest: Uint8Array | null = chunk
    while (rest !== null && rest.length > 0) rest = this.#step(rest, out)
    this.#count(out)
    return out
  }

  end(): Part[] {
    const out: Part[] = []
    if (this.#stage instanceof Beginning) this.#stage = this.#settle(this.#stage, this.#stage.atEnd(), out)
    if (this.#stage instanceof EntryCutter) throw new RequestError('truncated')
    if (this.#stage instanceof LineCutter) this.#stage.end(out, (bytes) => bytes[0] === 0x7b && screen(bytes, 0, bytes.length, 64).unended)
    this.#count(out)
    if (this.#records === 0) throw new RequestError('empty-body')
    return out
  }

  #step(chunk: Uint8Array, out: Part[]): Uint8Array | null {
    const stage = this.#stage
    if (stage instanceof LineCutter) {
      stage.push(chunk, out)
      return null
    }
    if (stage instanceof EntryCutter) {
      const rest = stage.push(chunk, out)
      if (rest !== null) this.#stage = new Beginning(this.#limits.bundleBytes)
      return rest
    }
    const shape = stage.push(chunk)
    if (shape === 'unknown') return null
    this.#stage = this.#settle(stage, shape, out)
    return this.#stage instanceof Beginning ? stage.rest() : null
  }

  /** Hands what the beginning held to the stage that its shape asks for. */
  #settle(stage: Beginning, shape: Shape, out: Part[]): Stage {
    const held = stage.held()
    if (shape === 'document') {
      out.push({ kind: 'lines', firstLine: this.#records + 1, bytes: held, offsets: Uint32Array.of(0, held.length), rejects: [] })
      return new Beginning(this.#limits.bundleBytes)
    }
    if (shape === 'large') {
      const entries = this.#asBundle(held, out)
      if (entries !== null) return entries
      if (stage.spansLines) throw new RequestError('line-too-long')
    }
    const lines = new LineCutter(this.#limits, this.#records + 1 + stage.blankLines)
    lines.push(held, out)
    return lines
  }

  /** The held bytes as the beginning of a large Bundle, or null if they are none. */
  #asBundle(held: Uint8Array, out: Part[]): EntryCutter | null {
    const entries = new EntryCutter(this.#limits, 1)
    const parts: Part[] = []
    try {
      entries.push(held, parts)
    } catch {
      return null // a shell without end: no Bundle, or none we would take
    }
    if (!entries.looksLikeBundle) return null
    out.push(...parts)
    return entries
  }

  #count(out: readonly Part[]): void {
    for (const part of out) {
      for (let i = 0; i < part.offsets.length; i += 2) if ((part.offsets[i + 1] ?? 0) > (part.offsets[i] ?? 0)) this.#records++
      this.#records += part.rejects.length
    }
  }
}

/** unknown: more bytes are needed. large: the first value is longer than may be held. */
type Shape = 'unknown' | 'lines' | 'document' | 'large'

const NEWLINE = 0x0a
const QUOTE = 0x22

/** Holds the first bytes until they tell the shape: a value that ends on its line is NDJSON, one that goes on over lines is a document. */
class Beginning {
  readonly #limit: number
  #buffer = own(64 * 1024)
  #length = 0
  #at = 0
  #depth = 0
  #inString = false
  #before = 0
  #lineEndAfter = -1
  #end = -1
  spansLines = false
  blankLines = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  push(chunk: Uint8Array): Shape {
    if (this.#length + chunk.length > this.#buffer.length) {
      const larger = own(Math.max(this.#buffer.length * 2, this.#length + chunk.length))
      larger.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = larger
    }
    this.#buffer.set(chunk, this.#length)
    this.#length += chunk.length
    if (this.#length < 3) return 'unknown'
    this.#dropMark()
    const shape = this.#scan()
    if (shape !== 'unknown') return shape
    return this.#length > this.#limit ? 'large' : 'unknown'
  }

  /** At the end of the body what is held is the last line, or a document that was cut. */
  atEnd(): Shape {
    if (this.spansLines && this.#depth > 0) throw new RequestError('truncated')
    return 'lines'
  }

  /** A document alone, or everything. */
  held(): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#end < 0 ? this.#length : this.#end)
    if (this.#end < 0) return bytes
    const copy = own(bytes.length)
    copy.set(bytes)
    return copy
  }

  rest(): Uint8Array {
    return this.#buffer.slice(this.#end, this.#length)
  }

  /** The byte order mark and blank lines before the first value go. */
  #dropMark(): void {
    if (this.#at > 0) return
    const buffer = this.#buffer
    let from = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0
    while (from < this.#length && isSpace(buffer[from])) if (buffer[from++] === NEWLINE) this.blankLines++
    buffer.copyWithin(0, from, this.#length)
    this.#length -= from
  }

  #scan(): Shape {
    if (this.#length > 0 && this.#buffer[0] !== 0x7b) return 'lines'
    while (this.#at < this.#length) {
      const c = this.#buffer[this.#at] ?? 0
      if (this.#inString) {
        if (c === NEWLINE) return 'lines'
        if (c === QUOTE) this.#inString = false
        this.#at += c === 0x5c ? 2 : 1
        continue
      }
      const shape = this.#structure(c)
      if (shape !== 'unknown') return shape
      this.#at++
      if (!isSpace(c)) this.#before = c
    }
    return 'unknown'
  }

  #structure(c: number): Shape {
    if (c === NEWLINE) {
      if (!this.spansLines && this.#lineEndAfter < 0) this.#lineEndAfter = this.#before
      return 'unknown'
    }
    if (this.#lineEndAfter >= 0 && !this.spansLines && !isSpace(c)) {
      // a value may open on a new line only behind [ , or :  — otherwise the first line was one of NDJSON, and broken
      if (c === 0x7b && this.#lineEndAfter !== 0x5b && this.#lineEndAfter !== 0x2c && this.#lineEndAfter !== 0x3a) return 'lines'
      this.spansLines = true
    }
    if (c === QUOTE) this.#inString = true
    else if (c === 0x7b || c === 0x5b) this.#depth++
    else if ((c === 0x7d || c === 0x5d) && --this.#depth <= 0) {
      if (!this.spansLines) return 'lines'
      this.#end = this.#at + 1
      return 'document'
    }
    return 'unknown'
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === NEWLINE
}
