/** What a chain of certificates must show before its key is a party's (RFC 5280), and what refuses. */
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { KeyHint } from '../../gateway/core/identity/key-hint.ts'
import type { Party } from '../../gateway/generated/policy.ts'
import { certificateThumbprint } from '../../gateway/seal/ca.ts'
import { createChains } from '../../gateway/seal/chain.ts'
import { AUTHORITY, type CertificateOptions, certify, ecPair, type Issued, LEAF, revocationList, rsaPair, x5cOf } from '../support/pki.ts'

type Certificates = NonNullable<Party['certificates']>

const NOW = new Date()
const days = (from: number, to: number): { readonly from: Date; readonly to: Date } => ({
  from: new Date(NOW.getTime() + from * 86_400_000),
  to: new Date(NOW.getTime() + to * 86_400_000)
})
const [PAST, FUTURE] = [days(-3, -1), days(1, 3)]
const FLAGS = { name: 'basicConstraints', critical: true, cA: true }
const MAY = (...what: readonly string[]): object => ({
  name: 'keyUsage',
  critical: true,
  ...Object.fromEntries(what.map((one) => [one, true]))
})

describe('seal/chain (RFC 5280)', () => {
  const [rootKeys, middleKeys, leafKeys, otherKeys] = [rsaPair(), ecPair('P-256'), ecPair(), rsaPair()]
  const root = certify('Test Root', { issuer: null, keys: rootKeys, extensions: AUTHORITY() })
  const middle = certify('Test Middle', { issuer: root, keys: middleKeys, extensions: AUTHORITY(0), serial: '4a02' })
  const leaf = certify('Test Hospital', { issuer: middle, keys: leafKeys, extensions: LEAF, serial: '4a03' })
  const stranger = certify('Test Root', { issuer: null, keys: otherKeys, extensions: AUTHORITY() })
  const lists = [revocationList(root), revocationList(middle)]
  const registered: Certificates = { anchors: [root.pem], names: ['DNS:keys.hospital.example'], revocation: 'crl', crls: lists }

  const leafLike = (options: Partial<CertificateOptions> = {}): Issued =>
    certify('Test Hospital', { issuer: middle, keys: leafKeys, extensions: LEAF, serial: '4a03', ...options })
  const middleLike = (options: Partial<CertificateOptions> = {}): Issued =>
    certify('Test Middle', { issuer: root, keys: middleKeys, extensions: AUTHORITY(0), serial: '4a02', ...options })
  const kidsOf = (hint: KeyHint, certificates: Partial<Certificates> = {}, fetched: readonly Uint8Array[] = [], at = NOW): string[] =>
    (createChains().keysOf({ ...registered, ...certificates }, hint, fetched, at) ?? []).map(({ kid }) => kid)
  const x5c = x5cOf(leaf, middle)
  const under = (...extensions: readonly object[]): KeyHint => ({ x5c: x5cOf(leaf, middleLike({ extensions })) })
  const thumbprint = certificateThumbprint(leaf.pem)

  it('a chain up to a registered anchor gives the key of its leaf (RFC 7515 §4.1.6)', () => {
    expect(createChains().keysOf(registered, { x5c }, [], NOW)).to.deep.equal([
      { ...leafKeys.publicKey.export({ format: 'jwk' }), kid: thumbprint, use: 'sig', alg: 'ES384' }
    ])
  })

  it('an RSA leaf is for RS384, and one on P-256 for nothing', () => {
    const rsa = leafLike({ keys: otherKeys })
    expect(createChains().keysOf(registered, { x5c: x5cOf(rsa, middle) }, [], NOW)?.[0]).to.include({ kty: 'RSA', alg: 'RS384', e: 'AQAB' })
    expect(kidsOf({ x5c: x5cOf(leafLike({ keys: ecPair('P-256') }), middle) })).to.deep.equal([])
  })

  it('the anchor itself may stand in x5c, and intermediates in the file', () => {
    expect(kidsOf({ x5c: x5cOf(leaf, middle, root) })).to.deep.equal([thumbprint])
    expect(kidsOf({ x5c: x5cOf(leaf) }, { intermediates: [middle.pem] })).to.deep.equal([thumbprint])
  })

  it('leaves in the file are the only ones; x5t#S256, a kid that is the same, or x5c finds one, and for rotation two stand side by side', () => {
    const next = leafLike({ keys: otherKeys, serial: '4a05' })
    const pinned = { leaves: [leaf.pem, next.pem], intermediates: [middle.pem] }
    const other = certificateThumbprint(next.pem)
    expect(kidsOf({}, pinned)).to.deep.equal([thumbprint, other])
    expect(kidsOf({ 'x5t#S256': other }, pinned)).to.deep.equal([other])
    expect(kidsOf({ x5c: x5cOf(next) }, pinned)).to.deep.equal([other])
    expect(kidsOf({ kid: other }, pinned)).to.deep.equal([other])
    expect(kidsOf({ x5c: x5cOf(leafLike({ keys: otherKeys, serial: '4a06' })) }, pinned)).to.deep.equal([])
  })

  it('lists may be fetched: as DER or PEM', () => {
    const fetched = lists.map((text) => Buffer.from(text))
    const bare = lists.map((text) => Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64'))
    const { crls: _, ...without } = registered
    for (const some of [fetched, bare]) expect(createChains().keysOf(without, { x5c }, some, NOW)).to.have.length(1)
    expect(createChains().keysOf(without, { x5c }, [], NOW)).to.deep.equal([])
  })

  const refused: readonly (readonly [attack: string, hint: () => KeyHint, certificates?: () => Partial<Certificates>])[] = [
    ['no x5c, and no leaf in the file', () => ({})],
    ['an authority of the same name', () => ({ x5c: x5cOf(leafLike({ issuer: { ...stranger, name: 'Test Middle' } }), middle) })],
    [
      'a chain that brings its own root',
      () => ({ x5c: x5cOf(certify('Mallory', { issuer: stranger, keys: leafKeys, extensions: LEAF }), stranger) })
    ],
    ['a leaf that signed itself', () => ({ x5c: x5cOf(certify('Test Hospital', { issuer: null, keys: leafKeys, extensions: LEAF })) })],
    ['an intermediate that is missing', () => ({ x5c: x5cOf(leaf) })],
    ['§6.1.3: a leaf past its time', () => ({ x5c: x5cOf(leafLike(PAST), middle) })],
    ['§6.1.3: a leaf before its time', () => ({ x5c: x5cOf(leafLike(FUTURE), middle) })],
    ['§6.1.3: an intermediate past its time', () => ({ x5c: x5cOf(leaf, middleLike(PAST)) })],
    [
      'an anchor past its time',
      () => ({ x5c }),
      () => ({ anchors: [certify('Test Root', { issuer: null, keys: rootKeys, extensions: AUTHORITY(), ...PAST }).pem] })
    ],
    [
      '§4.2.1.9: a leaf that issues',
      () => {
        const below = certify('Mallory', { issuer: leaf, keys: otherKeys, extensions: LEAF, serial: '4a09' })
        return { x5c: x5cOf(below, leaf, middle) }
      }
    ],
    [
      '§4.2.1.9: deeper than the path length',
      () => {
        const deeper = certify('Test Deeper', { issuer: middle, keys: otherKeys, extensions: AUTHORITY(0), serial: '4a07' })
        return { x5c: x5cOf(leafLike({ issuer: deeper }), deeper, middle) }
      },
      () => ({ revocation: 'none' })
    ],
    ['§4.2.1.3: an intermediate that may not sign certificates', () => under(FLAGS, MAY('digitalSignature', 'cRLSign'))],
    ['§4.2.1.9: an intermediate that does not say it is an authority', () => under(MAY('keyCertSign', 'cRLSign'))],
    ['an authority as the leaf', () => ({ x5c: x5cOf(middle) }), () => ({ names: ['CN:Test Middle'] })],
    [
      '§4.2.1.3: a leaf that may not sign',
      () => ({
        x5c: x5cOf(
          leafLike({
            extensions: LEAF.map((one) => ('digitalSignature' in one ? MAY('keyEncipherment') : one))
          }),
          middle
        )
      })
    ],
    ['§4.2.1.12: another purpose than is asked for', () => ({ x5c }), () => ({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] })],
    [
      '§4.2: a critical extension that is not understood (name constraints)',
      () => ({
        x5c: x5cOf(leafLike({ extensions: [...LEAF, { id: '2.5.29.30', critical: true, value: '0\0' }] }), middle)
      })
    ],
    ['another name', () => ({ x5c }), () => ({ names: ['DNS:keys.other.example'] })],
    ['one name of two', () => ({ x5c }), () => ({ names: ['DNS:keys.hospital.example', 'CN:Another'] })],
    [
      'a name of another kind: the CN says what a DNS name should',
      () => ({
        x5c: x5cOf(
          certify('keys.hospital.example', { issuer: middle, keys: leafKeys, extensions: LEAF.slice(0, 3), serial: '4a08' }),
          middle
        )
      })
    ],
    [
      'a name with an end in it',
      () => ({
        x5c: x5cOf(
          leafLike({
            extensions: [
              ...LEAF.slice(0, 3),
              { name: 'subjectAltName', altNames: [{ type: 2, value: 'keys.hospital.example\0.mallory.example' }] }
            ]
          }),
          middle
        )
      })
    ],
    ['SHA-1', () => ({ x5c: x5cOf(leaf, middleLike({ digest: 'sha1' })) })],
    ['§4.1.1.2: another algorithm outside than is signed', () => ({ x5c: x5cOf(leafLike({ innerDigest: 'sha384' }), middle) })],
    ['an RSA key of 1024 bits', () => ({ x5c: x5cOf(leafLike({ keys: rsaPair(1024) }), middle) })],
    ['x5t#S256 of another certificate', () => ({ x5c, 'x5t#S256': certificateThumbprint(middle.pem) })],
    ['an empty x5c', () => ({ x5c: [] })],
    ['an x5c that is no list', () => ({ x5c: x5c[0] })],
    ['an x5c of numbers', () => ({ x5c: [1, 2] })],
    ['base64url in x5c', () => ({ x5c: [`${x5c[0]?.slice(0, -4)}-_==`] })],
    [
      'bytes behind the certificate',
      () => ({ x5c: [Buffer.concat([Buffer.from(x5c[0] ?? '', 'base64'), Buffer.of(0)]).toString('base64'), ...x5c.slice(1)] })
    ],
    ['a chain of six', () => ({ x5c: x5cOf(leaf, middle, middle, middle, middle, root) })],
    ['no certificates at all in the file', () => ({ x5c }), () => ({ anchors: [] })],
    ['a file of which a part cannot be read', () => ({ x5c }), () => ({ anchors: [root.pem, root.pem.replace(/MII.{40}/, 'AAAA')] })],
    // revocation
    [
      '§6.3: a leaf that is revoked',
      () => ({ x5c }),
      () => ({ crls: [revocationList(root), revocationList(middle, { revoked: ['4aff', '4a03'] })] })
    ],
    [
      '§6.3: an intermediate that is revoked',
      () => ({ x5c }),
      () => ({ crls: [revocationList(root, { revoked: ['4a02'] }), revocationList(middle)] })
    ],
    ['one list of two names it', () => ({ x5c }), () => ({ crls: [...lists, revocationList(middle, { revoked: ['4a03'] })] })],
    ['no list of the intermediate', () => ({ x5c }), () => ({ crls: [revocationList(root)] })],
    ['no list of the anchor', () => ({ x5c }), () => ({ crls: [revocationList(middle)] })],
    ['no list at all', () => ({ x5c }), () => ({ crls: [] })],
    [
      '§5.1.2.5: a list past its nextUpdate',
      () => ({ x5c }),
      () => ({ crls: [revocationList(root), revocationList(middle, { from: PAST.from, until: PAST.to })] })
    ],
    [
      '§5.1.2.4: a list before its thisUpdate',
      () => ({ x5c }),
      () => ({ crls: [revocationList(root), revocationList(middle, { from: FUTURE.from, until: FUTURE.to })] })
    ],
    ['a list that never ends', () => ({ x5c }), () => ({ crls: [revocationList(root), revocationList(middle, { until: null })] })],
    [
      'a list signed by another',
      () => ({ x5c }),
      () => ({ crls: [revocationList(root), revocationList(middle, { signer: ecPair('P-256') })] })
    ],
    ['a list signed with SHA-1', () => ({ x5c }), () => ({ crls: [revocationList(root, { digest: 'sha1' }), revocationList(middle)] })],
    ['§5.2.4: a delta', () => ({ x5c }), () => ({ crls: [revocationList(root), revocationList(middle, { critical: ['2.5.29.27'] })] })],
    [
      '§5.2.5: a list of some only',
      () => ({ x5c }),
      () => ({ crls: [revocationList(root), revocationList(middle, { critical: ['2.5.29.28'] })] })
    ],
    [
      '§5.3.3: an entry of another issuer',
      () => ({ x5c }),
      () => ({ crls: [revocationList(root), revocationList(middle, { revoked: ['4aff'], criticalEntry: '2.5.29.29' })] })
    ],
    ['§4.2.1.3: an issuer that may not sign lists', () => under(FLAGS, MAY('keyCertSign'))],
    ['a list that is none', () => ({ x5c }), () => ({ crls: [...lists, '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'] })]
  ]
  for (const [attack, hint, certificates] of refused) {
    it(`refused: ${attack}`, () => {
      expect(kidsOf(hint(), certificates?.())).to.deep.equal([])
    })
  }

  it('an authority that renewed its certificate: the one that is over, presented first, hides no other', () => {
    const over = middleLike({ ...PAST, serial: '4a09' })
    expect(kidsOf({ x5c: x5cOf(leaf, over, middle) })).to.deep.equal([thumbprint])
    expect(kidsOf({ x5c: x5cOf(leaf, over) })).to.deep.equal([])
  })

  it('a list that was fetched and cannot be read is as none; the others count', () => {
    expect(kidsOf({ x5c }, {}, [Buffer.from('<html>'), Buffer.alloc(3 << 20, 0x30)])).to.deep.equal([thumbprint])
  })

  it('revocation none: nobody asks for lists, and one that names it is not asked either', () => {
    expect(kidsOf({ x5c }, { revocation: 'none', crls: [] })).to.deep.equal([thumbprint])
  })

  it('one flipped byte anywhere in the leaf or the intermediate refuses it', () => {
    const chains = createChains()
    for (const [at, text] of x5c.entries()) {
      const bytes = Buffer.from(text, 'base64')
      for (let byte = 0; byte < bytes.length; byte += 1) {
        const flipped = Buffer.from(bytes)
        flipped.writeUInt8(flipped.readUInt8(byte) ^ 0x01, byte)
        const changed = x5c.map((one, n) => (n === at ? flipped.toString('base64') : one))
        expect(chains.keysOf(registered, { x5c: changed }, [], NOW), `certificate ${at}, byte ${byte}`).to.deep.equal([])
      }
    }
  })

  it('a megabyte of revoked serial numbers is read and asked in less than half a second', () => {
    const revoked = Array.from({ length: 30_000 }, (_, n) => `4b${n.toString(16).padStart(30, '0')}`)
    const long = Buffer.from(revocationList(middle, { revoked }).replace(/-----[^-]+-----|\s/g, ''), 'base64')
    expect(long.length).to.be.above(1_000_000)
    const chains = createChains()
    const began = performance.now()
    expect(chains.keysOf({ ...registered, crls: [lists[0] ?? ''] }, { x5c }, [long], NOW)).to.have.length(1)
    expect(performance.now() - began).to.be.below(500)
  })

  it('OpenSSL says the same of the chain, and of the revoked leaf', function () {
    const folder = mkdtempSync(join(tmpdir(), 'pki-'))
    try {
      const file = (name: string, text: string): string => {
        writeFileSync(join(folder, name), text)
        return join(folder, name)
      }
      const [anchor, between, end] = [file('root.pem', root.pem), file('middle.pem', middle.pem), file('leaf.pem', leaf.pem)]
      const asked = (revoked: readonly string[]): ReturnType<typeof spawnSync> => {
        const crls = file('crls.pem', revocationList(root) + revocationList(middle, { revoked }))
        return spawnSync('openssl', ['verify', '-crl_check_all', '-CAfile', anchor, '-untrusted', between, '-CRLfile', crls, end], {
          encoding: 'utf8'
        })
      }
      const good = asked([])
      if (good.error !== undefined) this.skip()
      expect(`${good.stdout}${good.stderr}`).to.include('OK')
      const bad = asked(['4a03'])
      expect(`${bad.stdout}${bad.stderr}`).to.include('certificate revoked')
      expect(new X509Certificate(leaf.pem).serialNumber).to.equal('4A03')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
