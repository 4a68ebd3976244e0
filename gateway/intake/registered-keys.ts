/**
 * The registered public keys of a party: those in its file, or those its jwks_uri serves. Decides how long fetched keys are believed
 * (five minutes, and up to an hour when the party's server does not answer). Refuses redirects, anything but https, more than 64 KiB.
 */
import { UpstreamError } from '../core/errors.ts'
import type { Party } from '../generated/policy.ts'

/** A public JWK (RFC 7517) as a party registers it. */
type RegisteredKey = NonNullable<Party['jwks']>['keys'][number]

export interface RegisteredKeys {
  readonly keys: readonly RegisteredKey[]
}

const FRESH_MS = 5 * 60_000
const STALE_MS = 60 * 60_000
const TIMEOUT_MS = 5_000
const MAX_BYTES = 64 * 1024

interface Fetched {
  readonly at: number
  readonly keys: RegisteredKeys
}

function isKeySet(value: unknown): value is RegisteredKeys {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) return false
  return value.keys.every(
    (key: unknown) =>
      typeof key === 'object' && key !== null && 'kty' in key && typeof key.kty === 'string' && !('d' in key) && !('k' in key)
  )
}

async function fetchKeys(uri: string): Promise<RegisteredKeys> {
  try {
    const response = await fetch(uri, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: 'application/json' }
    })
    const bytes: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body ?? []) {
      const part = chunk as Uint8Array // fetch bodies give bytes
      length += part.length
      if (length > MAX_BYTES) throw new RangeError('too long')
      bytes.push(part)
    }
    const value: unknown = JSON.parse(Buffer.concat(bytes).toString('utf8'))
    if (!response.ok || !isKeySet(value)) throw new TypeError('not a JWK set')
    return value
  } catch (error) {
    throw new UpstreamError('partner-unavailable', 10, error)
  }
}

/** Fetched keys, believed while fresh, and while stale when the party's server does not answer. */
async function remembered(known: Map<string, Fetched>, uri: string, now: number): Promise<RegisteredKeys> {
  const before = known.get(uri)
  if (before !== undefined && now - before.at < FRESH_MS) return before.keys
  try {
    const keys = await fetchKeys(uri)
    known.set(uri, { at: now, keys })
    return keys
  } catch (error) {
    if (before !== undefined && now - before.at < STALE_MS) return before.keys
    throw error
  }
}

/** A function that answers a party's keys, null for an unknown party. UpstreamError when its server does not answer and nothing recent is known. */
export function createKeysOf(parties: ReadonlyMap<string, Party>, now: () => number): (party: string) => Promise<RegisteredKeys | null> {
  const known = new Map<string, Fetched>()
  return async (id) => {
    const party = parties.get(id)
    if (party === undefined) return null
    if (party.jwks !== undefined) return party.jwks
    if (party.jwksUri?.startsWith('https://') !== true) return { keys: [] }
    return remembered(known, party.jwksUri, now())
  }
}
