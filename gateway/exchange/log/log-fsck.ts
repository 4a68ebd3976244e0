/**
 * The whole log, verified from its leaves: every leaf hash, node, root and signature is made again, and what entries say is held against what they commit to,
 * and the rows of subjects against the entries of their datasets.
 * Streamed in chunks, the next one read while this one is hashed, so memory does not grow with the log. Decides nothing by itself: it names faults, and goes on
 * behind them as far as it can. The log may grow meanwhile: what was there at the start is verified.
 */
import { IntegrityError } from '../../core/errors.ts'
import type { Checkpoint } from '../../core/log/checkpoint.ts'
import { type ExpiryJudge, holdFault, type JudgedEntry, judgedEntry, judgeExpiry } from '../../core/log/expiry.ts'
import { checkpointFault, entryFault, entryIn, expiryBefore, type LogFault, type LogTable, verifyingJoin } from '../../core/log/fsck.ts'
import { appendLeaves, type CompactRange, HASH_BYTES, leafHash, rangeFrom, rootOf } from '../../core/log/merkle.ts'
import { openCheckpoint, ownVerifiers } from '../../seal/receipt.ts'
import { guardFault } from '../../store/guards.ts'
import { type KeptNote, newestKept } from '../../store/kept-checkpoints.ts'
import { type CheckpointRow, checkpointOfSize, type HeadRow, probeEntries, readHead } from '../../store/log.ts'
import { readKeeping } from '../../store/log-bodies.ts'
import { readCheckpoints, readEntries, readNodes, strayRows } from '../../store/log-rows.ts'
import { subjectFaults } from '../accounting/subject-faults.ts'
import type { Rooms } from '../house.ts'

export interface FsckReport {
  /** entries that were there at the start, and how many of them are what they should be */
  readonly size: bigint
  readonly verified: bigint
  /** entries of which what they said is gone, after six years */
  readonly expired: bigint
  readonly checkpoints: number
  /** of the tree of `size`, base64; of what stands before an entry that is not there */
  readonly root: string
  /** the first of `faults` */
  readonly fault: LogFault | null
  /** in the order they were found, 20 at most */
  readonly faults: readonly LogFault[]
}

export interface FsckOptions {
  readonly now: Date
  readonly progress?: (verified: bigint, size: bigint) => void
  /** waited for after each chunk: whoever has other work leaves room for it */
  readonly breathe?: () => Promise<void>
}

const CHUNK = 2048n
const AHEAD = 2n
const FAULTS = 20

type Verified = { readonly fault: LogFault } | { readonly fault: null; readonly judged: JudgedEntry }

interface Chunk {
  readonly first: bigint
  readonly end: bigint
  /** of the entries; null where one of them is not there */
  readonly leaves: readonly Buffer[] | null
  readonly entries: readonly Verified[]
  /** those that are complete with it, by level */
  readonly nodes: ReadonlyMap<number, readonly Buffer[]>
  readonly checkpoints: readonly CheckpointRow[]
}

