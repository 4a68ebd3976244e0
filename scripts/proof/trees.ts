/**
 * Random trees against a slow reference: RFC 6962 §2.1, §2.1.1 and §2.1.2 written down as they stand there, sharing no code with the gateway. Each tree is
 * proved whole: its root as it grows, an inclusion proof and a consistency proof made and checked, and both refused once altered. A seed repeats a run.
 */
import { hash } from 'node:crypto'
import { appendLeaves, type CompactRange, rangeFrom, rootOf } from '../../gateway/core/log/merkle.ts'
import { consistencyPlan, inclusionPlan, nodeKey, proofFrom, verifyConsistency, verifyInclusion } from '../../gateway/core/log/proofs.ts'

export interface TreesRun {
  readonly trees: number
  readonly leaves: number
  readonly largest: number
  readonly seconds: number
  /** trees on which the two did not agree, each as what to repeat */
  readonly faults: readonly string[]
}

const EMPTY: CompactRange = rangeFrom(0n, [])
const POOL_BYTES = 1 << 16

/** sha256 of 0x01 and two hashes. */
function joined(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.of(1), left, right]), 'buffer')
}

/** The largest power of two smaller than n. */
function split(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1))
}

/** MTH(D[from:to]) of leaf hashes (§2.1). */
function slowRoot(leaves: readonly Buffer[], from: number, to: number): Buffer {
  if (from === to) return hash('sha256', '', 'buffer')
  if (to - from === 1) return leaves[from] as Buffer // in bounds
  const middle = from + split(to - from)
  return joined(slowRoot(leaves, from, middle), slowRoot(leaves, middle, to))
}

/** PATH(m, D[from:to]) (§2.1.1), m counted from 0. */
function slowPath(m: number, leaves: readonly Buffer[], from: number, to: number): Buffer[] {
  if (to - from === 1) return []
  const middle = from + split(to - from)
  if (m < middle) return [...slowPath(m, leaves, from, middle), slowRoot(leaves, middle, to)]
  return [...slowPath(m, leaves, middle, to), slowRoot(leaves, from, middle)]
}

/** SUBPROOF(m, D[from:to], b) (§2.1.2), m counted from 0. */
function slowSubproof(m: number, leaves: readonly Buffer[], [from, to]: readonly [number, number], b: 'true' | 'false'): Buffer[] {
  if (m === to) return b === 'true' ? [] : [slowRoot(leaves, from, to)]
  const middle = from + split(to - from)
  if (m <= middle) return [...slowSubproof(m, leaves, [from, middle], b), slowRoot(leaves, middle, to)]
  return [...slowSubproof(m, leaves, [middle, to], 'false'), slowRoot(leaves, from, middle)]
}

/** xorshift32: repeatable, and good enough to choose shapes. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed | 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Mostly a handful of leaves, seldom enough for two tiles: every shape of small tree comes up thousands of times. */
function sizeFrom(random: (below: number) => number): number {
  const kind = random(2000)
  if (kind === 0) return 250 + random(270)
  return kind < 60 ? 9 + random(56) : 1 + random(8)
}

function same(one: readonly Buffer[], other: readonly Buffer[]): boolean {
  return one.length === other.length && one.every((each, at) => each.equals(other[at] as Buffer))
}

function altered(proof: readonly Buffer[], random: (below: number) => number): Buffer[] {
  const at = random(proof.length + 1)
  if (at === proof.length) return [...proof, Buffer.alloc(32, 1)]
  if (random(2) === 0) return proof.toSpliced(at, 1)
  const other = Buffer.from(proof[at] as Buffer)
  other[random(32)] = (other[0] as number) ^ 0x55 ^ (random(254) + 1)
  return other.equals(proof[at] as Buffer) ? proof.toSpliced(at, 1) : proof.with(at, other)
}

interface Tree {
  readonly leaves: readonly Buffer[]
  readonly root: Buffer
  readonly lookup: (node: { readonly level: number; readonly index: bigint }) => Buffer
}

function inclusionFault({ leaves, root, lookup }: Tree, random: (below: number) => number): string | null {
  const [size, at] = [leaves.length, random(leaves.length)]
  const proof = proofFrom(inclusionPlan(BigInt(at), BigInt(size)), lookup)
  if (!same(proof, slowPath(at, leaves, 0, size))) return `another path of ${at} in ${size}`
  const claim = { index: BigInt(at), size: BigInt(size), leaf: leaves[at] as Buffer, proof, root }
  if (!verifyInclusion(claim)) return `the path of ${at} in ${size} is refused`
  if (verifyInclusion({ ...claim, proof: altered(proof, random) })) return `an altered path of ${at} in ${size} is taken`
  const elsewhere = random(size + 2)
  // two equal leaves side by side have the same path
  const passes = elsewhere === at || leaves[elsewhere]?.equals(claim.leaf) === true
  return !passes && verifyInclusion({ ...claim, index: BigInt(elsewhere) }) ? `${at} passes for ${elsewhere} in ${size}` : null
}

function consistencyFault({ leaves, root, lookup }: Tree, random: (below: number) => number): string | null {
  const [size, from] = [leaves.length, random(leaves.length + 1)]
  const proof = proofFrom(consistencyPlan(BigInt(from), BigInt(size)), lookup)
  if (from > 0 && !same(proof, slowSubproof(from, leaves, [0, size], 'true'))) return `another proof from ${from} to ${size}`
  const root1 = slowRoot(leaves, 0, from)
  const claim = { size1: BigInt(from), size2: BigInt(size), root1, root2: root, proof }
  if (!verifyConsistency(claim)) return `the proof from ${from} to ${size} is refused`
  if (verifyConsistency({ ...claim, proof: altered(proof, random) })) return `an altered proof from ${from} to ${size} is taken`
  const fork = Buffer.from(root1)
  fork[0] = (fork[0] as number) ^ 1
  return verifyConsistency({ ...claim, root1: fork }) ? `a fork at ${from} of ${size} is taken` : null
}

function treeFault(leaves: readonly Buffer[], random: (below: number) => number): string | null {
  const grown = appendLeaves(EMPTY, leaves)
  const hashes = new Map(grown.nodes.map((node) => [nodeKey(node), node.hash]))
  const root = rootOf(grown.range)
  if (!root.equals(slowRoot(leaves, 0, leaves.length))) return `another root of ${leaves.length}`
  const tree: Tree = { leaves, root, lookup: (node) => hashes.get(nodeKey(node)) as Buffer }
  return inclusionFault(tree, random) ?? consistencyFault(tree, random)
}

/** Proves so many trees, the same for the same seed. */
export function proveTrees(trees: number, seed: number): TreesRun {
  const random = randomFrom(seed)
  const pool = Buffer.from(Array.from({ length: POOL_BYTES }, () => random(256)))
  const started = performance.now()
  const faults: string[] = []
  let [leaves, largest] = [0, 0]
  for (let tree = 0; tree < trees; tree++) {
    const size = sizeFrom(random)
    const drawn = Array.from({ length: size }, () => pool.subarray(random(POOL_BYTES - 32)).subarray(0, 32))
    const fault = treeFault(drawn, random)
    if (fault !== null) faults.push(`tree ${tree} of seed ${seed}: ${fault}`)
    leaves += size
    largest = Math.max(largest, size)
  }
  return { trees, leaves, largest, seconds: (performance.now() - started) / 1000, faults }
}
