/**
 * A manifest, checked without the gateway: that the log holds its statement and, where the manifest's key was given, that the gateway signed the
 * whole. Decides from its text alone. Refuses any other form than the one schemas/log/manifest.json and RFC 7515 §7.2.2 name, in its shortest spelling.
 */
import { verify } from 'node:crypto'
import type { Json } from '../../core/digest.ts'
import { leafOf, type StatementBase } from '../../core/log/leaf.ts'
import { type Checked, notProved, proved } from '../../core/log/proof-fault.ts'
import { exactly, type Members, strictJson, strictObject, utf8 } from './json.ts'
import type { Keys, ManifestKey } from './keys.ts'
import { checkReceipt, type Included } from './proof.ts'

export interface ManifestFound extends Included {
  readonly statement: StatementBase & { readonly [member: string]: Json }
  readonly signed: 'by the manifest key' | 'not looked at'
}

interface Parts {
  readonly statement: ManifestFound['statement']
  readonly salt: Buffer
  readonly receipt: string
}

/** What a manifest says, once it is proved. */
export function checkManifest(text: string, keys: Keys): Checked<ManifestFound> {
  const jws = strictObject(text, ['payload', 'protected', 'signature'])
  const payload = jws === null ? null : base64urlOf(jws['payload'])
  const parts = payload === null ? null : partsOf(utf8(payload) ?? '')
  if (jws === null || parts === null) return notProved('format', 'the manifest')
  if (keys.manifest.length > 0 && !isSignedManifest(jws, keys.manifest)) return notProved('signature', 'the manifest')
  const included = checkReceipt(parts.receipt, leafOf(parts.statement, parts.salt), keys.log)
  if (!included.ok) return included
  return proved({
    ...included.found,
    statement: parts.statement,
    signed: keys.manifest.length > 0 ? 'by the manifest key' : 'not looked at'
  })
}

function partsOf(text: string): Parts | null {
  const payload = strictObject(text, ['keys', 'receipt', 'salt', 'statement', 'v'])
  const salt = payload === null ? null : base64urlOf(payload['salt'])
  if (payload === null || salt?.length !== 32 || payload['v'] !== 1 || typeof payload['receipt'] !== 'string') return null
  const { kind, at } = Object(payload['statement']) as Members // a statement has both as texts, or is none
  if (typeof kind !== 'string' || typeof at !== 'string') return null
  // It came out of JSON.parse, with the members a leaf is made of.
  return { statement: payload['statement'] as Parts['statement'], salt, receipt: payload['receipt'] }
}

/** ES256 (RFC 7518 §3.4) by a key that was given, under a header of exactly alg, typ and kid. */
function isSignedManifest(jws: Members, pinned: readonly ManifestKey[]): boolean {
  const header = exactly(strictJson(utf8(base64urlOf(jws['protected']) ?? Buffer.of()) ?? ''), ['alg', 'typ', 'kid'])
  const signature = base64urlOf(jws['signature'])
  const key = pinned.find((candidate) => candidate.kid === header?.['kid'])
  if (header?.['alg'] !== 'ES256' || header['typ'] !== 'sallyport-manifest+jwt' || key === undefined || signature?.length !== 64)
    return false
  const signed = Buffer.from(`${String(jws['protected'])}.${String(jws['payload'])}`, 'ascii')
  return verify('sha256', signed, { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, signature)
}

/** Bytes from base64url without padding (RFC 7515 §2), in its one spelling. */
function base64urlOf(value: unknown): Buffer | null {
  if (typeof value !== 'string') return null
  const bytes = Buffer.from(value, 'base64url')
  return bytes.toString('base64url') === value ? bytes : null
}
