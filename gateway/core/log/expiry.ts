/**
 * What may be gone of the log, and why. Decides from what the log itself says: a body is gone rightly when an entry of its deletion covers it, it was old enough
 * by the policy named there, and no legal hold stood over it then; the keys of what is gone must be those hashed into that entry. Holds are what their entries
 * say, whatever their rows are. Age goes by the youngest moment up to an entry, so that a back-dated one is no older than those before it.
 */
import { createHash, type Hash } from 'node:crypto'
import {
  expiryBefore,
  KEPT_YEARS,
  keyIn,
  type LogFault,
  type LogFaultName,
  membersIn,
  microsecondsOf,
  type StoredEntry,
  statementIn,
  yearsBefore
} from './fsck.ts'

/** Kinds that prove an expiry or a hold: what they say never expires. */
export const KEEPING: readonly string[] = ['hold-placed', 'hold-lifted', 'bodies-expired']

const DAY = 86_400_000_000
/** Places of entries that wait for one begin here: behind all others, in their order. */
const WAITING = 1n << 63n

/** What an entry of those kinds says. `index`: null while it waits. */
export interface KeepingEntry {
  readonly index: bigint | null
  readonly statement: string
}

/** A legal hold, in moments of RFC 3339 to the millisecond; null: from the beginning, without end, in force. */
export interface Hold {
  readonly id: string
  readonly first: string | null
  readonly last: string | null
  readonly officer: string
  readonly reason: string
  readonly placed: string
  readonly lifted: string | null
}

/** `from`, `until`: the places of its entries; null: not lifted. */
interface LoggedHold extends Hold {
  readonly from: bigint
  readonly until: bigint | null
}

type Said = Readonly<Record<string, unknown>>

