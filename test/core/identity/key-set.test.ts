/** What is taken of a JWK set that a partner serves. */
import { expect } from 'chai'
import { type KeySet, readKeySet } from '../../../gateway/core/identity/key-set.ts'
import { generatePartyKeys } from '../../../gateway/seal/generate.ts'

const EC = generatePartyKeys('ec', 'ec')
const RSA = generatePartyKeys('rsa', 'rsa')
const [EC_SIG, EC_ENC] = EC.jwks.keys
const [RSA_SIG] = RSA.jwks.keys

function kidsOf(keys: readonly unknown[]): string[] {
  return (readKeySet(JSON.stringify({ keys })) as KeySet).keys.map(({ kid }) => kid)
}
const bare = (jwk: object | undefined, ...without: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(jwk ?? {}).filter(([name]) => !without.includes(name)))

describe('core/identity/key-set (RFC 7517)', () => {
  it('public keys for signing and sealing are taken, with the members we know', () => {
    const read = readKeySet(
      JSON.stringify({ keys: [...EC.jwks.keys, { ...RSA_SIG, 'x5u': 'https://elsewhere.example', 'key_ops': ['verify'] }] })
    ) as KeySet
    expect(read.keys).to.deep.equal([...EC.jwks.keys, RSA_SIG])
  })

  it('§4.2, §4.4: use and alg may be left out: then it is a key to sign with, and never one to seal to', () => {
    const { keys } = readKeySet(JSON.stringify({ keys: [bare(EC_SIG, 'use', 'alg'), bare(RSA_SIG, 'use', 'alg')] })) as KeySet
    expect(keys.map(({ use, alg }) => `${use} ${alg}`)).to.deep.equal(['sig ES384', 'sig RS384'])
    expect(kidsOf([{ ...bare(EC_ENC, 'use', 'alg'), crv: 'P-256' }])).to.deep.equal([])
  })

  for (const [rule, key] of [
    ['another kind of key', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'a', use: 'sig', alg: 'EdDSA' }],
    ['another algorithm', { ...EC_SIG, kid: 'a', alg: 'ES256', crv: 'P-256' }],
    ['RS256', { ...RSA_SIG, kid: 'a', alg: 'RS256' }],
    ['RFC 7518 §3.3: an RSA key of 1024 bits', { ...RSA_SIG, kid: 'a', n: 'n'.repeat(171) }],
    ['an RSA key of 16384 bits', { ...RSA_SIG, kid: 'a', n: 'n'.repeat(2731) }],
    ['an RSA exponent of 1, with which everyone can sign', { ...RSA_SIG, kid: 'a', e: 'AQ' }],
    ['an even RSA exponent', { ...RSA_SIG, kid: 'a', e: 'Ag' }],
    ['an RSA exponent of no bytes', { ...RSA_SIG, kid: 'a', e: 'A' }],
    ['a huge RSA exponent', { ...RSA_SIG, kid: 'a', e: '_'.repeat(1000) }],
    ['no kid', bare(EC_SIG, 'kid')],
    ['a kid with a line end in it', { ...EC_SIG, kid: 'a\nb' }],
    ['a kid that is no text', { ...EC_SIG, kid: 7 }],
    ['a number that is no base64url', { ...EC_SIG, kid: 'a', x: '../../etc/passwd' }],
    ['a member that is a list', { ...EC_SIG, kid: 'a', x: ['AA'] }]
  ] as const) {
    it(`left out, and the others stay: ${rule}`, () => {
      expect(kidsOf([key, EC_SIG])).to.deep.equal([EC_SIG?.kid])
    })
  }

  for (const [rule, text] of [
    ['no JSON', '<html>'],
    ['no object', '[]'],
    ['null', 'null'],
    ['no keys', '{"key":[]}'],
    ['a key that is no object', '{"keys":["a"]}'],
    ['a key that is a list', '{"keys":[[]]}'],
    ['33 keys', JSON.stringify({ keys: Array.from({ length: 33 }, () => ({ kty: 'OKP' })) })],
    ['§4.5: one kid of two keys', JSON.stringify({ keys: [EC_SIG, { ...RSA_SIG, kid: EC_SIG?.kid }] })],
    ['one key under two kids', JSON.stringify({ keys: [EC_SIG, { ...EC_SIG, kid: 'b' }] })],
    ['nested beyond the stack', `{"keys":${'['.repeat(50_000)}${']'.repeat(50_000)}}`]
  ] as const) {
    it(`refused: ${rule}`, () => {
      expect(readKeySet(text)).to.equal('not-a-key-set')
    })
  }

  for (const [rule, key] of [
    ['RFC 7518 §6.2.2: a private EC key', EC.signing],
    ['RFC 7518 §6.3.2: a private RSA key', RSA.signing],
    ['RFC 7518 §6.4: a secret', { kty: 'oct', k: 'AAAA', kid: 's' }]
  ] as const) {
    it(`the whole set is believed no more: ${rule}`, () => {
      expect(readKeySet(JSON.stringify({ keys: [...EC.jwks.keys.slice(1), key] }))).to.equal('private-key')
    })
  }

  it('a set without keys takes all of them away', () => {
    expect(kidsOf([])).to.deep.equal([])
  })
})
