/**
 * The gateway's keys as one file under a passphrase. Decides its form: a header in clear (version, scrypt's parameters, salt, nonce) and the JWK texts
 * under AES-256-GCM, bound to the header. Refuses parameters weaker than ours may be or dearer than a start can pay, and a passphrase that is too short;
 * what does not open fails with one code, whether the passphrase is another or the file was altered or cut.
 */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { canonicalJson } from '../core/digest.ts'
import { PolicyError } from '../core/errors.ts'
import { type KeyFiles, parseObject, placeOf } from './keyring.ts'

const VERSION = 1
/** RFC 7914 §2: cost, block size, parallelization. */
export interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** 128 MiB and about 0.4 s. */
const COST: Cost = { N: 2 ** 17, r: 8, p: 1 }
/** What a file may ask for: no less than 32 MiB, no more than 1 GiB. */
const LEAST_N = 2 ** 15
const MOST_MEMORY = 2 ** 30
const MOST_P = 4
const SALT = 16
const NONCE = 12
const TAG = 16
const MAX_LENGTH = 1024 * 1024
/** NIST SP 800-63B-4 §3.1.1.2: 15 characters where nothing else is asked for. */
export const LEAST_PASSPHRASE = 15

interface Header {
  readonly version: typeof VERSION
  readonly kdf: 'scrypt'
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: string
  readonly cipher: 'A256GCM'
  readonly nonce: string
}

/** The file's text. PolicyError config-invalid for a passphrase that is too short. */
export function sealKeys(files: KeyFiles, passphrase: string, cost: Cost = COST): string {
  if ([...passphrase].length < LEAST_PASSPHRASE)
    throw new PolicyError('config-invalid', [{ path: 'passphrase', message: `must have ${LEAST_PASSPHRASE} characters at least` }])
  const [salt, nonce] = [randomBytes(SALT), randomBytes(NONCE)]
  const header: Header = {
    version: VERSION,
    kdf: 'scrypt',
    ...cost,
    salt: salt.toString('base64url'),
    cipher: 'A256GCM',
    nonce: nonce.toString('base64url')
  }
  const cipher = createCipheriv('aes-256-gcm', keyOf(passphrase, header), nonce)
  cipher.setAAD(aadOf(header))
  const plain = Buffer.from(JSON.stringify(Object.fromEntries(files)), 'utf8')
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return `${JSON.stringify({ ...header, keys: sealed.toString('base64url') }, null, 2)}\n`
}

/** The key files in it. PolicyError keys-closed. */
export function openKeys(text: string, passphrase: string, path: string): KeyFiles {
  const { header, sealed } = readFile(text, path)
  let plain: string
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(passphrase, header), Buffer.from(header.nonce, 'base64url'), {
      authTagLength: TAG
    })
    decipher.setAAD(aadOf(header))
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
    plain = Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG)), decipher.final()]).toString('utf8')
  } catch {
    // one answer and no cause: whether passphrase or bytes is not to be told apart
    throw closed(path, DOES_NOT_OPEN)
  }
  // sealed by sealKeys only: names and texts
  const entries = Object.entries(parseObject(plain) ?? {}).filter(
    (entry): entry is [string, string] => placeOf(entry[0]) !== null && typeof entry[1] === 'string'
  )
  return new Map(entries)
}

function keyOf(passphrase: string, { N, r, p, salt }: Header): Buffer {
  // one spelling of what is typed; twice the memory that RFC 7914 §2 asks for (128·N·r) is more than OpenSSL needs
  return scryptSync(passphrase.normalize('NFC'), Buffer.from(salt, 'base64url'), 32, { N, r, p, maxmem: 256 * N * r + 2 ** 20 })
}

/** All of the header, each member in one spelling. */
function aadOf({ version, kdf, N, r, p, salt, cipher, nonce }: Header): Buffer {
  return Buffer.from(canonicalJson({ version, kdf, N, r, p, salt, cipher, nonce }), 'utf8')
}

function closed(path: string, message: string): PolicyError {
  return new PolicyError('keys-closed', [{ path, message }])
}

const DOES_NOT_OPEN = 'the passphrase is another, or the file was altered or cut short: put it back from the backup of keys'
const MEMBERS = 'N,cipher,kdf,keys,nonce,p,r,salt,version'

function readFile(text: string, path: string): { readonly header: Header; readonly sealed: Buffer } {
  const file = text.length > MAX_LENGTH ? null : parseObject(text)
  if (file === null || Object.keys(file).sort().join() !== MEMBERS) throw closed(path, 'is not a file of keys, or was cut short')
  const { version, kdf, N, r, p, salt, cipher, nonce, keys } = file
  if (version !== VERSION || kdf !== 'scrypt' || cipher !== 'A256GCM') throw closed(path, 'is of a form that this version does not know')
  if (!isCost(N) || !isCost(r) || !isCost(p) || !isBounded(N, r, p)) throw closed(path, 'asks for parameters of scrypt beyond the bounds')
  if (!isBytes(salt, SALT) || !isBytes(nonce, NONCE) || typeof keys !== 'string') throw closed(path, 'has a header that was altered')
  const sealed = Buffer.from(keys, 'base64url')
  if (sealed.length <= TAG || sealed.toString('base64url') !== keys) throw closed(path, DOES_NOT_OPEN)
  return { header: { version, kdf, N, r, p, salt, cipher, nonce }, sealed }
}

function isCost(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isBounded(N: number, r: number, p: number): boolean {
  return Number.isInteger(Math.log2(N)) && N >= LEAST_N && r >= 8 && r <= 32 && p <= MOST_P && 128 * N * r <= MOST_MEMORY
}

function isBytes(value: unknown, length: number): value is string {
  if (typeof value !== 'string') return false
  const bytes = Buffer.from(value, 'base64url')
  return bytes.length === length && bytes.toString('base64url') === value
}
