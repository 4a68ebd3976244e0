/**
 * The keys a verifier was given: verifier keys of the log (C2SP signed-note), and where a pins file was given also the keys that sign manifests.
 * Decides which texts are keys. Refuses a file that holds none; keys are never taken from what is to be verified.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { type NoteVerifier, parseVkey } from '../note.ts'

export interface ManifestKey {
  readonly kid: string
  readonly publicKey: KeyObject
}

export interface Keys {
  readonly log: readonly NoteVerifier[]
  readonly manifest: readonly ManifestKey[]
}

/** Keys from text: a verifier key, several of them one a line, or the JSON of `sallyport keys pins`. Null when a line or member is none. */
export function parseKeys(text: string): Keys | null {
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) return keysOfPins(trimmed)
  const log = trimmed.split(/\r?\n/).map((line) => parseVkey(line.trim()))
  return log.every((key) => key !== null) ? { log, manifest: [] } : null
}

/** All keys of several texts. */
export function joinKeys(all: readonly Keys[]): Keys {
  return { log: all.flatMap((keys) => keys.log), manifest: all.flatMap((keys) => keys.manifest) }
}

function keysOfPins(text: string): Keys | null {
  try {
    const pins = JSON.parse(text) as { readonly log?: unknown; readonly manifest?: unknown } // members are checked one by one below
    const log = [pins.log ?? []].flat().map((vkey) => (typeof vkey === 'string' ? parseVkey(vkey) : null))
    const manifest = [pins.manifest ?? []].flat().map(manifestKey)
    if (log.length === 0 || !log.every((key) => key !== null) || !manifest.every((key) => key !== null)) return null
    return { log, manifest }
  } catch {
    return null
  }
}

/** A public P-256 JWK with its kid. Throws when it is not a key. */
function manifestKey(value: unknown): ManifestKey | null {
  const { kty, crv, x, y, kid } = Object(value) as Record<string, unknown> // createPublicKey and the next line look at each
  if (kty !== 'EC' || crv !== 'P-256' || typeof x !== 'string' || typeof y !== 'string' || typeof kid !== 'string') return null
  return { kid, publicKey: createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' }) }
}
