/**
 * The whole log, verified from its leaves: every leaf hash, node, root and signature is made again, and what entries say is held against what they commit to,
 * and the rows of subjects against the entries of their datasets.
 * Streamed in chunks, the next one read while this one is hashed, so memory does not grow with the log. Decides nothing by itself: it ends at the first fault
 * and names it. The log may grow meanwhile: what was there at the start is verified.
 */
import type { Checkpoint } from '../core/log/checkpoint.ts'
import { checkpointFault, entryFault, expiryBefore, type LogFault, type LogTable, verifyingJoin } from '../core/log/fsck.ts'
import { appendLeaves, type CompactRange, rangeFrom, rootOf } from '../core/log/merkle.ts'
import { logVerifiers, openCheckpoint } from '../seal/receipt.ts'
import { newestKept } from '../store/kept-checkpoints.ts'
import { type CheckpointRow, type HeadRow, readHead } from '../store/log.ts'
import { readCheckpoints, readEntries, readNodes, strayRows } from '../store/log-rows.ts'
import type { Rooms } from './house.ts'
import { subjectFaults } from './subject-faults.ts'

export interface FsckReport {
  /** entries that were there at the start, and how many of them were verified */
  readonly size: bigint
  readonly verified: bigint
  /** entries of which what they said is gone, after six years */
  readonly expired: bigint
  readonly checkpoints: number
  /** of the tree of `size`, base64; of what was verified, where a fault was found */
  readonly root: string
  readonly fault: LogFault | null
}

export interface FsckOptions {
  readonly now: Date
  readonly progress?: (verified: bigint, size: bigint) => void
  /** waited for after each chunk: whoever has other work leaves room for it */
  readonly breathe?: () => Promise<void>
}

const CHUNK = 2048n
const AHEAD = 2n

interface Chunk {
  readonly first: bigint
  readonly end: bigint
  /** of the entries, up to the first fault among them */
  readonly leaves: readonly Buffer[]
  readonly expired: bigint
  readonly fault: LogFault | null
  /** those that are complete with it, by level */
  readonly nodes: ReadonlyMap<number, readonly Buffer[]>
  readonly checkpoints: readonly CheckpointRow[]
}

/** Entries are verified as they arrive: none is kept, but its hash. */
async function verifiedEntries(
  { pool }: Rooms,
  first: bigint,
  end: bigint,
  expiry: number
): Promise<Pick<Chunk, 'leaves' | 'expired' | 'fault'>> {
  const leaves: Buffer[] = []
  const seen: { expired: bigint; fault: LogFault | null } = { expired: 0n, fault: null }
  await readEntries(pool, first, end, (row) => {
    if (seen.fault !== null) return
    seen.fault = entryFault(row, first + BigInt(leaves.length), expiry)
    if (seen.fault !== null) return
    if (row.body === null) seen.expired += 1n
    leaves.push(Buffer.from(row.leafHash))
  })
  const next = first + BigInt(leaves.length)
  const fault = seen.fault ?? (next === end ? null : ({ table: 'log_entry', index: String(next), fault: 'missing' } as const))
  return { leaves, expired: seen.expired, fault }
}

async function readChunk(rooms: Rooms, first: bigint, size: bigint, expiry: number): Promise<Chunk | null> {
  const { pool } = rooms
  const end = first + CHUNK < size ? first + CHUNK : size
  if (first >= end) return null
  const [entries, nodes, checkpoints] = await Promise.all([
    verifiedEntries(rooms, first, end, expiry),
    readNodes(pool, first, end),
    readCheckpoints(pool, first, end)
  ])
  return { first, end, ...entries, nodes, checkpoints }
}

/** What a run over the log carries from chunk to chunk. */
interface Passage {
  readonly expiry: number
  readonly open: (note: string) => Checkpoint | null
  readonly kept: Checkpoint | null
  tree: CompactRange
  expired: bigint
  checkpoints: number
}

interface Signed {
  readonly row: { readonly size: bigint; readonly root: Buffer }
  readonly opened: Checkpoint | null
  readonly table: 'checkpoint' | 'kept-checkpoint'
}

function signedIn({ open, kept }: Passage, { first, end, checkpoints }: Chunk): Signed[] {
  const signed: Signed[] = checkpoints.map((row) => ({ row, table: 'checkpoint', opened: open(row.note) }))
  if (kept !== null && kept.size > first && kept.size <= end) signed.push({ row: kept, table: 'kept-checkpoint', opened: kept })
  return signed.sort((a, b) => (a.row.size < b.row.size ? -1 : 1))
}

