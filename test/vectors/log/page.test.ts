/** The page VERIFY.md is enough: a verifier written from it alone agrees with the published vectors, and ours agrees with it, on true receipts and on every altered one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { parseKeys } from '../../../gateway/seal/verify/keys.ts'
import { checkReceipt } from '../../../gateway/seal/verify/proof.ts'
import { isProvedByThePage, rootByThePage } from '../../support/by-the-page.ts'
import { TestLog } from '../../support/log.ts'

const FOLDER = fileURLToPath(new URL('../../../../shared/data/vectors/merkle/inclusion', import.meta.url))

describe('vectors: a verifier written from VERIFY.md alone', () => {
  it('accepts and refuses the published inclusion proofs (transparency-dev/merkle) as they say', function () {
    if (!existsSync(FOLDER)) {
      console.log('      skipped: no ../shared/data')
      this.skip()
    }
    const names = (readdirSync(FOLDER, { recursive: true }) as string[]).filter((name) => name.endsWith('.json'))
    expect(names.length).to.be.above(20)
    for (const name of names) {
      const text = readFileSync(`${FOLDER}/${name}`, 'utf8').replace(/"(leafIdx|treeSize)": (\d+)/g, '"$1": "$2"')
      const vector = JSON.parse(text) as { leafIdx: string; treeSize: string; root: string; leafHash: string; proof: string[] | null; wantErr: boolean }
      const proof = (vector.proof ?? []).map((hash) => Buffer.from(hash, 'base64'))
      const leaf = Buffer.from(vector.leafHash ?? '', 'base64')
      const found = rootByThePage(BigInt(vector.leafIdx), BigInt(vector.treeSize), leaf, proof)
      expect(found?.equals(Buffer.from(vector.root ?? '', 'base64')) === true, name).to.equal(!vector.wantErr)
    }
  })

  it('agrees with ours on receipts of trees of 1 to 40 leaves, and on each with one byte altered', async () => {
    const log = new TestLog().grow(40)
    const verifiers = parseKeys(log.key.vkey)?.log ?? []
    const agree = async (receipt: string, expected: boolean | null): Promise<void> => {
      const theirs = await isProvedByThePage(receipt, log.key.vkey)
      expect(checkReceipt(receipt, null, verifiers).ok).to.equal(theirs)
      if (expected !== null) expect(theirs).to.equal(expected)
    }
    for (let size = 1; size <= 40; size++) await agree(log.wholeReceipt(size * 7 % size, size), true)
    const bytes = Buffer.from(log.wholeReceipt(23), 'utf8')
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes)
      altered[at] = (altered[at] as number) ^ (1 << at % 7)
      await agree(altered.toString('utf8'), false)
    }
  })
})
