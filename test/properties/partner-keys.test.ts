/** Whatever a partner, or a stranger in its name, sends as keys: it is read or refused, and nothing else happens. */
import { X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { type KeySet, readKeySet } from '../../gateway/core/identity/key-set.ts'
import { reachOf } from '../../gateway/intake/reach/addresses.ts'
import { createChains } from '../../gateway/seal/chain.ts'
import { readRevocationList } from '../../gateway/seal/crl.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { readCertificate } from '../../gateway/seal/x509.ts'
import { AUTHORITY, certify, ecPair, LEAF, revocationList, x5cOf } from '../support/pki.ts'

const RUNS = { numRuns: 2000 }
const KEYS = generatePartyKeys('ec', 'one').jwks.keys

/** Some bytes of `whole` changed, cut off or put in. */
function mangled(whole: Buffer): fc.Arbitrary<Buffer> {
  const edit = fc.record({ at: fc.nat(whole.length - 1), gone: fc.nat(8), put: fc.uint8Array({ maxLength: 8 }) })
  return fc
    .array(edit, { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce((bytes, { at, gone, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + gone)]), whole)
    )
}

/** What refuses says so by a TypeError or an error of OpenSSL's or node-forge's reader: never by anything that ends the gateway. */
function answersOrRefuses(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    expect(error).to.be.instanceOf(Error).and.not.instanceOf(RangeError)
  }
}

describe('properties: what is sent as keys', function () {
  this.timeout(60_000)
  const root = certify('Test Root', { issuer: null, keys: ecPair('P-256'), extensions: AUTHORITY() })
  const leaf = certify('Test Hospital', { issuer: root, keys: ecPair(), extensions: LEAF, serial: '4a01' })
  const registered = { anchors: [root.pem], names: ['CN:Test Hospital'], revocation: 'crl' as const, crls: [revocationList(root)] }

  it('any JSON as a set: refused, or keys of the kinds we take with no member of a private one', () => {
    const keyLike = fc.dictionary(
      fc.constantFrom('kty', 'kid', 'use', 'alg', 'crv', 'x', 'y', 'n', 'e', 'd', 'k', 'key_ops', '__proto__', 'x5u'),
      fc.oneof(fc.constantFrom('RSA', 'EC', 'ES384', 'sig', 'enc', 'P-384', 'AQAB', 'a', 'n'.repeat(342)), fc.jsonValue())
    )
    const sets = fc.oneof(
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.array(fc.oneof(keyLike, fc.constantFrom(...KEYS)), { maxLength: 6 }).map((keys) => JSON.stringify({ keys })),
      fc.string()
    )
    fc.assert(
      fc.property(sets, (text) => {
        const read = readKeySet(text)
        if (typeof read === 'string') return
        for (const key of (read satisfies KeySet).keys) {
          expect(Object.keys(key)).to.not.include.members(['d']).and.not.include.members(['k'])
          expect(['RSA', 'EC']).to.include(key.kty)
        }
      }),
      RUNS
    )
  })

  it('any header of an assertion: a chain vouches only for its own leaf', () => {
    const chains = createChains()
    const x5c = x5cOf(leaf)
    const word = fc.oneof(fc.jsonValue(), fc.constantFrom(...x5c), fc.base64String())
    const hints = fc.record(
      { 'kid': fc.jsonValue(), 'x5c': fc.oneof(word, fc.array(word, { maxLength: 6 })), 'x5t#S256': word },
      { requiredKeys: [] }
    )
    fc.assert(
      fc.property(hints, (hint) => {
        const keys = chains.keysOf(registered, hint, [], new Date()) ?? []
        expect(keys.length === 0 || (Array.isArray(hint.x5c) && hint.x5c[0] === x5c[0])).to.equal(true)
      }),
      RUNS
    )
  })

  it('mangled certificates and lists are read or refused, and never vouched for', () => {
    const chains = createChains()
    const certificate = new X509Certificate(leaf.pem).raw
    const list = Buffer.from(revocationList(root, { revoked: ['4a02', '4a03'] }).replace(/-----[^-]+-----|\s/g, ''), 'base64')
    fc.assert(
      fc.property(mangled(certificate), (bytes) => {
        fc.pre(!bytes.equals(certificate))
        answersOrRefuses(() => readCertificate(bytes))
        expect(chains.keysOf(registered, { x5c: [bytes.toString('base64')] }, [], new Date())).to.deep.equal([])
      }),
      RUNS
    )
    fc.assert(
      fc.property(mangled(list), (bytes) => {
        fc.pre(!bytes.equals(list))
        answersOrRefuses(() => readRevocationList(bytes))
        // no other list: it would have to be signed
        const alone = { ...registered, crls: [] }
        expect(chains.keysOf(alone, { x5c: x5cOf(leaf) }, [bytes], new Date())).to.deep.equal([])
      }),
      RUNS
    )
  })

  it('no IPv4 address is reached by writing it into an IPv6 one', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        for (const around of [`::ffff:${address}`, `::${address}`, `64:ff9b::${address}`, `::ffff:0:${address}`, `64:ff9b:1::${address}`])
          expect(reachOf(around)).to.equal(around === '::0.0.0.1' ? 'inside' : 'never')
      }),
      RUNS
    )
  })
})
