/**
 * The gateway's own keys, by purpose. Decides what a ring must hold: token and manifest (ES256), log (Ed25519, with the log's origin), wrapping and
 * crosswalk (32 bytes each). `<purpose>.jwk` is the key in use, `<purpose>.next.jwk` one that is to follow it, `<purpose>.<any>.jwk` are retired; all
 * verify and open. Refuses a ring with a key missing or of the wrong kind. Where the texts come from is keysource.ts.
 */
import { createPrivateKey, createPublicKey, createSecretKey, hash, type JsonWebKey, type KeyObject } from 'node:crypto'
import { canonicalJson, hmac } from '../core/digest.ts'
import { type Fault, IntegrityError, PolicyError } from '../core/errors.ts'
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

/** What is known of any key of a ring. `made`: null where its text does not say (member `iat`). */
interface Known {
  readonly kid: string
  readonly made: Date | null
}

export interface VerifyingKey extends Known {
  readonly publicJwk: PublicJwk
}

export interface SigningKey extends VerifyingKey {
  readonly privateKey: KeyObject
}

export interface SecretKey extends Known {
  readonly secret: KeyObject
}

export interface LogVerifyingKey extends Known {
  readonly origin: string
  readonly vkey: string
  /** of a retired key, as long as it signs along (see seal/receipt.ts) */
  readonly privateKey?: KeyObject
}

export interface LogKey extends LogVerifyingKey {
  readonly privateKey: KeyObject
}

/** The key in use, those that still verify and open, and the one to come: it verifies and opens already, so that every replica knows it before one uses it. */
export interface KeySet<K extends R, R = K> {
  readonly current: K
  readonly retired: readonly R[]
  readonly next?: K
}

export type SigningKeys = KeySet<SigningKey, VerifyingKey>

export interface KeyRing {
  readonly token: SigningKeys
  readonly manifest: SigningKeys
  readonly log: KeySet<LogKey, LogVerifyingKey>
  readonly wrapping: KeySet<SecretKey>
  readonly crosswalk: KeySet<SecretKey>
  /** The secret under which patients and senders are named (HMACs) and crosswalk rows are sealed: kept in the database, wrapped under the crosswalk key. IntegrityError key-missing. */
  names(): KeyObject
}

/** File names → JWK texts: of one source (keysource.ts), and NAMES_FILE from the database. */
export type KeyFiles = ReadonlyMap<string, string>

/** The text of the secret of names among the others; no source has it. */
export const NAMES_FILE = 'names.jwk'

export const PURPOSES = ['token', 'manifest', 'log', 'wrapping', 'crosswalk'] as const
export type Purpose = (typeof PURPOSES)[number]

/** RFC 7638 thumbprint of a public key (base64url of SHA-256): the kid we give. Members beyond the required ones do not count. */
export function thumbprintOf(jwk: PublicJwk): string {
  const required = { crv: jwk.crv, e: jwk.e, kty: jwk.kty, n: jwk.n, x: jwk.x, y: jwk.y }
  return hash('sha256', canonicalJson(required), 'base64url')
}

/** What becomes of a key: staged, then in use, then retired. */
export type KeyState = 'current' | 'next' | 'retired'

const FILE = /^(token|manifest|log|wrapping|crosswalk)(?:\.([\w-]{1,64}))?\.jwk$/

/** What the file of a key says by its name; null for one that is no key's. */
export function placeOf(name: string): { readonly purpose: Purpose; readonly state: KeyState } | null {
  const [, purpose, mark] = FILE.exec(name) ?? []
  if (purpose === undefined) return null
  // one of the five, by the expression
  return { purpose: purpose as Purpose, state: mark === undefined ? 'current' : mark === 'next' ? 'next' : 'retired' }
}

/** The ring that key files make. PolicyError key-missing | config-invalid, with every fault at once. */
export function readKeyRing(files: KeyFiles): KeyRing {
  const faults: Fault[] = []
  const missing = PURPOSES.filter((purpose) => !files.has(`${purpose}.jwk`))
  if (missing.length > 0) {
    throw new PolicyError(
      'key-missing',
      missing.map((purpose) => ({
        path: `${purpose}.jwk`,
        message: 'is not there: put it back from the backup of keys; for a new gateway, sallyport keys generate'
      }))
    )
  }
  const ring: KeyRing = {
    token: keySet(files, 'token', { use: signingKey, keep: verifyingKey }, faults),
    manifest: keySet(files, 'manifest', { use: signingKey, keep: verifyingKey }, faults),
    log: keySet(files, 'log', { use: logKey, keep: logVerifyingKey }, faults),
    wrapping: keySet(files, 'wrapping', { use: secretKey, keep: secretKey }, faults),
    crosswalk: keySet(files, 'crosswalk', { use: secretKey, keep: secretKey }, faults),
    names: namesOf(files)
  }
  if (faults.length > 0) throw new PolicyError('config-invalid', faults)
  return ring
}

/** All keys of a set, the one in use first. */
export function everyKey<K extends R, R>(set: KeySet<K, R>): readonly R[] {
  return [set.current, ...(set.next === undefined ? [] : [set.next]), ...set.retired]
}

/** The keys of a purpose, each with what it is there for. */
export function ringKeys(ring: KeyRing, purpose: Purpose): readonly (Known & { readonly state: KeyState })[] {
  const { current, next, retired }: KeySet<Known> = ring[purpose]
  const told = ({ kid, made }: Known, state: KeyState): Known & { readonly state: KeyState } => ({ kid, made, state })
  return [told(current, 'current'), ...(next === undefined ? [] : [told(next, 'next')]), ...retired.map((key) => told(key, 'retired'))]
}

