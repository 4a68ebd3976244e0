/**
 * What each row of the log must be, from the leaves up. Decides whether an entry, what it says, a run of nodes and a checkpoint are what the leaves make them,
 * and names the first that is not. Trusts no stored hash. Whether a body that is gone may be gone is expiry.ts.
 */
import { type Json, sha256Hex } from '../digest.ts'
import type { Checkpoint } from './checkpoint.ts'
import { datasetOf, fitsKey, fitsLeaf, isKind, partiesOf } from './kinds.ts'
import { parseLeaf, SALT_BYTES } from './leaf.ts'
import { type Join, nodeHash } from './merkle.ts'

/** Everything that can be found wrong, by a stable name. */
export const LOG_FAULTS = {
  'missing': 'The row is not there.',
  'stray': 'The row has no place in the log.',
  'leaf': 'The entry is not a leaf.',
  'leaf-hash': 'The leaf hash is not that of the entry.',
  'kind': 'The kind is not the one that the leaf or the statement names.',
  'moment': 'The moment is not the one that the leaf names.',
  'commitment': 'What the entry says is not what its leaf commits to.',
  'key': 'The key is not the one that the salt was made with, or is that of another kind.',
  'parties': 'The parties are not those that the statement names.',
  'dataset': 'The dataset is not the one that the statement names.',
  'node-hash': 'The hash is not that of the leaves below.',
  'signature': 'The note is not a checkpoint signed by a key of this log.',
  'size': 'The size is not the one that was signed.',
  'root': 'The root is not that of the leaves.',
  'beyond': 'The log is shorter than it says.',
  'expiry': 'What was deleted is not what the entry of its deletion counts.',
  'hold': 'The legal hold is not the one that its entries tell of.',
  'back-dated': 'The moment is more than a day before that of an earlier entry.',
  'guard': 'What keeps the log from changes is not what the migrations made.',
  'subjects':
    'The rows of the subjects, or the policies and registers beside them, are not those that entries commit to; sallyport accounting check names each.'
} as const

/** What an error about a log that does not fit says beside. */
export const ON_MISFIT = { read: 'gateway/README.md, "A log that does not fit its checkpoint"' } as const

export type LogFaultName = keyof typeof LOG_FAULTS
export type LogTable =
  | 'log_entry'
  | 'log_body'
  | 'log_node'
  | 'log_head'
  | 'checkpoint'
  | 'kept-checkpoint'
  | 'legal_hold'
  | 'event_feed'
  | 'guard'
  | 'subject_row'

export interface LogFault {
  readonly table: LogTable
  /** index of the row; of a node level/index, of a checkpoint its size, of a hold, a feed or a guard its name, of subjects their dataset */
  readonly index: string
  readonly fault: LogFaultName
}

export interface StoredBody {
  /** microseconds since 2000-01-01T00:00:00Z, as PostgreSQL counts */
  readonly at: number
  readonly disclosure: string | null
  /** a JSON array */
  readonly parties: string
  /** the seed of 32 bytes and the key of the entry; empty when the seed has another length, null where there is none: neither is ever right */
  readonly keyed: Buffer | null
  /** the salt of 32 bytes, and behind it the statement: canonical JSON, UTF-8; empty when the salt has another length */
  readonly salted: Buffer
}

export function entryIn({ leaf }: StoredEntry): Buffer {
  return leaf.subarray(1)
}

export function saltIn({ salted }: StoredBody): Buffer {
  return salted.subarray(0, SALT_BYTES)
}

export function statementIn({ salted }: StoredBody): string {
  return salted.toString('utf8', SALT_BYTES)
}

export function keyIn({ key, body }: StoredEntry): string {
  return body === null ? (key ?? '') : (body.keyed?.toString('utf8', SALT_BYTES) ?? '')
}

export interface StoredEntry {
  readonly index: bigint
  readonly at: number
  readonly kind: string
  /** 0x00 and the bytes of the entry: what its hash is of */
  readonly leaf: Buffer
  readonly leafHash: Buffer
  /** read where the body is gone and its deletion is judged */
  readonly key?: string
  /** null: gone */
  readonly body: StoredBody | null
}

const MILLENNIUM_MS = Date.UTC(2000, 0, 1)

/** Microseconds, as PostgreSQL counts. */
export function microsecondsOf(at: string): number {
  return (Date.parse(at) - MILLENNIUM_MS) * 1000
}

