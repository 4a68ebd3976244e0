/** CMS AuthEnvelopedData (RFC 5083, RFC 5084): what we seal, `openssl cms -decrypt` opens, and the other way round. */
import { spawnSync } from 'node:child_process'
import { createPrivateKey, type JsonWebKey, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { IntegrityError, PolicyError } from '../../gateway/core/errors.ts'
import { cmsOpener, cmsSealer, MAX_CMS_BYTES } from '../../gateway/seal/cms.ts'
import { der, derValues, oid } from '../../gateway/seal/der.ts'
import { generatePartyKeys, publicPart } from '../../gateway/seal/generate.ts'

function seal(key: JsonWebKey, plain: Buffer): Buffer {
  const sealer = cmsSealer(publicPart(key))
  return Buffer.concat([sealer.push(plain.subarray(0, 1000)), sealer.push(plain.subarray(1000)), sealer.end()])
}

function opened(key: JsonWebKey, sealed: Buffer): Buffer {
  const opener = cmsOpener(key)
  return Buffer.concat([opener.push(sealed.subarray(0, 70)), opener.push(sealed.subarray(70)), opener.end()])
}

function openssl(args: readonly string[], input?: Buffer): Buffer {
  const done = spawnSync('openssl', args, { input, maxBuffer: 1 << 26 })
  expect(done.status, done.stderr?.toString()).to.equal(0)
  return done.stdout
}

for (const type of ['ec', 'rsa'] as const) {
  describe(`seal: CMS to a recipient with an ${type} key`, () => {
    const { encryption } = generatePartyKeys(type, 'demo')
    let folder: string
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'sallyport-cms-'))
      writeFileSync(join(folder, 'key.pem'), createPrivateKey({ key: encryption, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }))
    })
    after(() => rmSync(folder, { recursive: true }))

    it('seal then open is identity, for sizes about every length of a DER length', () => {
      for (const size of [0, 1, 16, 100, 127, 128, 255, 256, 1000, 65535, 65536, 1 << 20]) {
        const plain = randomBytes(size)
        expect(opened(encryption, seal(encryption, plain)).equals(plain), String(size)).to.equal(true)
      }
    })

    it('one flipped bit anywhere: seal-broken, but in the key identifier, which openers may pass over', () => {
      const sealed = seal(encryption, randomBytes(40))
      const loose: number[] = []
      for (let at = 0; at < sealed.length; at += type === 'ec' ? 1 : 5) {
        const altered = Buffer.from(sealed)
        altered[at] = (altered[at] as number) ^ 1
        try {
          opened(encryption, altered)
          loose.push(at)
        } catch (error) {
          expect(error).to.be.instanceOf(IntegrityError).with.property('code', 'seal-broken')
        }
      }
      // The key identifier: 20 bytes, behind a tag and a length.
      expect(loose.length, loose.join()).to.be.at.most(22)
      for (let end = 0; end < sealed.length; end += 37) expect(() => opened(encryption, sealed.subarray(0, end))).to.throw(IntegrityError)
      expect(() => opened(generatePartyKeys(type, 'demo').encryption, sealed))
        .to.throw(IntegrityError)
        .with.property('code', 'seal-broken')
    })

    it('openssl cms -decrypt opens what we seal', function () {
      if (spawnSync('openssl', ['version']).status !== 0) this.skip()
      const plain = randomBytes(300_000)
      writeFileSync(join(folder, 'sealed'), seal(encryption, plain))
      openssl([
        'cms',
        '-decrypt',
        '-binary',
        '-inform',
        'DER',
        '-in',
        join(folder, 'sealed'),
        '-inkey',
        join(folder, 'key.pem'),
        '-out',
        join(folder, 'plain')
      ])
      expect(readFileSync(join(folder, 'plain')).equals(plain)).to.equal(true)
    })

    it('we open what openssl cms -encrypt seals with the same algorithms', function () {
      if (spawnSync('openssl', ['version']).status !== 0) this.skip()
      const certificate = join(folder, 'certificate.pem')
      openssl(['req', '-x509', '-new', '-key', join(folder, 'key.pem'), '-subj', '/CN=demo', '-out', certificate])
      const options =
        type === 'ec' ? ['-keyopt', 'ecdh_kdf_md:sha256'] : ['-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_md:sha256']
      const sealed = openssl(
        ['cms', '-encrypt', '-binary', '-aes-256-gcm', '-outform', 'DER', '-keyid', '-recip', certificate, ...options],
        Buffer.from('hello')
      )
      expect(opened(encryption, sealed).toString()).to.equal('hello')
    })
  })
}

describe('seal: CMS limits', () => {
  it('a shard over 256 MiB is refused before it is sealed', () => {
    const sealer = cmsSealer(publicPart(generatePartyKeys('ec', 'demo').encryption))
    const piece = Buffer.alloc(1 << 20)
    expect(() => {
      for (let sent = 0; sent <= MAX_CMS_BYTES; sent += piece.length) sealer.push(piece)
    }).to.throw(RangeError)
  })

  it('a key that CMS cannot use is a fault of the policy', () => {
    expect(() => cmsSealer({ kty: 'OKP', crv: 'X25519', x: 'AAAA' })).to.throw(PolicyError)
    expect(() => cmsSealer({ kty: 'oct' })).to.throw(PolicyError)
  })

  it('X.690: object identifiers and lengths as published', () => {
    expect(oid('1.2.840.113549.1.9.16.1.23').toString('hex')).to.equal('060b2a864886f70d0109100117')
    expect(oid('2.16.840.1.101.3.4.1.46').toString('hex')).to.equal('060960864801650304012e')
    expect(der(4, Buffer.alloc(300)).toString('hex', 0, 4)).to.equal('0482012c')
    for (const bad of ['04', '0405', '0480', '048501000000', '04820001'])
      expect(() => derValues(Buffer.from(bad, 'hex'))).to.throw(TypeError)
  })
})
