/** The tree of RFC 6962 against the published roots of its test tree, and against a reference written straight from §2.1. */
import { expect } from 'chai'
import fc from 'fast-check'
import { sha256 } from '../../../gateway/core/digest.ts'
import { appendLeaves, leafHash, nodeHash, rangeFrom, rangeNodes, rootOf } from '../../../gateway/core/log/merkle.ts'
import { consistencyPlan, inclusionPlan, nodeKey, proofFrom, verifyConsistency, verifyInclusion } from '../../../gateway/core/log/proofs.ts'
import { rootOfLeaves } from '../../support/trees.ts'

// The eight leaves and the roots after each, as in the tests of certificate-transparency (RFC 6962's authors).
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'
]

/** MTH(D[n]) as RFC 6962 §2.1 writes it. */
function slowRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256('')
  if (leaves.length === 1) return leaves[0] as Buffer
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(slowRoot(leaves.slice(0, k)), slowRoot(leaves.slice(k)))
}

/** PATH(m, D[n]) of §2.1.1. */
function slowPath(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return []
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  if (m < k) return [...slowPath(m, leaves.slice(0, k)), slowRoot(leaves.slice(k))]
  return [...slowPath(m - k, leaves.slice(k)), slowRoot(leaves.slice(0, k))]
}

/** SUBPROOF(m, D[n], b) of §2.1.2. */
function slowProof(m: number, leaves: readonly Buffer[], whole: 'whole' | 'part'): Buffer[] {
  if (m === leaves.length) return whole === 'whole' ? [] : [slowRoot(leaves)]
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  if (m <= k) return [...slowProof(m, leaves.slice(0, k), whole), slowRoot(leaves.slice(k))]
  return [...slowProof(m - k, leaves.slice(k), 'part'), slowRoot(leaves.slice(0, k))]
}

function leavesOf(n: number): Buffer[] {
  return Array.from({ length: n }, (_, at) => leafHash(Buffer.from(`leaf ${at}`)))
}

describe('core/log: the Merkle tree of RFC 6962', () => {
  it('RFC 6962 §2.1: the root of no leaves is SHA-256 of nothing', () => {
    expect(rootOfLeaves([]).toString('hex')).to.equal('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  it('RFC 6962 §2.1: the roots of the published test tree, sizes 1 to 8', () => {
    const leaves = LEAVES.map((hex) => leafHash(Buffer.from(hex, 'hex')))
    expect(ROOTS.map((_, at) => rootOfLeaves(leaves.slice(0, at + 1)).toString('hex'))).to.deep.equal(ROOTS)
  })

  it('a tree grown in any batches, reloaded between them from its nodes, has the root of §2.1', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 6 }), (batches) => {
        const stored = new Map<string, Buffer>()
        const all: Buffer[] = []
        let range = rangeFrom(0n, [])
        for (const count of batches) {
          const leaves = leavesOf(all.length + count).slice(all.length)
          const grown = appendLeaves(
            rangeFrom(
              range.size,
              rangeNodes(range.size).map((node) => stored.get(nodeKey(node)) as Buffer)
            ),
            leaves
          )
          for (const node of grown.nodes) stored.set(nodeKey(node), node.hash)
          all.push(...leaves)
          range = grown.range
        }
        expect(rootOf(range).equals(slowRoot(all))).to.equal(true)
      }),
      { numRuns: 100 }
    )
  })

  it('RFC 6962 §2.1.1, §2.1.2: proofs are those of the recursive definition and verify, for every index and size to 70', () => {
    const leaves = leavesOf(70)
    const stored = new Map(appendLeaves(rangeFrom(0n, []), leaves).nodes.map((node) => [nodeKey(node), node.hash]))
    const lookup = (node: Parameters<typeof nodeKey>[0]): Buffer => stored.get(nodeKey(node)) as Buffer
    for (let size = 1; size <= leaves.length; size++) {
      const tree = leaves.slice(0, size)
      const root = slowRoot(tree)
      for (let index = 0; index < size; index++) {
        const proof = proofFrom(inclusionPlan(BigInt(index), BigInt(size)), lookup)
        expect(proof).to.deep.equal(slowPath(index, tree))
        const claim = { index: BigInt(index), size: BigInt(size), leaf: leaves[index] as Buffer, proof, root }
        expect(verifyInclusion(claim)).to.equal(true)
        expect(verifyInclusion({ ...claim, index: BigInt(index + 1) }), 'wrong index').to.equal(false)
      }
      for (let earlier = 1; earlier <= size; earlier++) {
        const proof = proofFrom(consistencyPlan(BigInt(earlier), BigInt(size)), lookup)
        expect(proof).to.deep.equal(slowProof(earlier, tree, 'whole'))
        const claim = { size1: BigInt(earlier), size2: BigInt(size), root1: slowRoot(tree.slice(0, earlier)), root2: root, proof }
        expect(verifyConsistency(claim)).to.equal(true)
        expect(verifyConsistency({ ...claim, proof: [...proof, root] }), 'too long').to.equal(false)
        if (proof.length > 0) expect(verifyConsistency({ ...claim, proof: proof.slice(1) }), 'too short').to.equal(false)
      }
    }
  })

  it('the empty tree is consistent with any tree, by the empty proof only', () => {
    const root2 = rootOfLeaves(leavesOf(3))
    const claim = { size1: 0n, size2: 3n, root1: sha256(''), root2, proof: [] }
    expect(verifyConsistency(claim)).to.equal(true)
    expect(verifyConsistency({ ...claim, proof: [root2] })).to.equal(false)
    expect(verifyConsistency({ ...claim, root1: root2 })).to.equal(false)
  })

  it('sizes are 64-bit: a proof at the far end of a tree of 2^63 + 1 leaves is planned and checked', () => {
    const size = (1n << 63n) + 1n
    expect(inclusionPlan(size - 1n, size)).to.deep.equal([[{ level: 63, index: 0n }]])
    const left = leafHash(Buffer.from('left'))
    const leaf = leafHash(Buffer.from('right'))
    expect(verifyInclusion({ index: size - 1n, size, leaf, proof: [left], root: nodeHash(left, leaf) })).to.equal(true)
    expect(verifyInclusion({ index: size, size, leaf, proof: [left], root: nodeHash(left, leaf) })).to.equal(false)
  })

  it('a range that does not fit its size is refused', () => {
    expect(() => rangeFrom(3n, leavesOf(1))).to.throw(RangeError)
    expect(() => inclusionPlan(3n, 3n)).to.throw(RangeError)
    expect(() => consistencyPlan(4n, 3n)).to.throw(RangeError)
  })
})
