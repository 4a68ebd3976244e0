/**
 * Shards as CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084): what `openssl cms -decrypt` opens, for recipients without
 * our command. Decides how the content key travels: RSA-OAEP with SHA-256 (RFC 3560), or ephemeral ECDH with the SHA-256 KDF and AES key
 * wrap (RFC 5753, RFC 3394). Refuses shards over 256 MiB (one tag covers all: nothing may be used before the end) and, in opening, whatever
 * is not exactly this form, with one code.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes
} from 'node:crypto'
import { sha256 } from '../core/digest.ts'
import { IntegrityError, PolicyError } from '../core/errors.ts'
import { der, derFields, derHeader, derOnly, derValues, oid, TAG } from './der.ts'
import type { PublicJwk } from './keyring.ts'
import type { Stage } from './shard.ts'

export const MAX_CMS_BYTES = 256 * 1024 * 1024

const SHA256 = der(TAG.sequence, oid('2.16.840.1.101.3.4.2.1'))
const MGF1_SHA256 = der(TAG.sequence, oid('1.2.840.113549.1.1.8'), SHA256)
const OAEP_SHA256 = der(
  TAG.sequence,
  oid('1.2.840.113549.1.1.7'),
  der(TAG.sequence, der(TAG.constructed0, SHA256), der(TAG.constructed1, MGF1_SHA256))
)
const AES256_WRAP = der(TAG.sequence, oid('2.16.840.1.101.3.4.1.45'))
const ECDH_SHA256 = der(TAG.sequence, oid('1.3.132.1.11.1'), AES256_WRAP)
const EC_PUBLIC_KEY_OID = oid('1.2.840.10045.2.1')
const EC_PUBLIC_KEY = der(TAG.sequence, EC_PUBLIC_KEY_OID)
const AES256_GCM = oid('2.16.840.1.101.3.4.1.46')
const DATA = oid('1.2.840.113549.1.7.1')
const AUTH_ENVELOPED_DATA = oid('1.2.840.113549.1.9.16.1.23')
/** RFC 3394 §2.2.3.1 */
const WRAP_IV = Buffer.alloc(8, 0xa6)
const CURVES: ReadonlyMap<string, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66]
])

/** Seals one shard to a recipient's public key (RSA, or EC on a NIST curve). The bytes come at the end. PolicyError policy-invalid: another kind of key. */
export function cmsSealer(recipient: PublicJwk): Stage {
  const contentKey = randomBytes(32)
  const nonce = randomBytes(12)
  const info = recipientInfo(recipient, contentKey)
  const cipher = createCipheriv('aes-256-gcm', contentKey, nonce)
  const chunks: Buffer[] = []
  let length = 0
  return {
    push: (plain) => {
      length += plain.length
      if (length > MAX_CMS_BYTES) throw new RangeError('a CMS shard holds 256 MiB at most')
      chunks.push(cipher.update(plain))
      return Buffer.alloc(0)
    },
    end: () => {
      cipher.final()
      return envelope(info, nonce, chunks, cipher.getAuthTag())
    }
  }
}

/** Opens one shard. The bytes come at the end. Throws IntegrityError seal-broken, whatever went wrong. */
export function cmsOpener(key: JsonWebKey): Stage {
  const chunks: Uint8Array[] = []
  return {
    push: (sealed) => {
      chunks.push(Buffer.from(sealed))
      return Buffer.alloc(0)
    },
    end: () => {
      try {
        return openEnvelope(Buffer.concat(chunks), key)
      } catch {
        throw new IntegrityError('seal-broken')
      }
    }
  }
}

/** ContentInfo ‖ AuthEnvelopedData around the ciphertext, which is copied once. */
function envelope(info: Buffer, nonce: Buffer, chunks: readonly Buffer[], mac: Buffer): Buffer {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const gcm = der(TAG.sequence, AES256_GCM, der(TAG.sequence, der(TAG.octetString, nonce), der(TAG.integer, Buffer.of(16))))
  const content = derHeader(TAG.context0, length)
  const contentInfo = derHeader(TAG.sequence, DATA.length + gcm.length + content.length + length)
  const head = Buffer.concat([der(TAG.integer, Buffer.of(0)), der(TAG.set, info), contentInfo, DATA, gcm, content])
  const tail = der(TAG.octetString, mac)
  const bodyLength = head.length + length + tail.length
  const body = derHeader(TAG.sequence, bodyLength)
  const explicit = derHeader(TAG.constructed0, body.length + bodyLength)
  const outer = derHeader(TAG.sequence, AUTH_ENVELOPED_DATA.length + explicit.length + body.length + bodyLength)
  return Buffer.concat([outer, AUTH_ENVELOPED_DATA, explicit, body, head, ...chunks, tail])
}