/** Grows the tree by the chunk's leaves, stopping at each checkpoint to compare its root. */
function treeFault(passage: Passage, chunk: Chunk): LogFault | null {
  const faults: LogFault[] = []
  const join = verifyingJoin(chunk.nodes, chunk.first, faults)
  const grow = (to: bigint): void => {
    const [from, until] = [passage.tree.size, to].map((size) => Number(size - chunk.first))
    passage.tree = appendLeaves(passage.tree, chunk.leaves.slice(from, until), join).range
  }
  for (const { row, table, opened } of signedIn(passage, chunk)) {
    grow(row.size)
    const fault = checkpointFault(row, opened, rootOf(passage.tree), table)
    if (fault !== null) faults.push(fault)
    passage.checkpoints += 1
  }
  grow(chunk.end)
  return faults[0] ?? null
}

function headFault(head: HeadRow, tree: CompactRange): LogFault | null {
  return Buffer.concat(tree.hashes).equals(head.range) ? null : { table: 'log_head', index: String(head.size), fault: 'root' }
}

async function strayFault({ pool }: Rooms): Promise<LogFault | null> {
  const [row] = await strayRows(pool)
  return row === undefined ? null : { table: row.table as LogTable, index: row.index, fault: 'stray' } // the statement names tables
}

/** A kept checkpoint that cannot be opened is a fault before the first entry. */
async function readKept({ folder, ring }: Rooms, open: Passage['open']): Promise<Checkpoint | LogFault | null> {
  const note = await newestKept(folder, ring.log.current.origin)
  return note === null ? null : (open(note) ?? { table: 'kept-checkpoint', index: '-', fault: 'signature' })
}

function opener({ ring }: Rooms): Passage['open'] {
  const verifiers = logVerifiers([ring.log.current, ...ring.log.retired].map(({ vkey }) => vkey))
  return (note) => {
    try {
      return openCheckpoint(note, verifiers)
    } catch {
      return null
    }
  }
}

/** Verifies the log. Resolves with the first fault, or none; rejects only when the database cannot be read. */
export async function fsck(rooms: Rooms, options: FsckOptions): Promise<FsckReport> {
  const open = opener(rooms)
  const kept = await readKept(rooms, open)
  const head = await readHead(rooms.pool)
  const broken = kept !== null && 'fault' in kept ? kept : null
  const passage: Passage = {
    expiry: expiryBefore(options.now),
    open,
    kept: kept !== null && 'fault' in kept ? null : kept,
    tree: rangeFrom(0n, []),
    expired: 0n,
    checkpoints: 0
  }
  const fault =
    broken ?? (await walk(rooms, options, passage, head)) ?? (await endFault(rooms, passage, head)) ?? (await subjectFault(rooms, options))
  const { tree, expired, checkpoints } = passage
  return { size: head.size, verified: tree.size, expired, checkpoints, root: rootOf(tree).toString('base64'), fault }
}

/** Chunks are read ahead of the one that is looked at, each on connections of its own. */
async function walk(rooms: Rooms, options: FsckOptions, passage: Passage, head: HeadRow): Promise<LogFault | null> {
  const coming: Promise<Chunk | null>[] = []
  const begin = (first: bigint): void => {
    const chunk = readChunk(rooms, first, head.size, passage.expiry)
    chunk.catch(() => undefined) // awaited in its turn, or left behind with the fault that ends the walk
    coming.push(chunk)
  }
  for (let ahead = 0n; ahead < AHEAD; ahead++) begin(ahead * CHUNK)
  for (let chunk = await coming.shift(); chunk !== null && chunk !== undefined; chunk = await coming.shift()) {
    begin(chunk.first + AHEAD * CHUNK)
    const fault = chunk.fault ?? treeFault(passage, chunk)
    if (fault !== null) return fault
    passage.expired += chunk.expired
    options.progress?.(passage.tree.size, head.size)
    await options.breathe?.()
  }
  return null
}

async function endFault(rooms: Rooms, { tree, kept }: Passage, head: HeadRow): Promise<LogFault | null> {
  const beyond =
    kept !== null && kept.size > head.size ? ({ table: 'kept-checkpoint', index: String(kept.size), fault: 'beyond' } as const) : null
  return headFault(head, tree) ?? beyond ?? (await strayFault(rooms))
}

async function subjectFault(rooms: Rooms, { breathe }: FsckOptions): Promise<LogFault | null> {
  for await (const { dataset } of subjectFaults(rooms, breathe)) return { table: 'subject_row', index: dataset, fault: 'subjects' }
  return null
}
