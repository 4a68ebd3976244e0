/**
 * Manifests: a statement, the log's receipt for it and the data key wrapped to the recipient, signed as one flattened JSON JWS
 * (RFC 7515 §7.2.2, ES256). Decides whether a manifest holds, by keys pinned beforehand: never by keys it brings along. Refuses any
 * other algorithm, type or key, a payload that is not one, and a receipt that does not prove the very statement.
 */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { type FlattenedJWS, FlattenedSign, flattenedVerify } from 'jose'
import { canonicalJson, type Json } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import type { Checkpoint } from '../core/log/checkpoint.ts'
import { leafOf } from '../core/log/leaf.ts'
import type { DatasetStatement } from '../core/log/statement.ts'
import { everyKey, type KeyRing, type PublicJwk, type SigningKeys } from './keyring.ts'
import { logVerifiers, verifyReceipt } from './receipt.ts'

/** What a manifest says. `keys`: compact JWEs; none where shards carry their own (cms) or need none (transport-only). */
export interface ManifestParts {
  readonly statement: DatasetStatement
  readonly salt: Uint8Array
  /** C2SP tlog-proof text */
  readonly receipt: string
  readonly keys: readonly string[]
}

/** The gateway's public keys as a receiver pinned them, out of band. */
export interface Pins {
  readonly manifest: readonly PublicJwk[]
  /** verifier keys of the log (signed-note) */
  readonly log: readonly string[]
}

/** A manifest that holds. */
export interface VerifiedManifest extends Omit<ManifestParts, 'salt'> {
  readonly index: bigint
  readonly checkpoint: Checkpoint
}

const TYPE = 'sallyport-manifest+jwt'
const MAX_LENGTH = 64 * 1024 * 1024
const SCHEMAS = ['statement.json', 'manifest.json'] as const

/** The pins of a ring: what a party writes down. */
export function pinsOf(ring: KeyRing): Pins {
  return { manifest: everyKey(ring.manifest).map((key) => key.publicJwk), log: everyKey(ring.log).map((key) => key.vkey) }
}

/** What GET /keys answers: the pins, and a JWK Set (RFC 7517 §5) of all that signs in JOSE, staged and retired keys among them. */
export function publishedKeys(ring: KeyRing): Pins & { readonly keys: readonly PublicJwk[] } {
  return { keys: [ring.token, ring.manifest].flatMap((set) => everyKey(set).map((key) => key.publicJwk)), ...pinsOf(ring) }
}

/** Pins from JSON text: {manifest: JWK or JWKs, log: verifier key or keys}; other members are passed over. IntegrityError signature-invalid. */
export function parsePins(text: string): Pins {
  const refuse = (): never => {
    throw new IntegrityError('signature-invalid', { pin: 'the pins file is not {"manifest": JWK, "log": verifier key}' })
  }
  const pins = (parseJson(text) ?? refuse()) as { manifest?: unknown; log?: unknown }
  const manifest = [pins.manifest].flat().filter((key): key is PublicJwk => typeof key === 'object' && key !== null && 'kty' in key)
  const log = [pins.log].flat().filter((key) => typeof key === 'string')
  return manifest.length > 0 && log.length > 0 ? { manifest, log } : refuse()
}

/** The manifest's text. The receipt is not checked here: verifyManifest does, on the other side. */
export async function buildManifest(keys: SigningKeys, parts: ManifestParts): Promise<string> {
  const { kid, privateKey } = keys.current
  const salt = Buffer.from(parts.salt).toString('base64url')
  // A statement is JSON by its schema, which the type mirrors.
  const statement = parts.statement as unknown as Json
  const payload = canonicalJson({ v: 1, statement, salt, receipt: parts.receipt, keys: [...parts.keys] })
  const jws = await new FlattenedSign(Buffer.from(payload, 'utf8')).setProtectedHeader({ alg: 'ES256', typ: TYPE, kid }).sign(privateKey)
  return canonicalJson({ payload: jws.payload, protected: jws.protected, signature: jws.signature })
}

/** What a manifest says, if it holds under the pins. IntegrityError signature-invalid (the manifest) | proof-invalid (its receipt). */
export async function verifyManifest(text: string, pins: Pins): Promise<VerifiedManifest> {
  const verifiers = logVerifiers(pins.log)
  const { statement, salt, receipt, keys } = parsePayload(await signedPayload(text, pins.manifest))
  const { index, checkpoint } = verifyReceipt(receipt, leafOf(statement, Buffer.from(salt, 'base64url')), verifiers)
  return { statement, receipt, keys, index, checkpoint }
}

async function signedPayload(text: string, pinned: readonly PublicJwk[]): Promise<string> {
  try {
    if (text.length > MAX_LENGTH) throw new TypeError('too long')
    // flattenedVerify checks the shape itself.
    const jws = parseJson(text) as FlattenedJWS
    const { payload } = await flattenedVerify(
      jws,
      (header) => {
        const key = pinned.find((candidate) => candidate.kid === header?.kid)
        if (key === undefined || header?.typ !== TYPE) throw new TypeError('not a manifest signed by a pinned key')
        return key
      },
      { algorithms: ['ES256'] }
    )
    return new TextDecoder('utf-8', { fatal: true }).decode(payload)
  } catch {
    throw new IntegrityError('signature-invalid')
  }
}

interface Payload {
  readonly statement: DatasetStatement
  readonly salt: string
  readonly receipt: string
  readonly keys: readonly string[]
}

/** The payload in its shape. Signed by us and yet not in shape: as untrue as an unsigned one. */
function parsePayload(text: string): Payload {
  const ajv = new Ajv({ strict: true })
  for (const name of SCHEMAS) ajv.addSchema(JSON.parse(readFileSync(new URL(`../../schemas/log/${name}`, import.meta.url), 'utf8')), name)
  const payload = parseJson(text)
  if (ajv.validate('manifest.json', payload) !== true) throw new IntegrityError('signature-invalid')
  // The schema has just said so.
  return payload as Payload
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