function said({ statement }: KeepingEntry): Said {
  return membersIn(statement)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The holds that the entries tell of, by id. */
function holdsOf(entries: readonly KeepingEntry[]): Map<string, LoggedHold> {
  const holds = new Map<string, LoggedHold>()
  entries.forEach((entry, n) => {
    const told = said(entry)
    const [id, at, place] = [String(told['hold']), String(told['at']), entry.index ?? WAITING + BigInt(n)]
    const hold = holds.get(id)
    if (told['kind'] === 'hold-placed') holds.set(id, { ...placed(told), from: place, until: null })
    if (told['kind'] === 'hold-lifted' && hold !== undefined) holds.set(id, { ...hold, lifted: at, until: place })
  })
  return holds
}

function placed(told: Said): Hold {
  const [id, officer, reason, at] = [told['hold'], told['officer'], told['reason'], told['at']].map(String) as [
    string,
    string,
    string,
    string
  ] // four of four
  return { id, first: textOf(told['from']), last: textOf(told['until']), officer, reason, placed: at, lifted: null }
}

const HOLD_MEMBERS = ['first', 'last', 'officer', 'reason', 'placed', 'lifted'] as const

/** The first row of a hold that is not what its entries tell of, or that is not there; or null. Entries in the order of the log. */
export function holdFault(rows: readonly Hold[], entries: readonly KeepingEntry[]): LogFault | null {
  const holds = holdsOf(entries)
  for (const row of rows) {
    const hold = holds.get(row.id)
    if (hold === undefined) return { table: 'legal_hold', index: row.id, fault: 'stray' }
    if (HOLD_MEMBERS.some((member) => hold[member] !== row[member])) return { table: 'legal_hold', index: row.id, fault: 'hold' }
    holds.delete(row.id)
  }
  const [gone] = holds.keys()
  return gone === undefined ? null : { table: 'legal_hold', index: gone, fault: 'missing' }
}

function lineOf(index: bigint, key: string): string {
  return `${index} ${key}\n`
}

export interface ExpiredBatch {
  readonly entries: number
  /** first and last index of each run, "0-9999,10005-10010" */
  readonly ranges: string
  /** SHA-256 of a line "<index> <key>" for each, in their order */
  readonly keys: string
}

/** What the entry of a deletion says of what it deleted: rows in the order of their indices. */
export function expiredBatch(deleted: readonly StoredEntry[]): ExpiredBatch {
  const hash = createHash('sha256')
  const runs: { first: bigint; last: bigint }[] = []
  for (const row of deleted) {
    const run = runs.at(-1)
    if (run !== undefined && run.last + 1n === row.index) run.last = row.index
    else runs.push({ first: row.index, last: row.index })
    hash.update(lineOf(row.index, keyIn(row)))
  }
  return {
    entries: deleted.length,
    ranges: runs.map(({ first, last }) => `${first}-${last}`).join(','),
    keys: `sha256:${hash.digest('hex')}`
  }
}

interface Deletion {
  readonly place: bigint
  /** bodies of entries younger than this were kept */
  readonly before: number
  readonly keys: string
  readonly hash: Hash
}

interface Span {
  readonly first: bigint
  readonly last: bigint
  readonly by: Deletion
}

const RANGES = /^\d{1,18}-\d{1,18}(?:,\d{1,18}-\d{1,18})*$/

/** The spans of a deletion, or null when it does not add up. `place`: that of its entry. */
function spansOf(entry: KeepingEntry, place: bigint): Span[] | null {
  const told = said(entry)
  const [ranges, years, at] = [textOf(told['ranges']), told['years'], textOf(told['at'])]
  if (ranges === null || !RANGES.test(ranges) || typeof years !== 'number' || years < KEPT_YEARS || at === null) return null
  const by = { place, before: yearsBefore(new Date(at), years), keys: String(told['keys']), hash: createHash('sha256') }
  const spans = ranges.split(',').map((range) => {
    const [first = 0n, last = 0n] = range.split('-').map(BigInt)
    return { first, last, by }
  })
  const entries = spans.reduce((sum, { first, last }) => sum + (last - first + 1n), 0n)
  return String(entries) === String(told['entries']) && spans.every(({ first, last }) => first <= last && last < place) ? spans : null
}

/** Of an entry that is verified beside: `key` where its body is gone, `statement` where its kind is one of KEEPING; null otherwise. */
export interface JudgedEntry {
  readonly index: bigint
  readonly at: number
  readonly kind: string
  readonly key: string | null
  readonly statement: string | null
}

export function judgedEntry(row: StoredEntry): JudgedEntry {
  const { index, at, kind, body } = row
  const statement = body !== null && KEEPING.includes(kind) ? statementIn(body) : null
  return { index, at, kind, key: body === null ? keyIn(row) : null, statement }
}

/** Judges what is gone, entry by entry in the order of the log. */
export interface ExpiryJudge {
  /** The fault of an entry, or null. */
  take(row: JudgedEntry): LogFault | null
  /** What is only known at the end. */
  end(): LogFault | null
}

/** `entries`: those of KEEPING as they stand in the log; it is found out whether they are all. `now`: nothing younger than six years may be gone. */
export function judgeExpiry(entries: readonly KeepingEntry[], now: Date): ExpiryJudge {
  const law = expiryBefore(now)
  const holds = [...holdsOf(entries).values()]
  const told = entries.flatMap((entry, n) =>
    said(entry)['kind'] === 'bodies-expired' ? [{ entry, spans: spansOf(entry, entry.index ?? WAITING + BigInt(n)) }] : []
  )
  const spans = told.flatMap((deletion) => deletion.spans ?? []).sort((a, b) => (a.first < b.first ? -1 : 1))
  const known = new Map(entries.map(({ index, statement }) => [index, statement]))
  const course = { span: 0, youngest: Number.NEGATIVE_INFINITY, back: null as LogFault | null }

  const spanAt = (index: bigint): Span | null => {
    while ((spans[course.span]?.last ?? index) < index) course.span += 1
    const span = spans[course.span]
    return span !== undefined && span.first <= index ? span : null
  }
  const rightly = ({ at, kind }: JudgedEntry, span: Span | null): boolean =>
    span !== null &&
    !KEEPING.includes(kind) &&
    course.youngest < Math.min(span.by.before, law) &&
    !holds.some((hold) => stoodOver(hold, at, span.by.place))
  return {
    take(row) {
      const { index, at, key, statement } = row
      const found = (fault: LogFaultName): LogFault => ({ table: 'log_body', index: String(index), fault })
      if (at < course.youngest - DAY) course.back ??= { table: 'log_entry', index: String(index), fault: 'back-dated' }
      course.youngest = Math.max(course.youngest, at)
      const span = spanAt(index)
      if (key === null && span !== null) return found('stray')
      if (key !== null && !rightly(row, span)) return found('missing')
      if (key !== null) span?.by.hash.update(lineOf(index, key))
      // one that was not asked for by its kind would have been read past
      return statement !== null && known.get(index) !== statement ? found('expiry') : null
    },
    end() {
      const odd = told.find(({ spans: of }) => of?.[0] === undefined || !hashesTo(of[0].by))
      return odd === undefined ? course.back : { table: 'log_body', index: String(odd.entry.index ?? '-'), fault: 'expiry' }
    }
  }
}

function hashesTo({ hash, keys }: Deletion): boolean {
  return `sha256:${hash.digest('hex')}` === keys
}

/** Did the hold stand over an entry of this moment when the deletion at `place` was logged? */
function stoodOver({ first, last, from, until }: LoggedHold, at: number, place: bigint): boolean {
  if (place < from || (until !== null && place > until)) return false
  return (first === null || at >= microsecondsOf(first)) && (last === null || at <= microsecondsOf(last))
}
