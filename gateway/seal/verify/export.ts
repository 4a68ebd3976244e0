/**
 * An export of the log (schemas/log/export.json), checked line by line in constant memory. Decides whether its entries are those the signed
 * checkpoints are of, and whether what it says of them is what they commit to. Refuses gaps, other orders, lines with a second spelling, an end
 * without a checkpoint, and an entry called expired that is younger than six years.
 */
import { sha256 } from '../../core/digest.ts'
import { base64Of, parseSize } from '../../core/log/checkpoint.ts'
import { type Leaf, OFFICER_ACT, parseLeaf } from '../../core/log/leaf.ts'
import { appendLeaves, type CompactRange, leafHash, rangeFrom, rangeNodes, rootOf } from '../../core/log/merkle.ts'
import { type Checked, notProved, proved } from '../../core/log/proof-fault.ts'
import type { NoteVerifier } from '../note.ts'
import { exactly, strictJson, utf8 } from './json.ts'
import { checkCheckpoint } from './proof.ts'

export interface ExportFound {
  readonly origin: string
  readonly first: bigint
  readonly size: bigint
  readonly entries: number
  readonly checkpoints: number
  /** what entries say: proved by their commitments, deleted after retention, or not for the holder of this file */
  readonly bodies: { readonly proved: number; readonly expired: number; readonly withheld: number }
}

interface Head {
  readonly origin: string
  readonly first: bigint
  readonly size: bigint
  readonly before: CompactRange
  readonly bodies: string
  /** when the file was made: nobody's word, and only what is called expired is held against it */
  readonly at: string
}

interface EntryFound {
  readonly index: bigint
  readonly bytes: Buffer
  readonly leaf: Leaf
  readonly body: keyof ExportFound['bodies']
}

