/** Our JWEs and thumbprints against the RFCs themselves, without the library that made them: RFC 7638 §3.1, RFC 7518 §4.6 and §4.3, RFC 7516 §5.2. */
import { constants, createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, type JsonWebKey, privateDecrypt } from 'node:crypto'
import { expect } from 'chai'
import { sha256 } from '../../../gateway/core/digest.ts'
import { generatePartyKeys, publicPart } from '../../../gateway/seal/generate.ts'
import { thumbprintOf } from '../../../gateway/seal/keyring.ts'
import { newKey } from '../../../gateway/seal/local.ts'
import { wrapForRecipient } from '../../../gateway/seal/wrap.ts'

// RFC 7638 §3.1
const MODULUS =
  '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'

/** A 32-bit big-endian number. */
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Concat KDF of RFC 7518 §4.6.2 for ECDH-ES+A256KW: one round. */
function agreedKek(privateJwk: JsonWebKey, epk: JsonWebKey): Buffer {
  const secret = diffieHellman({
    privateKey: createPrivateKey({ key: privateJwk, format: 'jwk' }),
    publicKey: createPublicKey({ key: epk, format: 'jwk' })
  })
  const algorithm = Buffer.from('ECDH-ES+A256KW')
  return sha256(Buffer.concat([uint32(1), secret, uint32(algorithm.length), algorithm, uint32(0), uint32(0), uint32(256)]))
}

function contentKey(header: Record<string, unknown>, wrapped: Buffer, privateJwk: JsonWebKey): Buffer {
  if (header['alg'] === 'RSA-OAEP-256') {
    const key = createPrivateKey({ key: privateJwk, format: 'jwk' })
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, wrapped)
  }
  const kek = agreedKek(privateJwk, header['epk'] as JsonWebKey)
  const unwrap = createDecipheriv('id-aes256-wrap', kek, Buffer.alloc(8, 0xa6))
  return Buffer.concat([unwrap.update(wrapped), unwrap.final()])
}

/** RFC 7516 §5.2, by hand. */
function openJwe(jwe: string, privateJwk: JsonWebKey): Buffer {
  const [head = '', wrapped = '', nonce = '', sealed = '', tag = ''] = jwe.split('.')
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>
  const key = contentKey(header, Buffer.from(wrapped, 'base64url'), privateJwk)
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'))
  decipher.setAAD(Buffer.from(head, 'ascii')).setAuthTag(Buffer.from(tag, 'base64url'))
  return Buffer.concat([decipher.update(Buffer.from(sealed, 'base64url')), decipher.final()])
}

describe('vectors: JOSE', () => {
  it('RFC 7638 §3.1: the thumbprint of the published key, whatever else the JWK says', () => {
    const jwk = { kty: 'RSA', n: MODULUS, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }
    expect(thumbprintOf(jwk)).to.equal('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  for (const type of ['ec', 'rsa'] as const) {
    it(`RFC 7516 §5.2: a data key wrapped to an ${type} key opens by the steps of the RFC`, async () => {
      const { encryption } = generatePartyKeys(type, null)
      const key = newKey()
      expect(openJwe(await wrapForRecipient(key, publicPart(encryption), 'd-1'), encryption).equals(key)).to.equal(true)
    })
  }
})
