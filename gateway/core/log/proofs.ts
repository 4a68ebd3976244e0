/**
 * Proofs over the tree of RFC 6962 §2.1.1 and §2.1.2. Decides which nodes a proof consists of, and whether a proof of
 * inclusion or of consistency holds. Refuses proofs too long, too short, of the wrong index, or of sizes that cannot be;
 * a proof from the empty tree is good only when it is empty too. Sizes are 64-bit.
 */
import { emptyRoot, joinSpan, type NodeId, nodeHash, spanNodes } from './merkle.ts'

/** A proof in the making: each step is one hash of the proof, joined from the perfect subtrees named, left to right. */
export type ProofPlan = readonly (readonly NodeId[])[]

const MAX_SIZE = 1n << 64n

/** The nodes of the inclusion proof PATH(index, D[size]), from the leaf's sibling to the root's child. Throws RangeError when index ≥ size. */
export function inclusionPlan(index: bigint, size: bigint): ProofPlan {
  if (index < 0n || index >= size || size > MAX_SIZE) throw new RangeError('there is no such leaf in a tree of this size')
  const steps: NodeId[][] = []
  let start = 0n
  let end = size
  while (end - start > 1n) {
    const middle = start + splitOf(end - start)
    if (index < middle) {
      steps.push(spanNodes(middle, end))
      end = middle
    } else {
      steps.push(spanNodes(start, middle))
      start = middle
    }
  }
  return steps.reverse()
}

/** The nodes of the consistency proof PROOF(size1, D[size2]). Empty when size1 is 0 or size2. Throws RangeError when size1 > size2. */
export function consistencyPlan(size1: bigint, size2: bigint): ProofPlan {
  if (size1 < 0n || size1 > size2 || size2 > MAX_SIZE) throw new RangeError('a tree is consistent only with one of its size or larger')
  if (size1 === 0n || size1 === size2) return []
  const steps: NodeId[][] = []
  let start = 0n
  let end = size2
  while (end !== size1) {
    const middle = start + splitOf(end - start)
    if (size1 <= middle) {
      steps.push(spanNodes(middle, end))
      end = middle
    } else {
      steps.push(spanNodes(start, middle))
      start = middle
    }
  }
  // The verifier holds the root of size1: it needs this subtree only when it is not that whole tree (RFC 6962 §2.1.2, the flag b).
  if (start !== 0n) steps.push(spanNodes(start, end))
  return steps.reverse()
}

/** The hashes of a proof, `lookup` giving the hash of each perfect subtree named. */
export function proofFrom(plan: ProofPlan, lookup: (node: NodeId) => Buffer): Buffer[] {
  return plan.map((step) => joinSpan(step.map(lookup)))
}

export interface InclusionClaim {
  readonly index: bigint
  readonly size: bigint
  readonly leaf: Buffer
  readonly proof: readonly Buffer[]
  readonly root: Buffer
}

/** Does the tree of this size and root hold this leaf hash at this index? (RFC 9162 §2.1.3.2, which spells out RFC 6962's check.) */
export function verifyInclusion(claim: InclusionClaim): boolean {
  const { index, size, leaf, proof, root } = claim
  if (index < 0n || index >= size || size > MAX_SIZE || ![leaf, root, ...proof].every(isHash)) return false
  let first = index
  let last = size - 1n
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0n) return false
    if (first & 1n || first === last) {
      hash = nodeHash(sibling, hash)
      while (!(first & 1n) && first !== 0n) [first, last] = [first >> 1n, last >> 1n]
    } else {
      hash = nodeHash(hash, sibling)
    }
    ;[first, last] = [first >> 1n, last >> 1n]
  }
  return last === 0n && hash.equals(root)
}

export interface ConsistencyClaim {
  readonly size1: bigint
  readonly size2: bigint
  readonly root1: Buffer
  readonly root2: Buffer
  readonly proof: readonly Buffer[]
}

/** Is the tree (size1, root1) a prefix of the tree (size2, root2)? (RFC 9162 §2.1.4.2.) */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { size1, size2, root1, root2, proof } = claim
  if (size1 < 0n || size1 > size2 || size2 > MAX_SIZE || ![root1, root2, ...proof].every(isHash)) return false
  if (size1 === 0n && !root1.equals(emptyRoot())) return false
  if (size1 === size2) return proof.length === 0 && root1.equals(root2)
  if (size1 === 0n) return proof.length === 0
  return foldConsistency(claim)
}

function foldConsistency({ size1, size2, root1, root2, proof }: ConsistencyClaim): boolean {
  let first = size1 - 1n
  let last = size2 - 1n
  while (first & 1n) [first, last] = [first >> 1n, last >> 1n]
  // size1 a power of two: its root is itself the first node, and the proof leaves it out.
  const nodes = first === 0n ? [root1, ...proof] : proof
  const seed = nodes[0]
  if (seed === undefined) return false
  let hash1 = seed
  let hash2 = seed
  for (const node of nodes.slice(1)) {
    if (last === 0n) return false
    if (first & 1n || first === last) {
      hash1 = nodeHash(node, hash1)
      hash2 = nodeHash(node, hash2)
      while (!(first & 1n) && first !== 0n) [first, last] = [first >> 1n, last >> 1n]
    } else {
      hash2 = nodeHash(hash2, node)
    }
    ;[first, last] = [first >> 1n, last >> 1n]
  }
  return last === 0n && hash1.equals(root1) && hash2.equals(root2)
}

/** The largest power of two smaller than n (n ≥ 2): where RFC 6962 §2.1 splits a tree. */
function splitOf(n: bigint): bigint {
  return 1n << BigInt((n - 1n).toString(2).length - 1)
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === 32
}

/** A node's name as a Map key: 'level/index'. */
export function nodeKey(node: NodeId): string {
  return `${node.level}/${node.index}`
}
