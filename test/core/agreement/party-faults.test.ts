/** What a party may not say about its keys. */
import { expect } from 'chai'
import { sharedFaults } from '../../../gateway/core/agreement/officer-faults.ts'
import { partyFaults } from '../../../gateway/core/agreement/party-faults.ts'
import type { Party, PublicJwk } from '../../../gateway/generated/policy.ts'
import { generatePartyKeys } from '../../../gateway/seal/generate.ts'
import { thumbprintOf } from '../../../gateway/seal/keyring.ts'

/** Keys as they are made, under these kids. */
function made(kind: 'ec' | 'rsa', use: 'sig' | 'enc', kid: string): PublicJwk {
  const found = generatePartyKeys(kind, kid).jwks.keys.find((key) => key.use === use)
  if (found === undefined) throw new TypeError(`no key to ${use}`)
  return { ...(found as PublicJwk), kid }
}
const EC = made('ec', 'sig', 'a')
const RSA = made('rsa', 'enc', 'b')

/** A number with zero bytes before it, or other bytes behind. */
function respelt(text: string | undefined, before: number[], behind: number[] = []): string {
  return Buffer.from([...before, ...Buffer.from(text ?? '', 'base64url'), ...behind]).toString('base64url')
}
/** 256 bytes leave four bits to spare in the last character: the next character says the same number. */
function spareBits(text: string | undefined): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return `${text?.slice(0, -1)}${alphabet[alphabet.indexOf(text?.at(-1) ?? '') + 1]}`
}

function faults(...keys: readonly PublicJwk[]): string[] {
  return partyFaults(party({ jwks: { keys: [...keys] } })).map(({ path, message }) => `${path} ${message}`)
}

function party(keys: Partial<Party>): Party {
  return { id: 'demo', role: 'insurer', name: 'Demo', address: 'Nowhere', fhirBases: [], ...keys }
}

/** Of 2048 bits, and odd. */
const SHORT_N = Buffer.from([...Buffer.from(RSA.n ?? '', 'base64url').subarray(0, 255), 1]).toString('base64url')

describe('core/agreement/party-faults', () => {
  it('whole, strong, single-use keys have no fault, and an empty set may wait for its keys', () => {
    expect(faults(EC, RSA)).to.deep.equal([])
    expect(faults({ ...RSA, n: SHORT_N })).to.deep.equal([])
    expect(faults()).to.deep.equal([])
  })

  it('no party, and no officer, has an id under which the gateway itself spends ids of tokens, counts failures or tells of strangers', () => {
    const paths = (id: string): (string[] | string)[] => [
      partyFaults({ ...party({ jwks: { keys: [] } }), id }).map(({ path }) => path),
      sharedFaults(
        { id, name: 'Example Someone', office: 'Office', roles: ['proposer'], jwks: { keys: [] } },
        { parties: [], officers: [] }
      ).map(({ path }) => path)
    ]
    for (const id of ['sign-in', 'logout', 'callback', 'first-run', 'unknown-0123456789abcdef'])
      expect(paths(id), id).to.deep.equal([['/id'], ['/id']])
    for (const id of ['sign-in-hospital', 'an-unknown-one']) expect(paths(id), id).to.deep.equal([[], []])
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
    [
      'RFC 7518 §4.3: an RSA key has 2048 bits or more',
      [{ ...RSA, n: respelt(RSA.n?.slice(0, 168), []) }],
      /\/0\/n must be an odd number of 2048/
    ],
    ['a modulus is odd', [{ ...RSA, n: `${RSA.n?.slice(0, -2)}AA` }], /\/0\/n must be an odd number/],
    [
      'an RSA key of 8200 bits only costs time',
      [
        {
          ...RSA,
          n: respelt(
            RSA.n,
            [],
            Array.from({ length: 769 }, () => 255)
          )
        }
      ],
      /\/0\/n must be/
    ],
    [
      'RFC 4648 §3.5: spare bits are zero, or one key had sixteen thumbprints',
      [{ ...RSA, n: spareBits(SHORT_N) }],
      /\/0\/n is not base64url/
    ],
    ['RFC 7518 §6.3.1.1: no zero byte before a modulus', [{ ...RSA, n: respelt(RSA.n, [0]) }], /\/0\/n must be/],
    ['RFC 7518 §6.3.1.2: no zero byte before an exponent', [{ ...RSA, e: 'AAEAAQ' }], /\/0\/e must be/],
    ['an exponent of 1, with which everyone can sign', [{ ...RSA, e: 'AQ' }], /\/0\/e must be/],
    ['an even exponent', [{ ...RSA, e: 'Ag' }], /\/0\/e must be/],
    ['an exponent of five bytes', [{ ...RSA, e: 'AQAAAAE' }], /\/0\/e must be/],
    ['RFC 7518 §6.2.1.2: a coordinate is as long as the curve, and no longer', [{ ...EC, x: respelt(EC.x, [0]) }], /\/0\/x must be of 48/],
    ['and no shorter', [{ ...EC, y: respelt(EC.y?.slice(0, 60), []) }], /\/0\/y must be of 48/],
    ['RFC 7517: base64url has no padding', [{ ...RSA, n: `${RSA.n}==` }], /\/0\/n is not base64url/],
    ['nor is it base64', [{ ...EC, x: `+/${EC.x?.slice(2)}` }], /\/0\/x is not base64url/],
    ['a point stands on its curve', [{ ...EC, x: EC.y ?? '', y: EC.x ?? '' }], /\/0 is no point on P-384/],
    ['a member of another kind of key would not count in its thumbprint', [{ ...EC, n: RSA.n ?? '', e: RSA.e ?? '' }], /\/0 has a modulus/],
    ['a kid prints', [{ ...EC, kid: 'a\u001b[2J' }], /\/0\/kid must be/],
    ["a kid is no other key's thumbprint", [EC, { ...RSA, kid: thumbprintOf(EC as never) }], /\/1\/kid is the thumbprint/],
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