function openEnvelope(bytes: Buffer, jwk: JsonWebKey): Buffer {
  const [type, explicit] = derFields(derOnly(bytes, TAG.sequence), TAG.oid, TAG.constructed0)
  const fields = derFields(derOnly(explicit as Buffer, TAG.sequence), TAG.integer, TAG.set, TAG.sequence, TAG.octetString)
  const [version, infos, content, mac] = fields as [Buffer, Buffer, Buffer, Buffer] // derFields answers one for each tag
  expectVersion(version, 0)
  const [contentType, algorithm, sealed] = derFields(content, TAG.oid, TAG.sequence, TAG.context0) as [Buffer, Buffer, Buffer]
  const [cipherOid, parameters] = derFields(algorithm, TAG.oid, TAG.sequence) as [Buffer, Buffer]
  const [nonce, macBytes] = derFields(parameters, TAG.octetString, TAG.integer) as [Buffer, Buffer]
  expectOid(type as Buffer, AUTH_ENVELOPED_DATA)
  expectOid(contentType, DATA)
  expectOid(cipherOid, AES256_GCM)
  if (nonce.length !== 12 || !macBytes.equals(Buffer.of(16)) || mac.length !== 16) throw new TypeError('other GCM parameters')
  const decipher = createDecipheriv('aes-256-gcm', contentKeyOf(infos, jwk), nonce, { authTagLength: 16 })
  decipher.setAuthTag(mac)
  const plain = decipher.update(sealed)
  decipher.final()
  return plain
}

function expectVersion(content: Buffer, version: number): void {
  if (!content.equals(Buffer.of(version))) throw new TypeError('another version')
}

function expectOid(content: Buffer, expected: Buffer): void {
  if (!der(TAG.oid, content).equals(expected)) throw new TypeError('another algorithm or type')
}

/** The recipient's key identifier: the first 160 bits of SHA-256 of the public key's bits (RFC 7093 §2, method 1). */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const [, keyBits] = derFields(derOnly(publicKey.export({ type: 'spki', format: 'der' }), TAG.sequence), TAG.sequence, TAG.bitString)
  return sha256((keyBits as Buffer).subarray(1)).subarray(0, 20)
}

function recipientInfo(recipient: PublicJwk, contentKey: Buffer): Buffer {
  try {
    const publicKey = createPublicKey({ key: { ...recipient }, format: 'jwk' })
    return recipient.kty === 'RSA' ? transportInfo(publicKey, contentKey) : agreementInfo(recipient, publicKey, contentKey)
  } catch (cause) {
    throw new PolicyError(
      'policy-invalid',
      [{ path: 'recipientKey', message: 'CMS needs an RSA key, or an EC key on P-256, P-384 or P-521' }],
      cause
    )
  }
}

/** KeyTransRecipientInfo, version 2 (RFC 5652 §6.2.1). */
function transportInfo(publicKey: KeyObject, contentKey: Buffer): Buffer {
  const wrapped = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, contentKey)
  return der(
    TAG.sequence,
    der(TAG.integer, Buffer.of(2)),
    der(TAG.context0, keyIdentifier(publicKey)),
    OAEP_SHA256,
    der(TAG.octetString, wrapped)
  )
}

