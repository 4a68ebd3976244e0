/** What a party may not say about its keys. */
import { expect } from 'chai'
import { partyFaults } from '../../../gateway/core/agreement/party-faults.ts'
import type { Party, PublicJwk } from '../../../gateway/generated/policy.ts'

const EC: PublicJwk = { kty: 'EC', kid: 'a', use: 'sig', alg: 'ES384', crv: 'P-384', x: 'x', y: 'y' }
const RSA: PublicJwk = { kty: 'RSA', kid: 'b', use: 'enc', alg: 'RSA-OAEP-256', n: 'n'.repeat(342), e: 'AQAB' }

function faults(...keys: readonly PublicJwk[]): string[] {
  return partyFaults(party({ jwks: { keys: [...keys] } })).map(({ path, message }) => `${path} ${message}`)
}

function party(keys: Partial<Party>): Party {
  return { id: 'demo', role: 'insurer', name: 'Demo', address: 'Nowhere', fhirBases: [], ...keys }
}

describe('core/agreement/party-faults', () => {
  it('whole, strong, single-use keys have no fault, and an empty set may wait for its keys', () => {
    expect(faults(EC, RSA)).to.deep.equal([])
    expect(faults()).to.deep.equal([])
  })

  it('keys are given in exactly one way', () => {
    expect(partyFaults(party({})).map(({ path }) => path)).to.deep.equal(['/jwks'])
    expect(partyFaults(party({ jwks: { keys: [] }, jwksUri: 'https://demo.example/jwks' })).map(({ path }) => path)).to.deep.equal([
      '/jwks'
    ])
  })

  for (const [rule, keys, expected] of [
    ['a kid names one key', [EC, { ...RSA, kid: 'a' }], /\/1\/kid/],
    ['RFC 7518 §3.1: ES384 is an EC key', [{ ...EC, kty: 'RSA' }], /\/0\/kty must be EC/],
    ['RFC 7518 §3.4: ES384 is on P-384', [{ ...EC, crv: 'P-256' }], /\/0\/crv/],
    ['a key for signing does not encrypt', [{ ...RSA, use: 'sig' }], /\/0\/use must be enc/],
    ['RFC 7518 §4.3: an RSA key has 2048 bits or more', [{ ...RSA, n: 'n'.repeat(171) }], /\/0\/n is shorter/],
    ['a key without its members is no key', [{ kty: 'RSA', kid: 'c', use: 'enc', alg: 'RSA-OAEP-256', e: 'AQAB' }], /\/0 lacks n/]
  ] as const) {
    it(rule, () => {
      expect(faults(...keys).join('\n')).to.match(expected)
    })
  }

  describe('registered by a chain of certificates', () => {
    const certificates = { anchors: ['a'], names: ['DNS:keys.hospital.example'], revocation: 'none' as const }
    const faultsOf = (given: Partial<Party>): string =>
      partyFaults(party(given))
        .map(({ path, message }) => `${path} ${message}`)
        .join('\n')

    it('keys to seal to may stand beside', () => {
      expect(faultsOf({ certificates })).to.equal('')
      expect(faultsOf({ certificates, jwks: { keys: [RSA] } })).to.equal('')
    })

    for (const [rule, given, expected] of [
      ['a key to sign with does not stand beside: nothing vouches for it', { certificates, jwks: { keys: [EC] } }, /use "enc"/],
      ['and no jwksUri does', { certificates, jwksUri: 'https://demo.example/jwks' }, /one of/],
      [
        'without names or leaves everyone of the authority would be the party',
        { certificates: { ...certificates, names: [] } },
        /give leaves, or names/
      ],
      ['without an anchor nobody is', { certificates: { ...certificates, anchors: [] } }, /anchors must/],
      ['lists are asked for, but there are none', { certificates: { ...certificates, revocation: 'crl' } }, /crls or crlUris/],
      ['lists are there, but nobody asks', { certificates: { ...certificates, crls: ['x'] } }, /but lists are given/],
      ['nine anchors', { certificates: { ...certificates, anchors: Array.from({ length: 9 }, String) } }, /more than 8/]
    ] as const) {
      it(rule, () => {
        expect(faultsOf(given as Partial<Party>)).to.match(expected)
      })
    }
  })
})
