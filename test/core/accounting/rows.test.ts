/** Rows of subjects and their trees: what a leaf commits to, and proofs read from tiles. */
import { expect } from 'chai'
import { type DisclosedSubject, readRow, rowBytes, rowLeaf } from '../../../gateway/core/accounting/row.ts'
import { proofIn, tileKey, tilesFor, treeOf } from '../../../gateway/core/accounting/tiles.ts'
import { leafHash } from '../../../gateway/core/log/merkle.ts'
import { verifyInclusion } from '../../../gateway/core/log/proofs.ts'
import { rootOfLeaves } from '../../support/trees.ts'

const SUBJECT: DisclosedSubject = {
  v: 1,
  patient: { base: '', ids: ['p1'] },
  surrogate: 'f'.repeat(32),
  level: 0,
  records: { Encounter: 2, Patient: 1 }
}

describe('core/accounting/row', () => {
  it('a row is read as it was written; its length is a multiple of 64 and so tells little', () => {
    const row = rowBytes(Buffer.alloc(32, 7), SUBJECT)
    expect(readRow(row)).to.deep.equal(SUBJECT)
    expect(row.length % 64).to.equal(0)
    const longer = rowBytes(Buffer.alloc(32, 7), { ...SUBJECT, patient: { base: '', ids: ['p1234'] } })
    expect(longer.length).to.equal(row.length)
  })

  it('the same subject under another salt is another leaf: nobody can try what a leaf says', () => {
    expect(rowLeaf(rowBytes(Buffer.alloc(32, 1), SUBJECT)).equals(rowLeaf(rowBytes(Buffer.alloc(32, 2), SUBJECT)))).to.equal(false)
  })

  it('bytes that no row has are none: other spelling, other members, cut short, nothing, a long row of brackets', () => {
    const row = rowBytes(Buffer.alloc(32), SUBJECT)
    const spaced = Buffer.from(row.toString('latin1').replace('"v":1', '"v": 1'), 'latin1')
    const foreign = rowBytes(Buffer.alloc(32), { v: 1, patient: 'p1' } as never)
    for (const bytes of [spaced, foreign, row.subarray(0, 64), Buffer.alloc(0), Buffer.alloc(100_000, '[')])
      expect(readRow(bytes)).to.equal(null)
    expect(() => rowBytes(Buffer.alloc(31), SUBJECT)).to.throw(RangeError)
  })
})

describe('core/accounting/tiles', () => {
  const leavesOf = (size: number): Buffer[] => Array.from({ length: size }, (_, n) => leafHash(Buffer.from(String(n))))

  it('RFC 6962: the root is that of the log at every size around the borders of tiles', () => {
    for (const size of [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 700, 65_536, 65_537])
      expect(treeOf(leavesOf(size)).root.equals(rootOfLeaves(leavesOf(size))), String(size)).to.equal(true)
  })

  it('each leaf is proved from a few tiles, however large the tree', () => {
    for (const size of [1, 2, 5, 256, 257, 1000, 66_000]) {
      const leaves = leavesOf(size)
      const { root, tiles } = treeOf(leaves)
      const kept = new Map(tiles.map((tile) => [tileKey(tile), tile.hashes]))
      for (const position of new Set([0, 1, size >> 1, 255, 256, size - 1].filter((n) => n < size))) {
        const names = tilesFor(position, size)
        expect(names.length).to.be.at.most(5)
        const some = new Map(names.map((name) => [tileKey(name), kept.get(tileKey(name)) ?? Buffer.alloc(0)]))
        const { leaf, proof } = proofIn(some, position, size) ?? { leaf: Buffer.alloc(0), proof: [] }
        expect(leaf.equals(leaves[position] as Buffer)).to.equal(true)
        expect(verifyInclusion({ index: BigInt(position), size: BigInt(size), leaf, proof, root }), `${position} of ${size}`).to.equal(true)
      }
    }
  })

  it('tiles that are missing or cut short prove nothing', () => {
    const { tiles } = treeOf(leavesOf(300))
    const kept = new Map(tiles.map((tile) => [tileKey(tile), tile.hashes]))
    expect(proofIn(new Map(), 0, 300)).to.equal(null)
    expect(proofIn(new Map([...kept, ['0/1', Buffer.alloc(40)]]), 0, 300)).to.equal(null)
    expect(proofIn(kept, 300, 300)).to.equal(null)
  })
})
