/** Where keys come from, and how they change on disk: whole at every moment, and from the configured source alone. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Code, codeOf, PolicyError } from '../../gateway/core/errors.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { adoptPins, type Change, dropKey, lostKey, promoteKey, stageKey } from '../../gateway/seal/keychange.ts'
import { type KeyFiles, PURPOSES, type Purpose, readKeyRing, ringKeys, thumbprintOf } from '../../gateway/seal/keyring.ts'
import { environmentSource, fileSource, folderSource, type KeySource } from '../../gateway/seal/keysource.ts'
import { pinsOf } from '../../gateway/seal/manifest.ts'
import { openNote, parseVkey, signNote } from '../../gateway/seal/note.ts'

const ORIGIN = 'demo.example/log'
const AT = new Date('2026-03-01T12:00:00Z')

function codeFrom(work: () => unknown): Code | null {
  try {
    work()
    return null
  } catch (error) {
    return codeOf(error)
  }
}

describe('seal: sources of keys', () => {
  const kept: { folder: string } = { folder: '' }
  beforeEach(() => {
    kept.folder = mkdtempSync(join(tmpdir(), 'sallyport-source-'))
  })
  afterEach(() => rmSync(kept.folder, { recursive: true }))

  const sources = (): readonly (readonly [string, KeySource])[] => [
    ['folder', folderSource(join(kept.folder, 'keys'))],
    ['file', fileSource(join(kept.folder, 'sealed', 'keys.json'), () => 'a passphrase for tests', { N: 2 ** 15, r: 8, p: 1 })]
  ]

  it('a ring is made once, read back the same, and never written over; files are 0600', () => {
    for (const [name, source] of sources()) {
      const files = generateKeyRing(ORIGIN, AT)
      expect(
        codeFrom(() => source.read()),
        name
      ).to.equal('key-missing')
      source.create(files)
      expect(new Map([...source.read()].sort()), name).to.deep.equal(new Map([...files].sort()))
      expect(
        codeFrom(() => source.create(generateKeyRing(ORIGIN))),
        name
      ).to.equal('config-invalid')
      expect(new Map([...source.read()].sort()), name).to.deep.equal(new Map([...files].sort()))
    }
    for (const path of readdirSync(kept.folder, { recursive: true, encoding: 'utf8' }).map((name) => join(kept.folder, name)))
      if (statSync(path).isFile()) expect(statSync(path).mode & 0o777, path).to.equal(0o600)
  })

  /** Each key of a purpose on the source's ring: its kid and state. */
  function statesIn(source: KeySource, purpose: Purpose): readonly (readonly [string, string])[] {
    return ringKeys(readKeyRing(source.read()), purpose).map(({ kid, state }) => [kid, state] as const)
  }

  for (const [kind, purpose] of [...PURPOSES.map((name) => ['folder', name] as const), ['file', 'wrapping'] as const])
    it(`${purpose} in a ${kind}: staged, promoted, dropped; what is staged verifies before it is used, what signed loses its private half`, () => {
      const source = new Map(sources()).get(kind) as KeySource
      source.create(generateKeyRing(ORIGIN, AT))
      const first = readKeyRing(source.read())[purpose].current.kid
      const staged = stageKey(source.read(), purpose, AT)
      source.change(staged.steps)
      expect(statesIn(source, purpose)).to.deep.equal([
        [first, 'current'],
        [staged.kid, 'next']
      ])
      expect(codeFrom(() => stageKey(source.read(), purpose, AT))).to.equal('key-needed')
      source.change(promoteKey(source.read(), purpose, AT).steps)
      expect(statesIn(source, purpose)).to.deep.equal([
        [staged.kid, 'current'],
        [first, 'retired']
      ])
      const retired = JSON.parse(source.read().get(`${purpose}.${first}.jwk`) ?? '{}') as Record<string, unknown>
      expect('d' in retired).to.equal(purpose === 'log')
      expect(retired).to.include({ exp: AT.getTime() / 1000, iat: AT.getTime() / 1000 })
      expect(codeFrom(() => promoteKey(source.read(), purpose, AT))).to.equal('key-needed')
      expect(codeFrom(() => dropKey(source.read(), purpose, staged.kid))).to.equal('key-needed')
      const proves = purpose === 'manifest' || purpose === 'log'
      if (purpose !== 'manifest') source.change(dropKey(source.read(), purpose, first).steps)
      expect(statesIn(source, purpose)).to.have.length(proves ? 2 : 1)
      expect(source.read().get(`${purpose}.${first}.jwk`) ?? '').to.not.include('"d"')
      if (proves) expect(codeFrom(() => dropKey(source.read(), purpose, first))).to.equal('key-needed')
    })

  it('a promotion that breaks off after any step leaves a whole ring with one key in use, and doing it again ends it', () => {
    const before = new Map(generateKeyRing(ORIGIN, AT))
    for (const purpose of PURPOSES) {
      const apply = (files: KeyFiles, { steps }: Change, count: number): KeyFiles => {
        const after = new Map(files)
        for (const step of steps.slice(0, count)) {
          if (step.do === 'remove') after.delete(step.name)
          else after.set(step.name, step.text)
        }
        return after
      }
      const staged = apply(before, stageKey(before, purpose, AT), 1)
      const old = readKeyRing(before)[purpose].current.kid
      const change = promoteKey(staged, purpose, AT)
      expect(change.steps).to.have.length(3)
      for (const count of [0, 1, 2]) {
        const broken = apply(staged, change, count)
        const keys = ringKeys(readKeyRing(broken), purpose)
        expect(new Set(keys.map(({ kid }) => kid)), 'both are there').to.deep.equal(new Set([old, change.kid]))
        expect(keys.filter(({ state }) => state === 'current')).to.have.length(1)
        const ended = apply(broken, promoteKey(broken, purpose, AT), 3)
        expect(ringKeys(readKeyRing(ended), purpose).map(({ kid, state }) => [kid, state])).to.deep.equal([
          [change.kid, 'current'],
          [old, 'retired']
        ])
      }
    }
  })

  it('the environment is asked alone and whole: one key missing is an error, and a folder with all of them is not asked', () => {
    folderSource(join(kept.folder, 'keys')).create(generateKeyRing(ORIGIN))
    const files = generateKeyRing(ORIGIN)
    const texts = PURPOSES.map((purpose) => [purpose, files.get(`${purpose}.jwk`) ?? ''] as const)
    expect(readKeyRing(environmentSource(new Map(texts)).read()).token.current.kid).to.equal(readKeyRing(files).token.current.kid)
    const without = environmentSource(new Map(texts.slice(1)))
    expect(codeFrom(() => without.read())).to.equal('key-missing')
    expect(codeFrom(() => without.change([]))).to.equal('config-invalid')
    const next = generateKeyRing(ORIGIN)
    const jwk = (from: KeyFiles): object => JSON.parse(from.get('wrapping.jwk') ?? '{}') as object
    const set = JSON.stringify({
      keys: [jwk(files), { ...jwk(next), state: 'next' }, { ...jwk(generateKeyRing(ORIGIN)), state: 'retired' }]
    })
    const ring = readKeyRing(environmentSource(new Map([...texts, ['wrapping', set] as const])).read())
    expect(ringKeys(ring, 'wrapping').map(({ state }) => state)).to.deep.equal(['current', 'next', 'retired'])
    expect(ring.wrapping.next?.kid).to.equal(readKeyRing(next).wrapping.current.kid)
    const odd = JSON.stringify({ keys: [{ ...jwk(files), state: 'spare' }] })
    expect(codeFrom(() => environmentSource(new Map([...texts, ['wrapping', odd] as const])).read())).to.equal('config-invalid')
  })

  it('a key of another purpose, half a file and an empty one are named and refused', () => {
    const folder = join(kept.folder, 'keys')
    for (const text of ['', '{', '{"kty":"oct","k":"AAAA"}', generateKeyRing(ORIGIN).get('log.jwk') ?? '']) {
      rmSync(folder, { recursive: true, force: true })
      folderSource(folder).create(generateKeyRing(ORIGIN))
      writeFileSync(join(folder, 'wrapping.jwk'), text)
      try {
        readKeyRing(folderSource(folder).read())
        expect.fail('it was read')
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error
        expect([error.code, error.faults.map(({ path }) => path)]).to.deep.equal(['config-invalid', ['wrapping.jwk']])
      }
    }
  })

  it('after a loss: a fresh key where there is none, and the public half of the lost one from the pins proves what it signed', () => {
    const source = folderSource(join(kept.folder, 'keys'))
    source.create(generateKeyRing(ORIGIN))
    const before = readKeyRing(source.read())
    const pins = pinsOf(before)
    const note = signNote('an old note\n', ORIGIN, before.log.current.privateKey)
    for (const purpose of ['log', 'manifest'] as const) {
      expect(codeFrom(() => lostKey(source.read(), purpose, generateKeyRing(ORIGIN)))).to.equal('key-needed')
      rmSync(join(kept.folder, 'keys', `${purpose}.jwk`))
      expect(codeFrom(() => readKeyRing(source.read()))).to.equal('key-missing')
      source.change(lostKey(source.read(), purpose, generateKeyRing(ORIGIN)))
    }
    source.change(adoptPins(source.read(), pins))
    expect(adoptPins(source.read(), pins)).to.deep.equal([])
    const after = readKeyRing(source.read())
    expect(after.log.retired.map(({ kid, privateKey }) => [kid, privateKey])).to.deep.equal([[before.log.current.kid, undefined]])
    expect(after.manifest.retired.map(({ publicJwk }) => publicJwk)).to.deep.equal([before.manifest.current.publicJwk])
    const verifiers = pinsOf(after).log.flatMap((vkey) => parseVkey(vkey) ?? [])
    expect(openNote(note, verifiers)).to.equal('an old note\n')
  })

  it('RFC 7638: the kid of each of our own signing keys is the thumbprint of its public half, in the file, the ring and what is published', () => {
    const files = generateKeyRing(ORIGIN)
    const ring = readKeyRing(files)
    for (const purpose of ['token', 'manifest', 'log'] as const) {
      const jwk = JSON.parse(files.get(`${purpose}.jwk`) ?? '{}') as Parameters<typeof thumbprintOf>[0]
      expect([jwk.kid, ring[purpose].current.kid]).to.deep.equal([thumbprintOf(jwk), thumbprintOf(jwk)])
    }
    expect(pinsOf(ring).manifest[0]?.kid).to.equal(ring.manifest.current.kid)
  })
})
