/** Properties of sealing: sealed then opened is the same, however the bytes are cut; one flipped byte anywhere, or any cut, is refused. */
import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { IntegrityError } from '../../gateway/core/errors.ts'
import { ChunkedOpener, ChunkedSealer, sealedBytes } from '../../gateway/seal/chunked.ts'

/** Sizes about the borders of chunks, and any. */
const SIZES = fc.oneof(fc.constantFrom(0, 1, 16383, 16384, 16385, 32767, 32768, 32769, 49152), fc.nat(60_000))
const STEPS = fc.oneof(fc.constantFrom(16384, 16400, 1 << 20), fc.integer({ min: 500, max: 40_000 }))

function through(stage: { push(bytes: Uint8Array): Buffer; end(): Buffer }, bytes: Buffer, step: number): Buffer {
  const out: Buffer[] = []
  for (let at = 0; at < bytes.length; at += step) out.push(stage.push(bytes.subarray(at, at + step)))
  out.push(stage.end())
  return Buffer.concat(out)
}

type Harm = 'flip' | 'cut' | 'add'

function harmed(sealed: Buffer, harm: Harm, at: number, mask: number): Buffer {
  if (harm === 'cut') return sealed.subarray(0, at)
  if (harm === 'add') return Buffer.concat([sealed, sealed.subarray(at)])
  const flipped = Buffer.from(sealed)
  flipped[at] = (flipped[at] as number) ^ mask // at is inside
  return flipped
}

/** What an opener gave out before it refused, and with which code. */
function attempt(opener: ChunkedOpener, sealed: Buffer): { readonly given: Buffer; readonly code: string } {
  const given: Buffer[] = []
  try {
    for (let from = 0; from < sealed.length; from += 16400) given.push(opener.push(sealed.subarray(from, from + 16400)))
    given.push(opener.end())
    return { given: Buffer.concat(given), code: 'opened' }
  } catch (error) {
    return { given: Buffer.concat(given), code: error instanceof IntegrityError ? error.code : String(error) }
  }
}

describe('properties: chunked sealing', () => {
  const key = randomBytes(32)
  const context = Buffer.from('here')

  it('sealed then opened is the same, in pieces of any size, and as long as was said', () => {
    fc.assert(
      fc.property(SIZES, STEPS, STEPS, (size, sealStep, openStep) => {
        const plain = randomBytes(size)
        const sealed = through(new ChunkedSealer(key, context), plain, sealStep)
        expect(sealed.length).to.equal(sealedBytes(size))
        expect(through(new ChunkedOpener(key, context), sealed, openStep).equals(plain)).to.equal(true)
      }),
      { numRuns: 100 }
    )
  })

  it('a flipped byte anywhere, a cut anywhere and bytes added are refused with seal-broken, and only a true prefix was given out', () => {
    fc.assert(
      fc.property(
        SIZES,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom<Harm>('flip', 'cut', 'add'),
        (size, place, mask, harm) => {
          const plain = randomBytes(size)
          const sealed = through(new ChunkedSealer(key, context), plain, 1 << 20)
          const { given, code } = attempt(new ChunkedOpener(key, context), harmed(sealed, harm, place % sealed.length, mask))
          expect(code).to.equal('seal-broken')
          expect(given.equals(plain.subarray(0, given.length))).to.equal(true)
        }
      ),
      { numRuns: 150 }
    )
  })

  it('the same bytes sealed twice differ: each attempt has its own salt', () => {
    const seal = (): string => through(new ChunkedSealer(key, context), Buffer.from('same'), 10).toString('hex')
    expect(seal()).to.not.equal(seal())
  })

  it('a sealer that ended takes no more', () => {
    const sealer = new ChunkedSealer(key, context)
    sealer.end()
    expect(() => sealer.push(Buffer.of(1))).to.throw(RangeError)
    expect(() => sealer.end()).to.throw(RangeError)
  })
})
