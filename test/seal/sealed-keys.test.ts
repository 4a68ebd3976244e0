/** A ring in one file under a passphrase: its primitives by published vectors, its form, and what is refused. */
import { createCipheriv, scryptSync } from 'node:crypto'
import { expect } from 'chai'
import { PolicyError } from '../../gateway/core/errors.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { openKeys, sealKeys } from '../../gateway/seal/sealed-keys.ts'

const PASSPHRASE = 'correct horse battery staple'
/** the least that is allowed: tests are many */
const CHEAP = { N: 2 ** 15, r: 8, p: 1 }

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

function refusalOf(work: () => unknown): { readonly code: string; readonly message: string } | null {
  try {
    work()
    return null
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    return { code: error.code, message: error.faults[0]?.message ?? '' }
  }
}

describe('seal: a ring under a passphrase', () => {
  it('scrypt is that of RFC 7914 §12', () => {
    const vectors = [
      [
        '',
        '',
        16,
        1,
        1,
        '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906'
      ],
      [
        'password',
        'NaCl',
        1024,
        8,
        16,
        'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640'
      ],
      [
        'pleaseletmein',
        'SodiumChloride',
        16384,
        8,
        1,
        '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887'
      ]
    ] as const
    for (const [passphrase, salt, N, r, p, key] of vectors)
      expect(scryptSync(passphrase, salt, 64, { N, r, p, maxmem: 2 ** 26 }).toString('hex'), passphrase).to.equal(key)
  })

  it('AES-256-GCM is that of McGrew and Viega, test case 16: the key, nonce and bound header as here', () => {
    const cipher = createCipheriv(
      'aes-256-gcm',
      hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
      hex('cafebabefacedbaddecaf888')
    )
    cipher.setAAD(hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'))
    const plain = hex(
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39'
    )
    expect(Buffer.concat([cipher.update(plain), cipher.final()]).toString('hex')).to.equal(
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662'
    )
    expect(cipher.getAuthTag().toString('hex')).to.equal('76fc6ece0f4e1768cddf8853bb2d551b')
  })

  it('what was sealed opens under its passphrase, however it was typed (Unicode, NFC); the file tells nothing of the keys', () => {
    const files = generateKeyRing('demo.example/log')
    const text = sealKeys(files, 'Pässphrase, die lang ist'.normalize('NFD'), CHEAP)
    expect([...openKeys(text, 'Pässphrase, die lang ist'.normalize('NFC'), 'keys.json')]).to.deep.equal([...files])
    for (const jwk of files.values())
      expect(text).to.not.include(String((JSON.parse(jwk) as { d?: string; k?: string }).d ?? (JSON.parse(jwk) as { k?: string }).k))
    expect(sealKeys(files, PASSPHRASE, CHEAP), 'fresh salt and nonce each time').to.not.equal(sealKeys(files, PASSPHRASE, CHEAP))
    const header = JSON.parse(sealKeys(files, PASSPHRASE)) as { N: number; r: number; p: number }
    expect([header.N, header.r, header.p], 'as it is written').to.deep.equal([2 ** 17, 8, 1])
  })

  it('another passphrase, and any byte altered or cut, are refused with one code that tells them not apart', () => {
    const text = sealKeys(generateKeyRing('demo.example/log'), PASSPHRASE, CHEAP)
    const other = refusalOf(() => openKeys(text, `${PASSPHRASE}!`, 'keys.json'))
    expect(other?.code).to.equal('keys-closed')
    const file = JSON.parse(text) as Record<string, string | number>
    const keys = String(file['keys'])
    const flipped = `${keys.slice(0, 100)}${keys[100] === 'A' ? 'B' : 'A'}${keys.slice(101)}`
    expect(refusalOf(() => openKeys(JSON.stringify({ ...file, keys: flipped }), PASSPHRASE, 'keys.json'))).to.deep.equal(other)
    expect(refusalOf(() => openKeys(JSON.stringify({ ...file, keys: keys.slice(0, -8) }), PASSPHRASE, 'keys.json'))).to.deep.equal(other)
    const nonce = Buffer.alloc(12).toString('base64url')
    expect(refusalOf(() => openKeys(JSON.stringify({ ...file, nonce }), PASSPHRASE, 'keys.json'))).to.deep.equal(other)
    for (const length of [0, 1, 50, text.length - 20])
      expect(refusalOf(() => openKeys(text.slice(0, length), PASSPHRASE, 'keys.json'))?.code).to.equal('keys-closed')
  })

  it('parameters weaker than ours may be, or dearer than a start can pay, are refused before anything is derived', () => {
    const file = JSON.parse(sealKeys(generateKeyRing('demo.example/log'), PASSPHRASE, CHEAP)) as Record<string, unknown>
    const asked = [
      { N: 2 },
      { N: 2 ** 14 },
      { N: 2 ** 15 + 1 },
      { N: 2 ** 30 },
      { N: 2 ** 20, r: 32 },
      { r: 1 },
      { r: 2 ** 30 },
      { p: 0 },
      { p: 5 },
      { p: -1 },
      { N: 32768.5 },
      { N: '32768' },
      { N: null },
      { salt: '' },
      { nonce: 'AAAA' },
      { version: 2 },
      { kdf: 'none' },
      { cipher: 'none' },
      { more: 1 },
      { keys: 7 },
      { keys: '' }
    ]
    for (const change of asked) {
      const from = performance.now()
      expect(
        refusalOf(() => openKeys(JSON.stringify({ ...file, ...change }), PASSPHRASE, 'keys.json'))?.code,
        JSON.stringify(change)
      ).to.equal('keys-closed')
      expect(performance.now() - from, JSON.stringify(change)).to.be.lessThan(50)
    }
    for (const text of ['', '[]', 'null', '{"__proto__":1}', 'x'.repeat(2 ** 21), '\u0000'])
      expect(refusalOf(() => openKeys(text, PASSPHRASE, 'keys.json'))?.code).to.equal('keys-closed')
  })

  it('a passphrase of less than 15 characters seals nothing (NIST SP 800-63B-4 §3.1.1.2)', () => {
    expect(refusalOf(() => sealKeys(generateKeyRing('demo.example/log'), 'fourteen chars', CHEAP))?.code).to.equal('config-invalid')
  })
})