/** An ES256 key for tokens and manifests. Throws when the JWK is another kind of key. */
export function signingKey(jwk: JsonWebKey): SigningKey {
  if (typeof jwk['d'] !== 'string') throw new TypeError('not a private P-256 key')
  return { ...verifyingKey(jwk), privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) }
}

/** Its public half. */
function verifyingKey(jwk: JsonWebKey): VerifyingKey {
  if (jwk.kty !== 'EC' || jwk['crv'] !== 'P-256') throw new TypeError('not a P-256 key')
  // A P-256 public key exports exactly kty, crv, x, y; of a private JWK the public half is made from d.
  const bare = publicOf(jwk).export({ format: 'jwk' }) as PublicJwk
  const kid = thumbprintOf(bare)
  return { kid, made: madeAt(jwk), publicJwk: { ...bare, kid, use: 'sig', alg: 'ES256' } }
}

/** An Ed25519 key that signs checkpoints, with the origin it signs for. Throws when the JWK is another kind of key. */
export function logKey(jwk: JsonWebKey): LogKey {
  const { privateKey, ...known } = logVerifyingKey(jwk)
  if (privateKey === undefined) throw new TypeError('not a private Ed25519 key')
  return { ...known, privateKey }
}

/** The same, retired: with its private half it signs along, without it verifies what it signed. */
function logVerifyingKey(jwk: JsonWebKey): LogVerifyingKey {
  const origin = jwk['origin']
  if (jwk.kty !== 'OKP' || jwk['crv'] !== 'Ed25519' || typeof origin !== 'string') throw new TypeError('not an Ed25519 key with an origin')
  const publicKey = publicOf(jwk)
  const kid = thumbprintOf(publicKey.export({ format: 'jwk' }) as PublicJwk) // kty, crv, x
  const known = { origin, vkey: vkeyOf(origin, publicKey), kid, made: madeAt(jwk) }
  return typeof jwk['d'] === 'string' ? { ...known, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) } : known
}

/** 32 secret bytes. The kid comes from them by HMAC, so that it tells nothing of them (RFC 7638 §7 warns of thumbprints of secrets). Throws when they are not 32. */
export function secretKey(jwk: JsonWebKey): SecretKey {
  const bytes = Buffer.from(typeof jwk['k'] === 'string' ? jwk['k'] : '', 'base64url')
  if (jwk.kty !== 'oct' || bytes.length !== 32) throw new TypeError('not a secret key of 32 bytes')
  const secret = createSecretKey(bytes)
  return { kid: hmac(secret, 'sallyport key id').toString('hex', 0, 8), made: madeAt(jwk), secret }
}

/** The kid that a key of this purpose has. Throws when the JWK is another kind of key. */
export function kidOf(purpose: Purpose, jwk: JsonWebKey): string {
  if (purpose === 'log') return logVerifyingKey(jwk).kid
  return purpose === 'token' || purpose === 'manifest' ? verifyingKey(jwk).kid : secretKey(jwk).kid
}

function publicOf(jwk: JsonWebKey): KeyObject {
  return typeof jwk['d'] === 'string'
    ? createPublicKey(createPrivateKey({ key: jwk, format: 'jwk' }))
    : createPublicKey({ key: jwk, format: 'jwk' })
}

/** Member `iat`, in seconds, as OpenID Federation 1.0 §8.7.2 has it of keys that were in use. */
function madeAt(jwk: JsonWebKey): Date | null {
  const iat = jwk['iat']
  return typeof iat === 'number' && Number.isSafeInteger(iat) && iat >= 0 && iat <= 253_402_300_799 ? new Date(iat * 1000) : null
}

function namesOf(files: KeyFiles): () => KeyObject {
  const text = files.get(NAMES_FILE)
  if (text !== undefined) {
    const { secret } = secretKey(parseObject(text) ?? {})
    return () => secret
  }
  return () => {
    throw new IntegrityError('key-missing', { purpose: 'crosswalk', is: 'the secret of names was not opened' })
  }
}

interface Kinds<K, R> {
  readonly use: (jwk: JsonWebKey) => K
  readonly keep: (jwk: JsonWebKey) => R
}

function keySet<K extends R & Known, R extends Known>(
  files: KeyFiles,
  purpose: Purpose,
  kinds: Kinds<K, R>,
  faults: Fault[]
): KeySet<K, R> {
  const read = <T>(name: string, make: (jwk: JsonWebKey) => T): T[] => {
    try {
      return [make(parseObject(files.get(name) ?? '') ?? {})]
    } catch {
      faults.push({ path: name, message: `is not a JWK fit for the purpose '${purpose}'` })
      return []
    }
  }
  const names = (state: KeyState): string[] =>
    [...files.keys()].filter((name) => placeOf(name)?.purpose === purpose && placeOf(name)?.state === state).sort()
  const [current] = read(`${purpose}.jwk`, kinds.use)
  const [next] = names('next').flatMap((name) => read(name, kinds.use))
  // a rotation that was broken off leaves a key in two places: what it is in use for counts (seal/keychange.ts)
  const used = new Set([current?.kid])
  const staged = next === undefined || used.has(next.kid) ? undefined : next
  used.add(staged?.kid)
  const retired = names('retired')
    .flatMap((name) => read(name, kinds.keep))
    .filter(({ kid }) => !used.has(kid))
  // Without a current key a fault was noted, and readKeyRing throws before anyone sees this set.
  return { current: current as K, retired, ...(staged === undefined ? {} : { next: staged }) }
}

/** A JSON object, or null. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
