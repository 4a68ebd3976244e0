/**
 * The gateway's own keys, one file for each purpose. Decides what a ring must hold: token and manifest (ES256), log (Ed25519,
 * with the log's origin), wrapping and crosswalk (32 bytes each). `<purpose>.jwk` is the key in use; `<purpose>.<any>.jwk` are
 * retired ones that still verify and open. Refuses a ring with a key missing, of the wrong kind, or readable by everyone.
 */
import { createPrivateKey, createPublicKey, createSecretKey, hash, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson, hmac } from '../core/digest.ts'
import { type Fault, PolicyError } from '../core/errors.ts'
import { vkeyOf } from './note.ts'

/** A public key as registered and published (RFC 7517). */
export type PublicJwk = {
  kty: string
  kid?: string
  use?: string
  alg?: string
  crv?: string
  x?: string
  y?: string
  n?: string
  e?: string
}

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicJwk: PublicJwk
}

export interface SecretKey {
  readonly kid: string
  readonly secret: KeyObject
}

export interface LogKey {
  readonly origin: string
  readonly vkey: string
  readonly privateKey: KeyObject
}

/** The key in use, and those that still verify and open. */
export interface KeySet<K> {
  readonly current: K
  readonly retired: readonly K[]
}

export interface KeyRing {
  readonly token: KeySet<SigningKey>
  readonly manifest: KeySet<SigningKey>
  readonly log: KeySet<LogKey>
  readonly wrapping: KeySet<SecretKey>
  readonly crosswalk: KeySet<SecretKey>
}

/** File names → JWK texts: from a folder, from secrets of the environment, or some from each. */
export type KeyFiles = ReadonlyMap<string, string>

export const PURPOSES = ['token', 'manifest', 'log', 'wrapping', 'crosswalk'] as const
export type Purpose = (typeof PURPOSES)[number]

/** RFC 7638 thumbprint of a public key (base64url of SHA-256): the kid we give. Members beyond the required ones do not count. */
export function thumbprintOf(jwk: PublicJwk): string {
  const required = { crv: jwk.crv, e: jwk.e, kty: jwk.kty, n: jwk.n, x: jwk.x, y: jwk.y }
  return hash('sha256', canonicalJson(required), 'base64url')
}

/** The key files of a folder. PolicyError key-missing (no such folder) | config-invalid (others may read a key). */
export function readKeyFiles(folder: string): KeyFiles {
  const files = new Map<string, string>()
  const faults: Fault[] = []
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    if ((statSync(path).mode & 0o027) === 0) files.set(name, readFileSync(path, 'utf8'))
    else faults.push({ path, message: 'others may read or change this key: chmod 600' })
  }
  if (faults.length > 0) throw new PolicyError('config-invalid', faults)
  return files
}

/** The ring that key files make. PolicyError key-missing | config-invalid, with every fault at once. */
export function readKeyRing(files: KeyFiles): KeyRing {
  const faults: Fault[] = []
  const missing = PURPOSES.filter((purpose) => !files.has(`${purpose}.jwk`))
  if (missing.length > 0) {
    throw new PolicyError(
      'key-missing',
      missing.map((purpose) => ({ path: `${purpose}.jwk`, message: 'is not there: sallyport keys generate' }))
    )
  }
  const ring: KeyRing = {
    token: keySet(files, 'token', signingKey, faults),
    manifest: keySet(files, 'manifest', signingKey, faults),
    log: keySet(files, 'log', logKey, faults),
    wrapping: keySet(files, 'wrapping', secretKey, faults),
    crosswalk: keySet(files, 'crosswalk', secretKey, faults)
  }
  if (faults.length > 0) throw new PolicyError('config-invalid', faults)
  return ring
}

/** All keys of a set, the one in use first. */
export function everyKey<K>(set: KeySet<K>): readonly K[] {
  return [set.current, ...set.retired]
}

/** An ES256 key for tokens and manifests. Throws when the JWK is another kind of key. */
export function signingKey(jwk: JsonWebKey): SigningKey {
  if (jwk.kty !== 'EC' || jwk['crv'] !== 'P-256' || typeof jwk['d'] !== 'string') throw new TypeError('not a private P-256 key')
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  // A P-256 public key exports exactly kty, crv, x, y.
  const bare = createPublicKey(privateKey).export({ format: 'jwk' }) as PublicJwk
  const kid = thumbprintOf(bare)
  return { kid, privateKey, publicJwk: { ...bare, kid, use: 'sig', alg: 'ES256' } }
}

/** An Ed25519 key that signs checkpoints, with the origin it signs for. Throws when the JWK is another kind of key. */
export function logKey(jwk: JsonWebKey): LogKey {
  const origin = jwk['origin']
  if (jwk.kty !== 'OKP' || jwk['crv'] !== 'Ed25519' || typeof jwk['d'] !== 'string' || typeof origin !== 'string') {
    throw new TypeError('not a private Ed25519 key with an origin')
  }
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  return { origin, privateKey, vkey: vkeyOf(origin, createPublicKey(privateKey)) }
}

/** 32 secret bytes. The kid comes from them by HMAC, so that it tells nothing of them. Throws when they are not 32. */
export function secretKey(jwk: JsonWebKey): SecretKey {
  const bytes = Buffer.from(typeof jwk['k'] === 'string' ? jwk['k'] : '', 'base64url')
  if (jwk.kty !== 'oct' || bytes.length !== 32) throw new TypeError('not a secret key of 32 bytes')
  const secret = createSecretKey(bytes)
  return { kid: hmac(secret, 'sallyport key id').toString('hex', 0, 8), secret }
}

function keySet<K>(files: KeyFiles, purpose: Purpose, make: (jwk: JsonWebKey) => K, faults: Fault[]): KeySet<K> {
  const names = [...files.keys()]
    .filter((name) => name.startsWith(`${purpose}.`) && name.endsWith('.jwk') && name !== `${purpose}.jwk`)
    .sort()
  const keys: K[] = []
  for (const name of [`${purpose}.jwk`, ...names]) {
    try {
      keys.push(make(parseObject(files.get(name) ?? '') ?? {}))
    } catch {
      faults.push({ path: name, message: `is not a JWK fit for the purpose '${purpose}'` })
    }
  }
  const [current, ...retired] = keys
  // Without a current key a fault was noted, and readKeyRing throws before anyone sees this set.
  return { current: current as K, retired }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.jwk'))
  } catch (cause) {
    throw new PolicyError('key-missing', [{ path: folder, message: 'no such folder of keys: sallyport keys generate' }], cause)
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
