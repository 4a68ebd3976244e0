/**
 * An export of the log (schemas/log/export.json), checked line by line in constant memory. Decides whether its entries are those the signed
 * checkpoints are of, and whether what it says of them is what they commit to. Refuses gaps, other orders, lines with a second spelling, an end
 * without a checkpoint, a head that says other than is known of the file, and an entry called expired that is not six years older than the youngest.
 */
import { sha256 } from '../../core/digest.ts'
import { base64Of, parseSize } from '../../core/log/checkpoint.ts'
import { type Leaf, OFFICER_ACT, parseLeaf } from '../../core/log/leaf.ts'
import { appendLeaves, type CompactRange, leafHash, rangeFrom, rangeNodes, rootOf } from '../../core/log/merkle.ts'
import { type Checked, notProved, proved } from '../../core/log/proof-fault.ts'
import { type NoteVerifier, vkeyOf } from '../note.ts'
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
  /** the entries that are called expired: first and last index of each run, in words where there are many */
  readonly expired: string
}

interface Head {
  readonly origin: string
  readonly first: bigint
  readonly size: bigint
  readonly before: CompactRange
  readonly bodies: string
}

interface EntryFound {
  readonly index: bigint
  readonly bytes: Buffer
  readonly leaf: Leaf
  readonly body: keyof ExportFound['bodies']
}

const EXPORT = 'sallyport-log-export@v1'
/** What a head says of how to verify it, word for word: nobody else's instructions. */
export const VERIFY = "sallyport verify <this file> --key <the log's public key, as you got it from the operator by another way>"
const HEAD = ['export', 'origin', 'key', 'first', 'size', 'before', 'bodies', 'at', 'verify']
const BODIES = /^(?:all|none|party:[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/
/** 45 CFR 164.316(b)(2), 164.530(j): nothing the log says is deleted earlier. */
const RETAINED_YEARS = 6
/** How far two clocks may be apart. */
const CLOCKS_MS = 86_400_000
/** So many runs of expired entries are told one by one. */
const RUNS_TOLD = 20
/** Leaves are hashed into the tree so many at a time. */
const BATCH = 512

/** Checks an export whose lines arrive without their newlines. Stops at the first fault. `now`: no file was made later. */
export async function checkExport(
  lines: AsyncIterable<Buffer>,
  verifiers: readonly NoteVerifier[],
  now: Date = new Date()
): Promise<Checked<ExportFound>> {
  let course: Course | null = null
  for await (const line of lines) {
    if (course === null) {
      const head = checkHead(strictJson(utf8(line) ?? ''), verifiers, now)
      if (!head.ok) return head
      course = new Course(head.found, verifiers)
    } else {
      const fault = course.take(strictJson(utf8(line) ?? ''))
      if (fault !== null) return fault
    }
  }
  return course === null ? notProved('format', 'line 1') : course.end()
}

function checkHead(value: unknown, verifiers: readonly NoteVerifier[], now: Date): Checked<Head> {
  const head = exactly(value, HEAD)
  const first = sizeOf(head?.['first'])
  const size = sizeOf(head?.['size'])
  if (head === null || head['export'] !== EXPORT || first === null || size === null || size < first) return notProved('format', 'line 1')
  const { origin, bodies, before, at, key, verify } = head
  if (typeof origin !== 'string' || !matches(bodies, BODIES) || verify !== VERIFY) return notProved('format', 'line 1')
  const made = momentOf(at)
  if (made === null || made > now.getTime() + CLOCKS_MS) return notProved('format', 'line 1: made later than now')
  const hashes = Array.isArray(before) ? before.map((hash) => (typeof hash === 'string' ? base64Of(hash, 32) : null)) : [null]
  if (!hashes.every((hash) => hash !== null) || hashes.length !== rangeNodes(first).length) return notProved('format', 'line 1')
  const named = verifiers.filter((verifier) => verifier.name === origin)
  if (named.length === 0) return notProved('origin', 'line 1')
  if (!named.some(({ name, publicKey }) => vkeyOf(name, publicKey) === key)) return notProved('signature', 'line 1: another key')
  return proved({ origin, first, size, before: rangeFrom(first, hashes), bodies })
}

/** Milliseconds of RFC 3339 in UTC, or null. */
function momentOf(value: unknown): number | null {
  const moment = matches(value, INSTANT) ? Date.parse(value) : Number.NaN
  return Number.isNaN(moment) ? null : moment
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
  if (entry === null || index === null || bytes === null || leaf === null || momentOf(leaf.at) === null) return notProved('format', where)
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
  /** of all entries so far: a back-dated one is no older than those before it */
  #youngest = Number.NEGATIVE_INFINITY
  /** the same at the last entry that is called expired */
  #expiredAt = Number.NEGATIVE_INFINITY
  readonly #runs: { first: bigint; last: bigint }[] = []
  #runsMore = 0
  #lastExpired = -2n

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
    this.#youngest = Math.max(this.#youngest, momentOf(leaf.at) ?? 0)
    if (body === 'expired') this.#takeExpired(index)
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
    if (yearsLater(this.#expiredAt) > this.#youngest)
      return notProved('commitment', `entries ${this.#expired()} are called expired, and none in the file is six years younger`)
    const { origin, first, size } = this.#head
    const counts = { entries: this.#entries, checkpoints: this.#checkpoints, bodies: this.#bodies }
    return proved({ origin, first, size, ...counts, expired: this.#expired() })
  }

  #takeExpired(index: bigint): void {
    const run = this.#runs.at(-1)
    const goesOn = this.#lastExpired + 1n === index
    this.#expiredAt = this.#youngest
    this.#lastExpired = index
    if (goesOn && run !== undefined && this.#runsMore === 0) run.last = index
    else if (!goesOn && this.#runs.length < RUNS_TOLD) this.#runs.push({ first: index, last: index })
    else if (!goesOn) this.#runsMore++
  }

  #expired(): string {
    const runs = this.#runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ')
    return this.#runsMore === 0 ? runs : `${runs} and ${this.#runsMore} runs more`
  }

  #size(): bigint {
    return this.#range.size + BigInt(this.#waiting.length)
  }

  #join(): void {
    this.#range = appendLeaves(this.#range, this.#waiting).range
    this.#waiting = []
  }
}

/** The same day and time six years on. */
function yearsLater(at: number): number {
  return Number.isFinite(at) ? new Date(at).setUTCFullYear(new Date(at).getUTCFullYear() + RETAINED_YEARS) : at
}
