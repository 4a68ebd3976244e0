/**
 * Cuts one large JSON Bundle at the entries of Bundle.entry into parts of about 1 MiB, while it streams in, whatever its size. What stands
 * around the entries (the shell) is kept apart, with 0 for each run of entries, and must be JSON of a Bundle at the end. An entry longer than the limit is
 * skipped in bounded memory and reported. Refuses what is not JSON around the entries, and a body that ends before the Bundle does.
 */

import { RequestError } from '../errors.ts'
import { appended, type CutLimits, own, type Part, type Reject } from './cut-shapes.ts'
import { bracketOf, CLOSE, endOfString, Nesting, OPEN } from './nesting.ts'
import { countKeys, screen } from './screen.ts'

const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
const ENTRY = Buffer.from('entry')
const SLICE = 256 * 1024
/** The shell of a Bundle is small: links, meta, a signature. */
const SHELL_LIMIT = 4 * 1024 * 1024

export class EntryCutter {
  readonly #limits: CutLimits
  readonly #part: number
  #buffer: Buffer
  #length = 0
  #at = 0
  readonly #nesting = new Nesting()
  #inString = false
  #stringStart = 0
  #stringEnd = 0
  #entryKey = false
  #inEntries = false
  #entryStart = -1
  #skipping = false
  /** where the bytes of the shell not yet put aside begin */
  #shellFrom = 0
  #shell: string[] = []
  #shellLength = 0
  #runs = 0
  #firstEntry: number
  #offsets: number[] = []
  #rejects: Reject[] = []
  #done = false

  constructor(limits: CutLimits, firstEntry: number) {
    this.#limits = limits
    this.#part = limits.partBytes ?? 1024 * 1024
    this.#buffer = own(this.#part + 2 * SLICE)
    this.#firstEntry = firstEntry
  }

  /** Does what was seen so far look like a Bundle with entries? */
  get looksLikeBundle(): boolean {
    const type = /"resourceType"\s*:\s*"([A-Za-z]*)"/.exec(this.#shell.join(''))
    return this.#runs > 0 && (type === null || type[1] === 'Bundle')
  }

  get entries(): number {
    return this.#firstEntry - 1 + this.#offsets.length / 2
  }

  /** Takes bytes; returns what stands behind the end of the Bundle, or null while it goes on. RequestError not-json, not-fhir. */
  push(chunk: Uint8Array, out: Part[]): Uint8Array | null {
    for (let from = 0; from < chunk.length; from += SLICE) {
      this.#append(chunk.subarray(from, from + SLICE))
      this.#scan()
      if (this.#done) {
        const rest = this.#buffer.slice(this.#at, this.#length)
        this.#finish(out)
        return Buffer.concat([rest, chunk.subarray(from + SLICE)])
      }
      this.#boundEntry()
      if (this.#filled() >= this.#part) this.#emit(out)
      else if (this.#offsets.length === 0) this.#compact(this.#keepFrom())
    }
    return null
  }

  #append(chunk: Uint8Array): void {
    this.#buffer = appended(this.#buffer, this.#length, chunk)
    this.#length += chunk.length
  }

  /** Inside an entry the brackets are followed to its end; around the entries each byte is looked at. */
  #scan(): void {
    const nesting = this.#nesting
    while (this.#at < this.#length && !this.#done) {
      if (this.#entryStart >= 0) {
        this.#at = nesting.run(this.#buffer, this.#at, this.#length, 2)
        if (nesting.depth === 2) this.#closeEntry()
      } else if (this.#inString) this.#string(this.#at)
      else this.#aroundEntries(this.#buffer[this.#at++] ?? 0)
    }
  }

  #aroundEntries(c: number): void {
    if (c === QUOTE) {
      this.#stringStart = this.#at
      this.#string(this.#at)
    } else if (c === COLON) this.#entryKey = this.#nesting.depth === 1 && this.#namesEntry()
    else if (c === COMMA) this.#entryKey = false
    else if (bracketOf(c) === OPEN) this.#open(c)
    else if (bracketOf(c) === CLOSE) this.#close()
  }

  #string(from: number): void {
    const end = endOfString(this.#buffer, from, this.#length)
    this.#inString = end < 0
    this.#at = end < 0 ? ~end : end
    this.#stringEnd = this.#at - 1
  }

  #namesEntry(): boolean {
    return Buffer.compare(this.#buffer.subarray(this.#stringStart, this.#stringEnd), ENTRY) === 0
  }

  #open(c: number): void {
    const nesting = this.#nesting
    if (nesting.depth === 1 && this.#entryKey && c === 0x5b) this.#inEntries = true
    else if (nesting.depth === 2 && this.#inEntries) {
      this.#toShell(this.#at - 1)
      this.#entryStart = this.#at - 1
    }
    nesting.depth++
    this.#entryKey = false
  }

  #close(): void {
    const depth = --this.#nesting.depth
    if (depth === 1) this.#inEntries = false
    if (depth > 0) return
    this.#done = true
    this.#toShell(this.#at)
  }

