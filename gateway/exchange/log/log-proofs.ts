/**
 * Proofs made from the nodes that are stored. Decides which nodes to read; refuses to make a proof where one is missing. Whether a proof holds is
 * core/log/proofs.ts, asked again wherever it matters.
 */
import { IntegrityError } from '../../core/errors.ts'
import { entryFault, type LogFault, ON_MISFIT, type StoredEntry } from '../../core/log/fsck.ts'
import { appendLeaves, type CompactRange, type NodeId, rangeFrom, rangeNodes, rootOf } from '../../core/log/merkle.ts'
import {
  consistencyPlan,
  inclusionPlan,
  nodeKey,
  type ProofPlan,
  proofFrom,
  verifyConsistency,
  verifyInclusion
} from '../../core/log/proofs.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { openCheckpoint, ownVerifiers } from '../../seal/receipt.ts'
import { findNodes, latestCheckpoint, rehashLeaves } from '../../store/log.ts'
import { findEntries } from '../../store/log-rows.ts'
import type { Db } from '../../store/pool.ts'

/** All of them from nodes read by one statement. */
async function proofsOf(db: Db, plans: readonly ProofPlan[]): Promise<Buffer[][]> {
  const found = await findNodes(db, plans.flat(2))
  const hashes = new Map(found.map((node) => [nodeKey(node), node.hash]))
  const lookup = (node: NodeId): Buffer => {
    const hash = hashes.get(nodeKey(node))
    if (hash?.length !== 32) throw new IntegrityError('log-altered', { node: nodeKey(node) })
    return hash
  }
  return plans.map((plan) => proofFrom(plan, lookup))
}

async function proofOf(db: Db, plan: ProofPlan): Promise<Buffer[]> {
  return (await proofsOf(db, [plan]))[0] ?? []
}

/** The inclusion proofs of leaves at these indices in trees of these sizes. RangeError when there is no such leaf. */
export function proveInclusions(db: Db, leaves: readonly { readonly index: bigint; readonly size: bigint }[]): Promise<Buffer[][]> {
  return proofsOf(
    db,
    leaves.map(({ index, size }) => inclusionPlan(index, size))
  )
}

/** The proof that the tree of `from` leaves is a prefix of that of `to`. RangeError when from > to. */
export function proveConsistency(db: Db, from: bigint, to: bigint): Promise<Buffer[]> {
  return proofOf(db, consistencyPlan(from, to))
}

/** The tree of `size` leaves, from its stored subtrees. */
export async function storedRange(db: Db, size: bigint): Promise<CompactRange> {
  return rangeFrom(
    size,
    await proofOf(
      db,
      rangeNodes(size).map((node) => [node])
    )
  )
}

interface Tree {
  readonly size: bigint
  readonly root: Buffer
}

/** Refuses a log that is shorter than a tree that was signed before, or is not its continuation: proved from the stored nodes. `where` names what was signed. */
export async function requireContinuation(db: Db, signed: Tree, now: Tree, where: string): Promise<void> {
  const evidence = { [where]: String(signed.size), log: String(now.size), ...ON_MISFIT }
  if (signed.size > now.size) throw new IntegrityError('log-shorter', evidence)
  const proof = await proveConsistency(db, signed.size, now.size)
  if (!verifyConsistency({ size1: signed.size, size2: now.size, root1: signed.root, root2: now.root, proof }))
    throw new IntegrityError('log-altered', evidence)
}

/** The root of the tree that the head names. Refuses a head that the stored nodes do not bear out. */
export async function provedRoot(db: Db, head: CompactRange): Promise<Buffer> {
  const root = rootOf(head)
  if (!rootOf(await storedRange(db, head.size)).equals(root)) throw new IntegrityError('log-altered', { head: String(head.size) })
  return root
}

/** Entries hashed at a time. */
const CHUNK = 5_000

/** Refuses a log whose entries from a place on are not there, or are not those its head was made of: hashed again onto the tree before them. */
export async function requireEntries(db: Db, first: bigint, head: CompactRange): Promise<void> {
  let tree = await storedRange(db, first)
  while (tree.size < head.size) {
    const wanted = Math.min(CHUNK, Number(head.size - tree.size))
    const leaves = await rehashLeaves(db, tree.size, wanted)
    if (leaves.length !== wanted)
      throw new IntegrityError('log-altered', { entries: `${leaves.length} of ${wanted}`, from: String(tree.size) })
    tree = appendLeaves(tree, leaves).range
  }
  if (!rootOf(tree).equals(rootOf(head)))
    throw new IntegrityError('log-altered', { 'entries from': String(first), 'head': String(head.size) })
}

/** Refuses what is not as it should be, by name. */
export function refuseFault(fault: LogFault | null): void {
  if (fault !== null) throw new IntegrityError('log-altered', { ...fault, read: 'sallyport log fsck' })
}

/** These entries with what they say, each proved to be what its leaf commits to and, up to the newest checkpoint, in the tree that was signed. IntegrityError log-altered. */
export async function provedEntries(db: Db, ring: KeyRing, indices: readonly bigint[]): Promise<StoredEntry[]> {
  const found = new Map((await findEntries(db, indices)).map((row) => [row.index, row]))
  const entries = indices.map((index) => {
    const row = found.get(index)
    refuseFault(row === undefined ? { table: 'log_entry', index: String(index), fault: 'missing' } : entryFault(row, index))
    return row as StoredEntry // one that is not there was refused
  })
  const checkpoint = await latestCheckpoint(db)
  if (checkpoint === null) return entries
  const { size, root } = openCheckpoint(checkpoint.note, ownVerifiers(ring))
  const covered = entries.filter(({ index }) => index < size)
  const proofs = await proveInclusions(
    db,
    covered.map(({ index }) => ({ index, size }))
  )
  for (const [n, { index, leafHash: leaf }] of covered.entries()) {
    const holds = verifyInclusion({ index, size, leaf, proof: proofs[n] ?? [], root })
    refuseFault(holds ? null : { table: 'log_entry', index: String(index), fault: 'leaf-hash' })
  }
  return entries
}
