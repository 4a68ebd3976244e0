/** The Merkle proof vectors of transparency-dev/merkle (testdata, Apache-2.0): hostile proofs of inclusion and consistency. expect: proofs */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { sha256 } from '../../../gateway/core/digest.ts'
import { verifyConsistency, verifyInclusion } from '../../../gateway/core/log/proofs.ts'

const FOLDER = fileURLToPath(new URL('../../../../shared/data/vectors/merkle', import.meta.url))

type Vector = Record<string, string | string[] | boolean | null>

/** Sizes are uint64: read as text, since a JavaScript number cannot hold them. */
function readVector(path: string): Vector {
  const text = readFileSync(path, 'utf8').replace(/"(leafIdx|treeSize|size1|size2)": (\d+)/g, '"$1": "$2"')
  return JSON.parse(text) as Vector
}

function vectorsIn(kind: string): { name: string; vector: Vector }[] {
  const names = readdirSync(`${FOLDER}/${kind}`, { recursive: true }) as string[]
  return names.filter((name) => name.endsWith('.json')).map((name) => ({ name, vector: readVector(`${FOLDER}/${kind}/${name}`) }))
}

function bytes(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : '', 'base64')
}

/** Some vectors carry words for roots ("don't care"): we take 32 bytes only, so the words are hashed first, which keeps what is equal equal. */
function rootBytes(value: unknown): Buffer {
  const root = bytes(value)
  return root.length === 32 ? root : sha256(root)
}

function proofOf(vector: Vector): Buffer[] {
  return Array.isArray(vector['proof']) ? vector['proof'].map(bytes) : []
}

describe('vectors: Merkle proofs (transparency-dev/merkle)', () => {
  before(function () {
    if (existsSync(FOLDER)) return
    console.log('      skipped: no ../shared/data')
    this.skip()
  })

  it('inclusion: every published proof is accepted or refused as it says', () => {
    const vectors = vectorsIn('inclusion')
    expect(vectors.length).to.be.greaterThan(20)
    for (const { name, vector } of vectors) {
      const [index, size] = [BigInt(String(vector['leafIdx'])), BigInt(String(vector['treeSize']))]
      const claim = { index, size, leaf: bytes(vector['leafHash']), proof: proofOf(vector), root: bytes(vector['root']) }
      expect(verifyInclusion(claim), name).to.equal(vector['wantErr'] === false)
    }
  })

  it('consistency: every published proof is accepted or refused as it says', () => {
    const vectors = vectorsIn('consistency')
    expect(vectors.length).to.be.greaterThan(20)
    for (const { name, vector } of vectors) {
      const [size1, size2] = [BigInt(String(vector['size1'])), BigInt(String(vector['size2']))]
      const claim = { size1, size2, root1: rootBytes(vector['root1']), root2: rootBytes(vector['root2']), proof: proofOf(vector) }
      expect(verifyConsistency(claim), name).to.equal(vector['wantErr'] === false)
    }
  })
})