  #closeEntry(): void {
    if (this.#skipping) {
      this.#rejects.push({ line: this.#firstEntry + this.#offsets.length / 2, code: 'line-too-long' })
      this.#offsets.push(this.#at, this.#at)
      this.#skipping = false
    } else this.#offsets.push(this.#entryStart, this.#at)
    this.#entryStart = -1
    this.#shellFrom = this.#at
  }

  /** Puts the shell's bytes up to `end` aside. Between two entries stands one comma: a run of entries is one 0. */
  #toShell(end: number): void {
    const text = this.#buffer.toString('utf8', this.#shellFrom, end)
    this.#shellFrom = end
    const entry = !this.#done
    if (entry && this.#runs > 0 && text.trim() === ',') return
    this.#shell.push(text)
    this.#shellLength += text.length + 1
    if (this.#shellLength > SHELL_LIMIT) throw new RequestError('line-too-long')
    if (!entry) return
    this.#shell.push('0')
    this.#runs++
  }

  #boundEntry(): void {
    if (this.#entryStart < 0) {
      if (this.#length - this.#shellFrom > SHELL_LIMIT) throw new RequestError('line-too-long')
      return
    }
    if (!this.#skipping && this.#length - this.#entryStart <= this.#limits.recordBytes) return
    this.#skipping = true
  }

  #filled(): number {
    const first = this.#offsets[0]
    const last = this.#offsets.at(-1)
    if (first === undefined || last === undefined) return 0
    return this.#skipping ? this.#part : last - first
  }

  #keepFrom(): number {
    if (this.#skipping) return this.#at
    return this.#entryStart >= 0 ? this.#entryStart : this.#shellFrom
  }

  #emit(out: Part[]): void {
    const from = this.#offsets[0] ?? 0
    const bytes = own((this.#offsets.at(-1) ?? 0) - from)
    bytes.set(this.#buffer.subarray(from, from + bytes.length))
    const offsets = Uint32Array.from(this.#offsets, (offset) => offset - from)
    out.push({ kind: 'entries', firstLine: this.#firstEntry, bytes, offsets, rejects: this.#rejects })
    this.#firstEntry += this.#offsets.length / 2
    this.#offsets = []
    this.#rejects = []
    this.#compact(this.#keepFrom())
  }

  #compact(from: number): void {
    if (from <= 0) return
    const kept = Math.min(from, this.#length)
    this.#buffer.copyWithin(0, kept, this.#length)
    this.#length -= kept
    this.#at -= kept
    this.#stringStart -= kept
    this.#stringEnd -= kept
    if (this.#entryStart >= 0) this.#entryStart = Math.max(0, this.#entryStart - kept)
    this.#shellFrom = Math.max(0, this.#shellFrom - kept)
  }

  #finish(out: Part[]): void {
    if (this.#offsets.length > 0) this.#emit(out)
    checkShell(this.#shell.join(''), this.#runs)
  }
}

/** The shell must be JSON, of a Bundle, without a key named twice, and hold nothing in `entry` but the entries that were cut out. */
export function checkShell(text: string, runs: number): { readonly [key: string]: unknown } {
  const bytes = Buffer.from(text)
  const screened = screen(bytes, 0, bytes.length, 64)
  if (screened.tooDeep) throw new RequestError('too-deep')
  const shell = parse(text)
  if (typeof shell !== 'object' || shell === null) throw new RequestError('not-json')
  if (countKeys(shell) !== screened.keys || screened.escapedKey) throw new RequestError('duplicate-key')
  const { resourceType, entry, implicitRules } = shell as Record<string, unknown> // sound: an object, its members unknown
  if (resourceType !== 'Bundle') throw new RequestError('not-fhir')
  if (implicitRules !== undefined) throw new RequestError('implicit-rules')
  const clean = Array.isArray(entry) && entry.length === runs && entry.every((item) => item === 0)
  if (!clean && !(entry === undefined && runs === 0)) throw new RequestError('not-fhir')
  return shell as Record<string, unknown>
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new RequestError('not-json')
  }
}