/** KeyAgreeRecipientInfo, version 3, with an ephemeral originator key (RFC 5753 §3.1). */
function agreementInfo(recipient: PublicJwk, publicKey: KeyObject, contentKey: Buffer): Buffer {
  const curve = recipient.crv ?? ''
  const size = CURVES.get(curve)
  if (recipient.kty !== 'EC' || size === undefined) throw new TypeError('another kind of key')
  const ephemeral = generateKeyPairSync('ec', { namedCurve: curve })
  const kek = keyEncryptionKey(diffieHellman({ privateKey: ephemeral.privateKey, publicKey }))
  const wrap = createCipheriv('id-aes256-wrap', kek, WRAP_IV)
  const wrapped = Buffer.concat([wrap.update(contentKey), wrap.final()])
  const { x = '', y = '' } = ephemeral.publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.of(0, 4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  const originator = der(TAG.constructed0, der(TAG.constructed1, EC_PUBLIC_KEY, der(TAG.bitString, point)))
  const identifier = der(TAG.constructed0, der(TAG.octetString, keyIdentifier(publicKey)))
  const keys = der(TAG.sequence, der(TAG.sequence, identifier, der(TAG.octetString, wrapped)))
  return der(TAG.constructed1, der(TAG.integer, Buffer.of(3)), originator, ECDH_SHA256, keys)
}

/** The X9.63 KDF over ECC-CMS-SharedInfo (RFC 5753 §7.2): one block of SHA-256 is the 256-bit key. */
function keyEncryptionKey(secret: Buffer): Buffer {
  const sharedInfo = der(TAG.sequence, AES256_WRAP, der(TAG.constructed2, der(TAG.octetString, Buffer.of(0, 0, 1, 0))))
  return sha256(Buffer.concat([secret, Buffer.of(0, 0, 0, 1), sharedInfo]))
}

function contentKeyOf(infos: Buffer, jwk: JsonWebKey): Buffer {
  const [info, ...others] = derValues(infos)
  if (info === undefined || others.length > 0) throw new TypeError('one recipient was expected')
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const agreed = info.tag === TAG.constructed1
  const key = agreed ? agreedKey(info.content, jwk, privateKey) : transportedKey(info.content, privateKey)
  if (key.length !== 32 || (!agreed && info.tag !== TAG.sequence)) throw new TypeError('not a content key')
  return key
}

function transportedKey(info: Buffer, privateKey: KeyObject): Buffer {
  const [version, , algorithm, wrapped] = derFields(info, TAG.integer, TAG.context0, TAG.sequence, TAG.octetString) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer
  ]
  expectVersion(version, 2)
  if (!der(TAG.sequence, algorithm).equals(OAEP_SHA256)) throw new TypeError('another algorithm')
  return privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, wrapped)
}

function agreedKey(info: Buffer, jwk: JsonWebKey, privateKey: KeyObject): Buffer {
  const fields = derFields(info, TAG.integer, TAG.constructed0, TAG.sequence, TAG.sequence)
  const [version, originator, algorithm, keys] = fields as [Buffer, Buffer, Buffer, Buffer]
  expectVersion(version, 3)
  if (!der(TAG.sequence, algorithm).equals(ECDH_SHA256)) throw new TypeError('another algorithm')
  const [kind, point] = derFields(derOnly(originator, TAG.constructed1), TAG.sequence, TAG.bitString) as [Buffer, Buffer]
  // RFC 5753 §7.1.2 lets parameters be absent, NULL or the curve's: the curve is that of our own key.
  if (!derValues(kind)[0]?.whole.equals(EC_PUBLIC_KEY_OID)) throw new TypeError('another kind of key')
  const size = CURVES.get(jwk.crv ?? '')
  if (size === undefined || point.length !== 2 + 2 * size || point[0] !== 0 || point[1] !== 4) throw new TypeError('another kind of key')
  const [x, y] = [point.subarray(2, 2 + size), point.subarray(2 + size)].map((part) => part.toString('base64url'))
  // createPublicKey refuses a point that is not on the curve.
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: jwk.crv ?? '', x: x ?? '', y: y ?? '' }, format: 'jwk' })
  const [, wrapped] = derFields(derOnly(keys, TAG.sequence), TAG.constructed0, TAG.octetString) as [Buffer, Buffer]
  const unwrap = createDecipheriv('id-aes256-wrap', keyEncryptionKey(diffieHellman({ privateKey, publicKey })), WRAP_IV)
  return Buffer.concat([unwrap.update(wrapped), unwrap.final()])
}