/** The moment that lies so many years before, as PostgreSQL counts. */
export function yearsBefore(at: Date, years: number): number {
  const moment = new Date(at)
  moment.setUTCFullYear(moment.getUTCFullYear() - years)
  return (moment.getTime() - MILLENNIUM_MS) * 1000
}

/** 45 CFR 164.316(b)(2): six years. */
export const KEPT_YEARS = 6

/** The moment before which bodies may be gone by law. */
export function expiryBefore(now: Date): number {
  return yearsBefore(now, KEPT_YEARS)
}

/** What is wrong with an entry and what it says, or null. `expected`: its index; `expiry`: bodies of older entries may be gone; without it any. */
export function entryFault(row: StoredEntry, expected: bigint, expiry = Number.POSITIVE_INFINITY): LogFault | null {
  const found = (table: LogTable, fault: LogFaultName): LogFault => ({ table, index: String(expected), fault })
  if (row.index !== expected) return found('log_entry', 'missing')
  if (sha256Hex(row.leaf) !== row.leafHash.toString('hex')) return found('log_entry', 'leaf-hash')
  const leaf = parseLeaf(entryIn(row))
  if (leaf === null) return found('log_entry', 'leaf')
  if (!fitsLeaf(leaf.kind, row.kind)) return found('log_entry', 'kind')
  if (microsecondsOf(leaf.at) !== row.at) return found('log_entry', 'moment')
  if (row.body === null && row.at >= expiry) return found('log_body', 'missing')
  const said = row.body === null ? null : bodyFault(row.body, leaf.commitment, row)
  if (said !== null) return found(said === 'key' || said === 'kind' ? 'log_entry' : 'log_body', said)
  return fitsKey(keyIn(row), row.kind) ? null : found('log_entry', 'key')
}

/**
 * Joins as nodeHash does, by stored nodes (level → hash by place in the run that begins at `first`): those that are not what they should be go to `faults`.
 * What was found right is used as it is, so that no hash is kept twice.
 */
export function verifyingJoin(stored: ReadonlyMap<number, readonly (Buffer | undefined)[]>, first: bigint, faults: LogFault[]): Join {
  const bytes = Buffer.alloc(65, 1)
  return (left, right, { level, index }) => {
    const kept = stored.get(level)?.[Number(index - (first >> BigInt(level)))]
    bytes.set(left, 1)
    bytes.set(right, 33)
    if (kept !== undefined && kept.toString('hex') === sha256Hex(bytes)) return kept
    faults.push({ table: 'log_node', index: `${level}/${index}`, fault: kept === undefined ? 'missing' : 'node-hash' })
    return nodeHash(left, right)
  }
}

/** The members of a statement as text; none where it is not JSON of an object: whoever may write to the outbox can have committed to anything. */
export function membersIn(text: string): { readonly [member: string]: Json } {
  try {
    const found = JSON.parse(text) as Json // what JSON.parse gives
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as { readonly [member: string]: Json }) : {} // as asked
  } catch {
    return {}
  }
}

function bodyFault(body: StoredBody, commitment: string, { at, kind }: StoredEntry): LogFaultName | null {
  if (body.at !== at) return 'moment'
  if (body.salted.length === 0 || `sha256:${sha256Hex(body.salted)}` !== commitment) return 'commitment'
  if (body.keyed === null || sha256Hex(body.keyed) !== saltIn(body).toString('hex')) return 'key'
  const statement = membersIn(statementIn(body))
  if (statement['kind'] !== kind) return 'kind'
  // who may read a kind of a newer program is not known here
  if (isKind(kind) && body.parties !== JSON.stringify(partiesOf(statement))) return 'parties'
  return body.disclosure === datasetOf(statement) ? null : 'dataset'
}

/** What is wrong with a checkpoint that was opened (null: it could not be), against its row and the root of the leaves; or null. */
export function checkpointFault(
  row: { readonly size: bigint; readonly root: Buffer },
  signed: Checkpoint | null,
  root: Buffer,
  table: 'checkpoint' | 'kept-checkpoint'
): LogFault | null {
  const index = String(row.size)
  if (signed === null) return { table, index, fault: 'signature' }
  if (signed.size !== row.size) return { table, index, fault: 'size' }
  return signed.root.equals(root) && row.root.equals(root) ? null : { table, index, fault: 'root' }
}