const EXPORT = 'sallyport-log-export@v1'
const HEAD = ['export', 'origin', 'key', 'first', 'size', 'before', 'bodies', 'at', 'verify']
const BODIES = /^(?:all|none|party:[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/
/** 45 CFR 164.316(b)(2), 164.530(j): nothing the log says is deleted earlier. */
const RETAINED_YEARS = 6
/** Leaves are hashed into the tree so many at a time. */
const BATCH = 512

/** Checks an export whose lines arrive without their newlines. Stops at the first fault. */
export async function checkExport(lines: AsyncIterable<Buffer>, verifiers: readonly NoteVerifier[]): Promise<Checked<ExportFound>> {
  let course: Course | null = null
  for await (const line of lines) {
    if (course === null) {
      const head = checkHead(strictJson(utf8(line) ?? ''), verifiers)
      if (!head.ok) return head
      course = new Course(head.found, verifiers)
    } else {
      const fault = course.take(strictJson(utf8(line) ?? ''))
      if (fault !== null) return fault
    }
  }
  return course === null ? notProved('format', 'line 1') : course.end()
}

function checkHead(value: unknown, verifiers: readonly NoteVerifier[]): Checked<Head> {
  const head = exactly(value, HEAD)
  const first = sizeOf(head?.['first'])
  const size = sizeOf(head?.['size'])
  if (head === null || head['export'] !== EXPORT || first === null || size === null || size < first) return notProved('format', 'line 1')
  const { origin, bodies, before, at } = head
  if (typeof origin !== 'string' || !matches(bodies, BODIES) || !matches(at, INSTANT)) return notProved('format', 'line 1')
  const hashes = Array.isArray(before) ? before.map((hash) => (typeof hash === 'string' ? base64Of(hash, 32) : null)) : [null]
  if (!hashes.every((hash) => hash !== null) || hashes.length !== rangeNodes(first).length) return notProved('format', 'line 1')
  if (!verifiers.some((verifier) => verifier.name === origin)) return notProved('origin', 'line 1')
  return proved({ origin, first, size, before: rangeFrom(first, hashes), bodies, at })
}

function matches(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value)
}

function sizeOf(value: unknown): bigint | null {
  return typeof value === 'string' ? parseSize(value) : null
}

/**
 * An entry as exports write it: index, the leaf's bytes, and what it says or why that is not here. `where`: what to call it in a fault.
 */
export function checkEntry(value: unknown, where: string): Checked<EntryFound> {
  const entry = exactly(value, ['index', 'entry', 'body'])
  const index = sizeOf(entry?.['index'])
  const bytes = typeof entry?.['entry'] === 'string' ? base64Of(entry['entry'], null) : null
  const leaf = bytes === null ? null : parseLeaf(bytes)
  if (entry === null || index === null || bytes === null || leaf === null) return notProved('format', where)
  const body = entry['body']
  if (body === 'expired' || body === 'withheld') return proved({ index, bytes, leaf, body })
  const said = exactly(body, ['statement', 'salt'])
  const salt = typeof said?.['salt'] === 'string' ? base64Of(said['salt'], 32) : null
  const statement = said?.['statement']
  if (salt === null || typeof statement !== 'string') return notProved('format', where)
  return opens(leaf, salt, statement) ? proved({ index, bytes, leaf, body: 'proved' }) : notProved('commitment', where)
}

/** Is this what the leaf commits to, of the same moment, and of the same kind where the leaf tells it? */
function opens(leaf: Leaf, salt: Buffer, statement: string): boolean {
  const said = Object(strictJson(statement)) as { readonly kind?: unknown; readonly at?: unknown } // any other value has neither
  if ((said.kind !== leaf.kind && leaf.kind !== OFFICER_ACT) || said.at !== leaf.at) return false
  return `sha256:${sha256(Buffer.concat([salt, Buffer.from(statement, 'utf8')])).toString('hex')}` === leaf.commitment
}

/** Where a check of an export has got to. */
class Course {
  readonly #head: Head
  readonly #verifiers: readonly NoteVerifier[]
  readonly #bodies = { proved: 0, expired: 0, withheld: 0 }
  #range: CompactRange
  #waiting: Buffer[] = []
  #line = 1
  #entries = 0
  #checkpoints = 0
  /** size of the tree at the last checkpoint; null before the first */
  #signed: bigint | null = null
  #ended = false
  #youngestExpired = ''

  constructor(head: Head, verifiers: readonly NoteVerifier[]) {
    this.#head = head
    this.#verifiers = verifiers
    this.#range = head.before
  }

  /** The fault of a line, or null. */
  take(value: unknown): ReturnType<typeof notProved> | null {
    this.#line++
    const checkpoint = exactly(value, ['checkpoint'])?.['checkpoint']
    return typeof checkpoint === 'string' ? this.#takeCheckpoint(checkpoint) : this.#takeEntry(value)
  }

  #takeEntry(value: unknown): ReturnType<typeof notProved> | null {
    const where = `line ${this.#line} (entry ${this.#size()})`
    const entry = checkEntry(value, where)
    if (!entry.ok) return entry
    const { index, bytes, leaf, body } = entry.found
    const { bodies } = this.#head
    const mayBe = body === 'expired' || (body === 'proved' ? bodies !== 'none' : bodies !== 'all')
    if (this.#ended || index !== this.#size() || !mayBe) return notProved('format', where)
    this.#bodies[body]++
    if (body === 'expired' && leaf.at > this.#youngestExpired) this.#youngestExpired = leaf.at
    this.#entries++
    this.#waiting.push(leafHash(bytes))
    if (this.#waiting.length === BATCH) this.#join()
    return null
  }

  #takeCheckpoint(note: string): ReturnType<typeof notProved> | null {
    const where = `line ${this.#line} (checkpoint after ${this.#size()} entries)`
    const checked = checkCheckpoint(note, this.#verifiers, where)
    if (!checked.ok) return checked
    const { origin, size, root } = checked.found
    if (origin !== this.#head.origin) return notProved('origin', where)
    if (this.#signed !== null && size <= this.#signed) return notProved('consistency', where)
    if (size !== this.#size()) return notProved('format', where)
    this.#join()
    const since = this.#signed ?? this.#head.first
    if (!rootOf(this.#range).equals(root)) return notProved('inclusion', `${where}: among the entries from ${since} on`)
    this.#signed = size
    this.#checkpoints++
    this.#ended = size === this.#head.size
    return null
  }

  end(): Checked<ExportFound> {
    if (!this.#ended) return notProved('format', `the end, after line ${this.#line}: no checkpoint of ${this.#head.size} entries`)
    if (this.#youngestExpired !== '' && yearsLater(this.#youngestExpired) > this.#head.at) {
      return notProved('commitment', `an entry of ${this.#youngestExpired} is called expired within six years`)
    }
    const { origin, first, size } = this.#head
    return proved({ origin, first, size, entries: this.#entries, checkpoints: this.#checkpoints, bodies: this.#bodies })
  }

  #size(): bigint {
    return this.#range.size + BigInt(this.#waiting.length)
  }

  #join(): void {
    this.#range = appendLeaves(this.#range, this.#waiting).range
    this.#waiting = []
  }
}

/** The same day and time six years on; RFC 3339 in UTC compares as text. */
function yearsLater(at: string): string {
  return `${Number(at.slice(0, 4)) + RETAINED_YEARS}${at.slice(4)}`
}
