/** Segments, the key ring, and keys kept in the database. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { IntegrityError, PolicyError } from '../../gateway/core/errors.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { writeSecretFiles } from '../../gateway/seal/keyfiles.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { readKeyFiles } from '../../gateway/seal/keysource.ts'
import { newKey, unwrapLocal, wrapLocal } from '../../gateway/seal/local.ts'
import { pinsOf } from '../../gateway/seal/manifest.ts'
import { openSegment, SEGMENT_OVERHEAD, sealSegment } from '../../gateway/seal/segment.ts'

const KEYFILES = new URL('../../gateway/seal/keyfiles.ts', import.meta.url).href

describe('seal: segments', () => {
  it('seal then open is identity; one flipped byte anywhere, another key or another place refuses with seal-broken', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, at, mask) => {
        const key = newKey()
        const aad = Buffer.from('here')
        const sealed = sealSegment(key, aad, plain)
        expect(sealed.length).to.equal(plain.length + SEGMENT_OVERHEAD)
        expect(openSegment(key, aad, sealed).equals(plain)).to.equal(true)
        const altered = Buffer.from(sealed)
        altered[at % sealed.length] = (altered[at % sealed.length] as number) ^ mask
        for (const attempt of [
          () => openSegment(key, aad, altered),
          () => openSegment(newKey(), aad, sealed),
          () => openSegment(key, Buffer.from('there'), sealed),
          () => openSegment(key, aad, sealed.subarray(0, at % sealed.length))
        ]) {
          expect(attempt).to.throw(IntegrityError).with.property('code', 'seal-broken')
        }
      })
    )
  })
})

describe('seal: the key ring', () => {
  it('a ring generated, written and read from its folder is the same ring; one that others may read is refused', () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'sallyport-ring-')), 'keys')
    const files = generateKeyRing('demo.example/log')
    writeSecretFiles(folder, files)
    const ring = readKeyRing(readKeyFiles(folder))
    expect(pinsOf(ring)).to.deep.equal(pinsOf(readKeyRing(files)))
    expect(ring.log.current.vkey).to.match(/^demo\.example\/log\+[0-9a-f]{8}\+A/)
    expect(JSON.stringify(pinsOf(ring))).to.not.include('"d"')
    chmodSync(join(folder, 'wrapping.jwk'), 0o644)
    expect(() => readKeyFiles(folder))
      .to.throw(PolicyError)
      .that.deep.include({ code: 'config-invalid' })
    rmSync(dirname(folder), { recursive: true })
  })

  it('a disk that fills in the middle of a key leaves nothing of it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-ring-'))
    const script = `import { addSecretFile } from ${JSON.stringify(KEYFILES)}; addSecretFile(${JSON.stringify(join(folder, 'a.jwk'))}, 'x'.repeat(5000))`
    const node = [process.execPath, '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script]
    // the shell lets no file grow past one block, for want of a full disk
    const ran = spawnSync('sh', ['-c', 'ulimit -f 1 && exec "$0" "$@"', ...node])
    expect(ran.stderr.toString()).to.contain('EFBIG')
    expect(readdirSync(folder)).to.deep.equal([])
    rmSync(folder, { recursive: true })
  })

  it('a missing key is key-missing, a key of the wrong kind is config-invalid, and both name the file', () => {
    const files = generateKeyRing('demo.example/log')
    const without = new Map([...files].filter(([name]) => name !== 'log.jwk'))
    expect(() => readKeyRing(without))
      .to.throw(PolicyError)
      .that.deep.include({ code: 'key-missing' })
    const swapped = new Map([...files, ['token.jwk', files.get('wrapping.jwk') ?? ''], ['manifest.jwk', 'not json']])
    let faults: readonly string[] = []
    try {
      readKeyRing(swapped)
    } catch (error) {
      if (error instanceof PolicyError) faults = error.faults.map((fault) => fault.path)
    }
    expect(faults).to.deep.equal(['token.jwk', 'manifest.jwk'])
  })

  it('a local key opens in its own place only, and after the wrapping key was replaced too', () => {
    const before = generateKeyRing('demo.example/log')
    const ring = readKeyRing(before)
    const key = newKey()
    const wrapped = wrapLocal(ring.wrapping, ['submission', 's1'], key)
    expect(unwrapLocal(ring.wrapping, ['submission', 's1'], wrapped).equals(key)).to.equal(true)
    expect(() => unwrapLocal(ring.wrapping, ['submission', 's2'], wrapped)).to.throw(IntegrityError)
    const rotated = new Map([...generateKeyRing('demo.example/log'), ['wrapping.2026.jwk', before.get('wrapping.jwk') ?? '']])
    expect(unwrapLocal(readKeyRing(rotated).wrapping, ['submission', 's1'], wrapped).equals(key)).to.equal(true)
    const others = readKeyRing(generateKeyRing('demo.example/log'))
    expect(() => unwrapLocal(others.wrapping, ['submission', 's1'], wrapped))
      .to.throw(IntegrityError)
      .that.deep.include({ code: 'key-missing' })
      .with.deep.property('evidence', { purpose: 'wrapping', kid: ring.wrapping.current.kid, see: 'sallyport keys status' })
  })
})