/** Entries are verified as they arrive: none is kept, but its hash, and what is judged in the order of the log. One that cannot be read has the hash that is stored. */
async function verifiedEntries({ pool }: Rooms, first: bigint, end: bigint, expiry: number): Promise<Pick<Chunk, 'leaves' | 'entries'>> {
  const leaves: Buffer[] = []
  const entries: Verified[] = []
  const seen = { next: first }
  const reach = (index: bigint): void => {
    if (index !== seen.next) entries.push({ fault: { table: 'log_entry', index: String(seen.next), fault: 'missing' } })
    seen.next = index
  }
  await readEntries(pool, first, end, (row) => {
    reach(row.index)
    seen.next += 1n
    const fault = entryFault(row, row.index, expiry)
    entries.push(fault === null ? { fault, judged: judgedEntry(row) } : { fault })
    leaves.push(row.leafHash.length === HASH_BYTES ? Buffer.from(row.leafHash) : leafHash(entryIn(row)))
  })
  reach(end)
  return { leaves: leaves.length === Number(end - first) ? leaves : null, entries }
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
  readonly faults: LogFault[]
  tree: CompactRange
  verified: bigint
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

/** Grows the tree by the chunk's leaves, stopping at each checkpoint to compare its root. Behind an entry that is not there, there is no tree. */
function growTree(passage: Passage, chunk: Chunk): void {
  const { leaves } = chunk
  if (leaves === null || passage.tree.size !== chunk.first) return
  const { faults } = passage
  const join = verifyingJoin(chunk.nodes, chunk.first, faults)
  const grow = (to: bigint): void => {
    const [from, until] = [passage.tree.size, to].map((size) => Number(size - chunk.first))
    passage.tree = appendLeaves(passage.tree, leaves.slice(from, until), join).range
  }
  for (const { row, table, opened } of signedIn(passage, chunk)) {
    grow(row.size)
    add(faults, checkpointFault(row, opened, rootOf(passage.tree), table))
    passage.checkpoints += 1
  }
  grow(chunk.end)
}

/** Of a log that was altered throughout, no more than so many are told of. */
function add(faults: LogFault[], fault: LogFault | null): void {
  if (fault !== null) faults.push(fault)
  faults.length = Math.min(faults.length, FAULTS)
}

async function findHead({ pool }: Rooms): Promise<HeadRow | null> {
  try {
    return await readHead(pool)
  } catch (error) {
    if (error instanceof IntegrityError) return null
    throw error
  }
}

function headFault(head: HeadRow | null, { size, hashes }: CompactRange): LogFault | null {
  if (head === null) return { table: 'log_head', index: '-', fault: 'missing' }
  return head.size !== size || Buffer.concat(hashes).equals(head.range)
    ? null
    : { table: 'log_head', index: String(head.size), fault: 'root' }
}

/** A kept checkpoint that cannot be opened is a fault before the first entry. */
async function readKept({ folder, ring }: Rooms, open: Passage['open']): Promise<KeptCheckpoint | LogFault | null> {
  const newest = await newestKept(folder, ring.log.current.origin)
  if (newest === null) return null
  const opened = open(newest.note)
  return opened === null ? { table: 'kept-checkpoint', index: '-', fault: 'signature' } : { ...opened, told: newest.told }
}

function opener({ ring }: Rooms): Passage['open'] {
  const verifiers = ownVerifiers(ring)
  return (note) => {
    try {
      return openCheckpoint(note, verifiers)
    } catch {
      return null
    }
  }
}

/** Verifies the log. Resolves with its faults, or none; rejects only when the database cannot be read. */
export async function fsck(rooms: Rooms, options: FsckOptions): Promise<FsckReport> {
  const before = await readKeeping(rooms.pool)
  const report = await verify(rooms, options, before)
  if (!report.faults.some(({ table, fault }) => table === 'log_body' && fault === 'missing')) return report
  // bodies that were deleted meanwhile are told of by an entry that was not there yet
  const after = await readKeeping(rooms.pool)
  return after.entries.length === before.entries.length ? report : verify(rooms, options, after)
}

type Keeping = Awaited<ReturnType<typeof readKeeping>>

async function verify(rooms: Rooms, options: FsckOptions, { entries, holds }: Keeping): Promise<FsckReport> {
  const open = opener(rooms)
  const kept = await readKept(rooms, open)
  const head = await findHead(rooms)
  const size = head?.size ?? (await probeEntries(rooms.pool, 0n, 0)).next
  const broken = kept !== null && 'fault' in kept
  const passage: Passage = {
    expiry: expiryBefore(options.now),
    judge: judgeExpiry(entries, options.now),
    open,
    kept: broken ? null : kept,
    faults: broken ? [kept] : [],
    tree: rangeFrom(0n, []),
    verified: 0n,
    expired: 0n,
    checkpoints: 0
  }
  const { faults } = passage
  await walk(rooms, options, passage, size)
  await judgeEnd(rooms, passage, head)
  add(faults, holdFault(holds, entries))
  add(faults, passage.judge.end())
  await judgeSubjects(rooms, options, faults)
  add(faults, await guardFault(rooms.pool))
  const { tree, verified, expired, checkpoints } = passage
  return { size, verified, expired, checkpoints, root: rootOf(tree).toString('base64'), fault: faults[0] ?? null, faults }
}

/** Chunks are read ahead of the one that is looked at, each on connections of its own. */
async function walk(rooms: Rooms, options: FsckOptions, passage: Passage, size: bigint): Promise<void> {
  const coming: Promise<Chunk | null>[] = []
  const begin = (first: bigint): void => {
    const chunk = readChunk(rooms, first, size, passage.expiry)
    chunk.catch(() => undefined) // awaited in its turn, or left behind with the one that could not be read
    coming.push(chunk)
  }
  for (let ahead = 0n; ahead < AHEAD; ahead++) begin(ahead * CHUNK)
  for (let chunk = await coming.shift(); chunk !== null && chunk !== undefined; chunk = await coming.shift()) {
    begin(chunk.first + AHEAD * CHUNK)
    for (const entry of chunk.entries) judgeEntry(passage, entry)
    growTree(passage, chunk)
    options.progress?.(chunk.end, size)
    await options.breathe?.()
  }
}

function judgeEntry(passage: Passage, entry: Verified): void {
  const fault = entry.fault ?? passage.judge.take(entry.judged)
  add(passage.faults, fault)
  if (fault !== null) return
  passage.verified += 1n
  if (entry.fault === null && entry.judged.key !== null) passage.expired += 1n
}

/** What is signed and kept in the folder cannot be beyond the log, and has its row: a row that is gone is not signed anew in silence. */
async function judgeEnd({ pool }: Rooms, { faults, kept, tree }: Passage, head: HeadRow | null): Promise<void> {
  add(faults, headFault(head, tree))
  if (kept !== null && head !== null && kept.size > head.size)
    add(faults, { table: 'kept-checkpoint', index: String(kept.size), fault: 'beyond' })
  for (const { table, index } of await strayRows(pool)) add(faults, { table: table as LogTable, index, fault: 'stray' }) // the statement names tables
  if (kept?.told === 'yes' && (await checkpointOfSize(pool, kept.size)) === null)
    add(faults, { table: 'checkpoint', index: String(kept.size), fault: 'missing' })
}

async function judgeSubjects(rooms: Rooms, { now, breathe }: FsckOptions, faults: LogFault[]): Promise<void> {
  for await (const { dataset, where } of subjectFaults(rooms, { now, ...(breathe === undefined ? {} : { breathe }) })) {
    add(faults, { table: 'subject_row', index: dataset === '' ? Object.values(where).join(' ') : dataset, fault: 'subjects' })
    if (faults.length === FAULTS) return
  }
}
