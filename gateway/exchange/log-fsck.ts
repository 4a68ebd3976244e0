/**
 * The whole log, verified from its leaves: every leaf hash, node, root and signature is made again, and what entries say is held against what they commit to.
 * Streamed in chunks, the next one read while this one is hashed, so memory does not grow with the log. Decides nothing by itself: it ends at the first fault
 * and names it. The log may grow meanwhile: what was there at the start is verified.
 */
import type { Checkpoint } from '../core/log/checkpoint.ts'
import { checkpointFault, entryFault, expiryBefore, type LogFault, type LogTable, type StoredEntry } from '../core/log/fsck.ts'
import { appendLeaves, type CompactRange, type LogNode, rangeFrom, rootOf } from '../core/log/merkle.ts'
import { logVerifiers, openCheckpoint } from '../seal/receipt.ts'
import { newestKept } from '../store/kept-checkpoints.ts'
import { type CheckpointRow, type HeadRow, readHead } from '../store/log.ts'
import { readCheckpoints, readEntries, readNodeHashes, readNodes, strayRows } from '../store/log-rows.ts'
import type { Rooms } from './house.ts'

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

interface Chunk {
  readonly first: bigint
  readonly end: bigint
  readonly entries: readonly StoredEntry[]
  /** hashes of the nodes that are complete with it, by level and index, one behind the other */
  readonly nodes: Buffer
  readonly checkpoints: readonly CheckpointRow[]
}

async function readChunk({ pool }: Rooms, first: bigint, size: bigint): Promise<Chunk | null> {
  const end = first + CHUNK < size ? first + CHUNK : size
  if (first >= end) return null
  const [entries, nodes, checkpoints] = await Promise.all([
    readEntries(pool, first, end),
    readNodeHashes(pool, first, end),
    readCheckpoints(pool, first, end)
  ])
  return { first, end, entries, nodes, checkpoints }
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

function entriesFault(passage: Passage, { first, end, entries }: Chunk): LogFault | null {
  let expected = first
  for (const row of entries) {
    const fault = entryFault(row, expected, passage.expiry)
    if (fault !== null) return fault
    if (row.body === null) passage.expired += 1n
    expected += 1n
  }
  return expected === end ? null : { table: 'log_entry', index: String(expected), fault: 'missing' }
}

/** By level and index: within a level they are complete in the order of their indices. */
function byLevel(made: readonly LogNode[]): LogNode[] {
  const levels: LogNode[][] = []
  for (const node of made) {
    const level = levels[node.level]
    if (level === undefined) levels[node.level] = [node]
    else level.push(node)
  }
  return levels.slice(1).flat()
}

/** A length that is wrong could make two hashes pass for two others: then, too, the rows are looked at one by one. */
async function nodesFault({ pool }: Rooms, { first, end, nodes }: Chunk, made: readonly LogNode[]): Promise<LogFault | null> {
  const expected = byLevel(made)
  if (Buffer.concat(expected.map(({ hash }) => hash)).equals(nodes)) return null
  const stored = await readNodes(pool, first, end)
  for (const [at, node] of expected.entries()) {
    const row = stored[at]
    const index = `${node.level}/${node.index}`
    if (row === undefined || row.level !== node.level || row.index !== node.index) return { table: 'log_node', index, fault: 'missing' }
    if (!row.hash.equals(node.hash)) return { table: 'log_node', index, fault: 'node-hash' }
  }
  return null
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
async function treeFault(rooms: Rooms, passage: Passage, chunk: Chunk): Promise<LogFault | null> {
  const leaves = chunk.entries.map((row) => row.leafHash) // each was found to be that of its entry
  const made: LogNode[] = []
  const grow = (to: bigint): void => {
    const grown = appendLeaves(passage.tree, leaves.slice(Number(passage.tree.size - chunk.first), Number(to - chunk.first)))
    for (const node of grown.nodes) made.push(node)
    passage.tree = grown.range
  }
  let found: LogFault | null = null
  for (const { row, table, opened } of signedIn(passage, chunk)) {
    grow(row.size)
    found ??= checkpointFault(row, opened, rootOf(passage.tree), table)
    passage.checkpoints += 1
  }
  grow(chunk.end)
  return (await nodesFault(rooms, chunk, made)) ?? found
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
  const fault = broken ?? (await walk(rooms, options, passage, head)) ?? (await endFault(rooms, passage, head))
  const { tree, expired, checkpoints } = passage
  return { size: head.size, verified: tree.size, expired, checkpoints, root: rootOf(tree).toString('base64'), fault }
}

async function walk(rooms: Rooms, options: FsckOptions, passage: Passage, head: HeadRow): Promise<LogFault | null> {
  let coming = readChunk(rooms, 0n, head.size)
  for (let chunk = await coming; chunk !== null; chunk = await coming) {
    coming = readChunk(rooms, chunk.end, head.size)
    coming.catch(() => undefined) // awaited next, or left behind with the fault that ends the walk
    const fault = entriesFault(passage, chunk) ?? (await treeFault(rooms, passage, chunk))
    if (fault !== null) return fault
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
