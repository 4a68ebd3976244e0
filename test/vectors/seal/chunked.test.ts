/** C2SP chunked encryption: the vectors of Wycheproof (Apache-2.0), a few of them inline. expect: ChunkedOpener */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { expect } from 'chai'
import { IntegrityError } from '../../../gateway/core/errors.ts'
import { ChunkedOpener, ChunkedSealer, sealedBytes } from '../../../gateway/seal/chunked.ts'

const FILE = fileURLToPath(new URL('../../../../shared/data/vectors/c2sp_chunked_encryption_aes_256_gcm_odd.json', import.meta.url))

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly key: string
  readonly ctx: string
  readonly ct: string
  readonly msgLength?: number
  readonly msgSha512?: string
  readonly result: 'valid' | 'invalid'
}

/** What was given out before the end or the refusal, and which it was. Bytes arrive in pieces of `step`. */
function attempt(vector: Vector, step: number): { readonly plain: Buffer; readonly verdict: string } {
  const opener = new ChunkedOpener(Buffer.from(vector.key, 'hex'), Buffer.from(vector.ctx, 'hex'))
  const sealed = inflateSync(Buffer.from(vector.ct, 'hex'))
  const given: Buffer[] = []
  try {
    for (let at = 0; at < sealed.length; at += step) given.push(opener.push(sealed.subarray(at, at + step)))
    given.push(opener.end())
    return { plain: Buffer.concat(given), verdict: 'valid' }
  } catch (error) {
    expect(error).to.be.instanceOf(IntegrityError).with.property('code', 'seal-broken')
    expect(() => opener.end(), 'it keeps failing').to.throw(IntegrityError)
    return { plain: Buffer.concat(given), verdict: 'invalid' }
  }
}

function check(vector: Vector, step: number): void {
  const { plain, verdict } = attempt(vector, step)
  expect(verdict, `tcId ${vector.tcId}: ${vector.comment}`).to.equal(vector.result)
  if (vector.result === 'valid') {
    expect(hash('sha512', plain)).to.equal(vector.msgSha512)
    const sealed = inflateSync(Buffer.from(vector.ct, 'hex'))
    const sealer = new ChunkedSealer(Buffer.from(vector.key, 'hex'), Buffer.from(vector.ctx, 'hex'), sealed.subarray(0, 24))
    const again = Buffer.concat([sealer.push(plain), sealer.end()])
    expect(again.equals(sealed), 'sealed again with the same salt: the same bytes').to.equal(true)
    expect(sealedBytes(plain.length)).to.equal(sealed.length)
  } else {
    // Only a prefix of the message, never a byte of anything else (notes: PartialPlaintext).
    expect(plain.length).to.be.at.most(vector.msgLength ?? 0)
    if (plain.length > 0 && plain.length === vector.msgLength) expect(hash('sha512', plain)).to.equal(vector.msgSha512)
  }
}

const PUBLISHED: readonly Vector[] = [
  {
    tcId: 1,
    comment: 'empty message',
    key: '59454c4c4f57205355424d4152494e452059454c4c4f57205355424d4152494e',
    ctx: '',
    ct: '78da004800b7ff43a2e39431cbae0389d3fc86adf46f7c3a24de88d9311617e53f3164cc1d5dc738a66b97f0bf786565c31799c2f463d50a7e10046011dc6fc3c939e3a5db7affb6191551669554fb010000ffff4bc124df',
    msgLength: 0,
    msgSha512: 'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
    result: 'valid'
  },
  {
    tcId: 9,
    comment: 'short message with non-empty context string',
    key: '59454c4c4f57205355424d4152494e452059454c4c4f57205355424d4152494e',
    ctx: '7465737420636f6e74657874',
    ct: '78da004f00b0ffdbedaefc1c35dc6c0f22b743b03e488747166a51f33479e7ceb8b7e11cc0d2710f624a127501bc4aea7d0af6f83cfe359b9e69415aa537f36adf86eb35b070475baa039bb7791432adbca49578bbd3010000ffff2fed280a',
    msgLength: 7,
    msgSha512: 'e85f32a85f1d4f7c9b2d36d20eca8435d81253e7075e9dea069eb1b6da48daf92ef1797367b520d8a46c4f72cecb85b1daff8887fcb41721d39943d1952fc180',
    result: 'valid'
  },
  {
    tcId: 11,
    comment: 'single chunk with flipped ciphertext bit',
    key: '59454c4c4f57205355424d4152494e452059454c4c4f57205355424d4152494e',
    ctx: '',
    ct: '78da004900b6ff0093274a932cb4340ca678d500719d80ccc21f69c49586a8cae519f1ae94a13a97038610177fe840ac755f6604849272444b0de559508a2a00538b8dd8cc3a83e14df1343fa14630a2010000ffffc0482101',
    result: 'invalid'
  },
  {
    tcId: 17,
    comment: 'payload shorter than one authentication tag',
    key: '59454c4c4f57205355424d4152494e452059454c4c4f57205355424d4152494e',
    ctx: '',
    ct: '78da004400bbff679551dfcc4221c2c5f3dfcff2f94fcd7df0dc5d0dac8ceb294cda58ffffbe199532a141b16102b69550faa5e1315a3c823e58b9e3141839e1fd278b80a7dabc12eaa4ed010000ffff54b5266f',
    result: 'invalid'
  }
]

describe('vectors: C2SP chunked encryption, AES-256-GCM', () => {
  it('published messages of no bytes and with a context open, and seal again to the same bytes', () => {
    for (const vector of PUBLISHED) for (const step of [1, 57, 1 << 20]) check(vector, step)
  })

  it('Wycheproof: every vector of the shared folder opens or is refused as it says', function () {
    if (!existsSync(FILE)) {
      console.log('      skipped: no ../shared/data')
      this.skip()
    }
    const file = JSON.parse(readFileSync(FILE, 'utf8')) as { testGroups: { tests: Vector[] }[] }
    const vectors = file.testGroups.flatMap((group) => group.tests)
    expect(vectors.length).to.be.at.least(18)
    for (const vector of vectors) for (const step of [1000, 16400, 1 << 22]) check(vector, step)
  })
})
