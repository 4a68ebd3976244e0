/**
 * The Merkle tree of RFC 6962 §2.1: how leaves and nodes are hashed, and how a tree grows. Decides the root of a log of any
 * size (64-bit sizes, so bigint). A growing log is held as a compact range: the roots of its perfect subtrees, largest first.
 * Refuses a range whose hashes do not fit its size.
 */
import { sha256 } from '../digest.ts'

export const HASH_BYTES = 32

/** A perfect subtree: the 2^level leaves from index × 2^level on. Its hash never changes once those leaves are there. */
export interface NodeId {
  readonly level: number
  readonly index: bigint
}

export interface LogNode extends NodeId {
  readonly hash: Buffer
}

/** A tree in as few hashes as can be: one for each bit set in `size`. */
export interface CompactRange {
  readonly size: bigint
  readonly hashes: readonly Buffer[]
}

/** The root of the tree of no leaves: SHA-256 of nothing (RFC 6962 §2.1). Returns a new Buffer. */
export function emptyRoot(): Buffer {
  return sha256('')
}

/** SHA-256(0x00 ‖ entry): the prefix keeps a leaf from passing as a node (RFC 6962 §2.1). */
export function leafHash(entry: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(entry.length + 1)
  bytes[0] = 0
  bytes.set(entry, 1)
  return sha256(bytes)
}

/** SHA-256(0x01 ‖ left ‖ right), both of 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(65)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 33)
  return sha256(bytes)
}

/** The perfect subtrees that a tree of `size` leaves consists of, largest first: what to read to go on appending. */
export function rangeNodes(size: bigint): NodeId[] {
  return spanNodes(0n, size)
}

/** The perfect subtrees that cover leaves [start, end), left to right. `start` must be a multiple of the largest power of two ≤ end − start. */
export function spanNodes(start: bigint, end: bigint): NodeId[] {
  const nodes: NodeId[] = []
  let at = start
  while (at < end) {
    const level = (end - at).toString(2).length - 1
    nodes.push({ level, index: at >> BigInt(level) })
    at += 1n << BigInt(level)
  }
  return nodes
}

/** A range again, from a size and the hashes of rangeNodes(size). Throws RangeError when they do not fit. */
export function rangeFrom(size: bigint, hashes: readonly Buffer[]): CompactRange {
  if (size < 0n || hashes.length !== rangeNodes(size).length || hashes.some((hash) => hash.length !== HASH_BYTES)) {
    throw new RangeError('the hashes do not fit the size of the tree')
  }
  return { size, hashes }
}

/** Hashes that lie one behind the other, apart again; a last one that is cut short stays short, so that it fits nothing. */
export function hashesIn(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / HASH_BYTES) }, (_, n) => bytes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES))
}

/** How two neighbouring subtrees become the one at `node`. */
export type Join = (left: Buffer, right: Buffer, node: NodeId) => Buffer

/**
 * A tree with leaves added, and every perfect subtree that became complete by it (the leaves among them, level 0), in order of completion. `join` may answer
 * with a hash that it has found to be nodeHash's.
 */
export function appendLeaves(
  range: CompactRange,
  leaves: readonly Buffer[],
  join: Join = nodeHash
): { readonly range: CompactRange; readonly nodes: readonly LogNode[] } {
  const hashes = [...range.hashes]
  const nodes: LogNode[] = []
  let size = range.size
  for (const leaf of leaves) {
    let node: LogNode = { level: 0, index: size, hash: leaf }
    nodes.push(node)
    // Each trailing one bit of the size is a subtree as large as the one just completed: join them.
    while (node.index & 1n) {
      const left = hashes.pop()
      if (left === undefined) throw new RangeError('the hashes do not fit the size of the tree')
      const above = { level: node.level + 1, index: node.index >> 1n }
      node = { ...above, hash: join(left, node.hash, above) }
      nodes.push(node)
    }
    hashes.push(node.hash)
    size += 1n
  }
  return { range: { size, hashes }, nodes }
}

/** The root of a tree held as a range. */
export function rootOf(range: CompactRange): Buffer {
  return range.hashes.length === 0 ? emptyRoot() : joinSpan(range.hashes)
}

/** One hash of the neighbouring perfect subtrees of a span, left to right: the ragged right edge is joined from the right. */
export function joinSpan(hashes: readonly Buffer[]): Buffer {
  const last = hashes.at(-1)
  if (last === undefined) throw new RangeError('a span has at least one node')
  let joined = last
  for (let at = hashes.length - 2; at >= 0; at--) joined = nodeHash(hashes[at] as Buffer, joined) // in bounds by the loop
  return joined
}
