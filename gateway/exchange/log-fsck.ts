/**
 * The whole log, verified from its leaves: every leaf hash, node, root and signature is made again, and what entries say is held against what they commit to,
 * and the rows of subjects against the entries of their datasets.
 * Streamed in chunks, the next one read while this one is hashed, so memory does not grow with the log. Decides nothing by itself: it ends at the first fault
 * and names it. The log may grow meanwhile: what was there at the start is verified.
 */
import type { Checkpoint } from '../core/log/checkpoint.ts'
import { type ExpiryJudge, holdFault, type JudgedEntry, judgedEntry, judgeExpiry } from '../core/log/expiry.ts'
import { checkpointFault, entryFault, expiryBefore, type LogFault, type LogTable, verifyingJoin } from '../core/log/fsck.ts'
import { appendLeaves, type CompactRange, rangeFrom, rootOf } from '../core/log/merkle.ts'
import { logVerifiers, openCheckpoint } from '../seal/receipt.ts'
import { guardFault } from '../store/guards.ts'
import { type KeptNote, newestKept } from '../store/kept-checkpoints.ts'
import { type CheckpointRow, checkpointOfSize, type HeadRow, readHead } from '../store/log.ts'
import { readKeeping } from '../store/log-bodies.ts'
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
  readonly judged: readonly JudgedEntry[]
  readonly fault: LogFault | null
  /** those that are complete with it, by level */
  readonly nodes: ReadonlyMap<number, readonly Buffer[]>
  readonly checkpoints: readonly CheckpointRow[]
}

/** Entries are verified as they arrive: none is kept, but its hash, and what is judged in the order of the log. */
async function verifiedEntries(
  { pool }: Rooms,
  first: bigint,
  end: bigint,
  expiry: number
): Promise<Pick<Chunk, 'leaves' | 'judged' | 'fault'>> {
  const leaves: Buffer[] = []
  const judged: JudgedEntry[] = []
  const seen: { fault: LogFault | null } = { fault: null }
  await readEntries(pool, first, end, (row) => {
    if (seen.fault !== null) return
    seen.fault = entryFault(row, first + BigInt(leaves.length), expiry)
    if (seen.fault !== null) return
    judged.push(judgedEntry(row))
    leaves.push(Buffer.from(row.leafHash))
  })
  const next = first + BigInt(leaves.length)
  const fault = seen.fault ?? (next === end ? null : ({ table: 'log_entry', index: String(next), fault: 'missing' } as const))
  return { leaves, judged, fault }
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

interface KeptCheckpoint extends Checkpoint {
  readonly told: KeptNote['told']
}

/** What a run over the log carries from chunk to chunk. */
interface Passage {
  readonly expiry: number
  readonly judge: ExpiryJudge
  readonly open: (note: string) => Checkpoint | null
  readonly kept: KeptCheckpoint | null
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
async function readKept({ folder, ring }: Rooms, open: Passage['open']): Promise<KeptCheckpoint | LogFault | null> {
  const newest = await newestKept(folder, ring.log.current.origin)
  if (newest === null) return null
  const opened = open(newest.note)
  return opened === null ? { table: 'kept-checkpoint', index: '-', fault: 'signature' } : { ...opened, told: newest.told }
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
  const before = await readKeeping(rooms.pool)
  const report = await verify(rooms, options, before)
  if (report.fault?.table !== 'log_body' || report.fault.fault !== 'missing') return report
  // bodies that were deleted meanwhile are told of by an entry that was not there yet
  const after = await readKeeping(rooms.pool)
  return after.entries.length === before.entries.length ? report : verify(rooms, options, after)
}

type Keeping = Awaited<ReturnType<typeof readKeeping>>

async function verify(rooms: Rooms, options: FsckOptions, { entries, holds }: Keeping): Promise<FsckReport> {
  const open = opener(rooms)
  const kept = await readKept(rooms, open)
  const head = await readHead(rooms.pool)
  const broken = kept !== null && 'fault' in kept ? kept : null
  const passage: Passage = {
    expiry: expiryBefore(options.now),
    judge: judgeExpiry(entries, options.now),
    open,
    kept: kept !== null && 'fault' in kept ? null : kept,
    tree: rangeFrom(0n, []),
    expired: 0n,
    checkpoints: 0
  }
  const fault =
    broken ??
    (await walk(rooms, options, passage, head)) ??
    (await endFault(rooms, passage, head)) ??
    holdFault(holds, entries) ??
    passage.judge.end() ??
    (await subjectFault(rooms, options)) ??
    (await guardFault(rooms.pool))
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
    const fault = judgedFault(passage, chunk) ?? chunk.fault ?? treeFault(passage, chunk)
    if (fault !== null) return fault
    options.progress?.(passage.tree.size, head.size)
    await options.breathe?.()
  }
  return null
}

function judgedFault(passage: Passage, { judged }: Chunk): LogFault | null {
  for (const row of judged) {
    const fault = passage.judge.take(row)
    if (fault !== null) return fault
    if (row.key !== null) passage.expired += 1n
  }
  return null
}

/** What is signed and kept in the folder cannot be beyond the log, and has its row: a row that is gone is not signed anew in silence. */
async function endFault(rooms: Rooms, { kept, tree }: Passage, head: HeadRow): Promise<LogFault | null> {
  const beyond =
    kept !== null && kept.size > head.size ? ({ table: 'kept-checkpoint', index: String(kept.size), fault: 'beyond' } as const) : null
  const fault = headFault(head, tree) ?? beyond ?? (await strayFault(rooms))
  if (fault !== null || kept?.told !== 'yes' || (await checkpointOfSize(rooms.pool, kept.size)) !== null) return fault
  return { table: 'checkpoint', index: String(kept.size), fault: 'missing' }
}

async function subjectFault(rooms: Rooms, { now, breathe }: FsckOptions): Promise<LogFault | null> {
  for await (const { dataset, where } of subjectFaults(rooms, { now, ...(breathe === undefined ? {} : { breathe }) }))
    return { table: 'subject_row', index: dataset === '' ? Object.values(where).join(' ') : dataset, fault: 'subjects' }
  return null
}
