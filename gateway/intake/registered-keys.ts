/**
 * The registered public keys of a party: those in its file, those its jwks_uri serves, or those a certificate chain of its vouches for. Decides which apply at the moment
 * of asking, by the party as it is registered by then. Refuses, by UpstreamError, a party whose server does not answer when nothing recent is known; keys come from
 * nowhere else: what a signed text says of its key only helps to find the registered one.
 */
import { UpstreamError } from '../core/errors.ts'
import type { KeyHint } from '../core/identity/key-hint.ts'
import { type KeySet, readKeySet } from '../core/identity/key-set.ts'
import type { Party, PublicJwk } from '../generated/policy.ts'
import { type FetchFault, fetchOutside, NotFetched, type Outside, type Want } from './reach/fetch.ts'
import { type Got, Kept } from './reach/kept.ts'

export interface RegisteredKeys {
  readonly keys: readonly PublicJwk[]
  /** chain: of the keys to sign with there is the one whose certificate the hint found */
  readonly by: 'keys' | 'chain'
  readonly jwksUri?: string
}

/** Null for an unknown party. UpstreamError partner-unavailable. `hint`: what a signed text says of its key. */
export type KeysOf = (party: string, hint?: KeyHint) => Promise<RegisteredKeys | null>

type Certificates = NonNullable<Party['certificates']>

/** What certificates vouch for; seal/chain.ts. `lists`: of revoked certificates, as they were fetched. */
export interface Chains {
  /** null: the party's file cannot be read */
  keysOf(certificates: Certificates, hint: KeyHint, lists: readonly Uint8Array[], at: Date): readonly PublicJwk[] | null
  /** whether a list says of itself that it is still in force */
  isCurrent(list: Uint8Array, at: Date): boolean
}

/** Why something of a party could not be had, for operators. */
export type KeysFault = FetchFault | 'not-a-key-set' | 'private-key' | 'bad-certificates' | 'not-vouched-for'

export interface KeySources {
  /** those that are registered: asked each time */
  readonly parties: () => ReadonlyMap<string, Party>
  readonly outside: Outside
  readonly chains: Chains
  /** milliseconds that only go forward */
  readonly clock: () => number
  readonly now: () => Date
  /** once for each fetch that gave nothing, so at most once in ten seconds for an address; and for each chain that vouches for nothing */
  readonly tell: (fault: { readonly kind: KeysFault; readonly party: string }) => void
}

/** RFC 7517 §8.5; many serve a set as plain JSON. */
const JWKS: Want = { schemes: ['https:'], types: ['application/jwk-set+json', 'application/json'], maxBytes: 64 * 1024 }
/** RFC 2585 §4.2. http, too: a list is signed, and https may need the very list that is fetched (RFC 5280 §8). */
const CRL: Want = {
  schemes: ['https:', 'http:'],
  types: ['application/pkix-crl', 'application/x-pkcs7-crl', 'application/octet-stream', 'application/x-pem-file'],
  maxBytes: 1024 * 1024
}
const HOUR_MS = 3_600_000
/** A compromised key lives so long at most when its party's server is kept from answering; an operator can end it at once. */
const KEYS_LAST_MS = HOUR_MS
/** A list says itself until when it is in force. */
const LISTS_LAST_MS = 7 * 24 * HOUR_MS
const RETRY_SECONDS = 10

class Unusable extends Error {
  readonly fault: KeysFault
  constructor(fault: KeysFault) {
    super(fault)
    this.fault = fault
  }
}

/** Tells of what could not be had, and lets it fail. */
function telling<T>({ tell }: KeySources, get: (address: string) => Promise<Got<T>>): (address: string, party: string) => Promise<Got<T>> {
  return async (address, party) => {
    try {
      const got = await get(address)
      if (got === 'burnt') tell({ kind: 'private-key', party })
      return got
    } catch (error) {
      tell({ kind: error instanceof NotFetched || error instanceof Unusable ? error.fault : 'unreachable', party })
      throw error
    }
  }
}

async function keySetAt(outside: Outside, address: string): Promise<Got<KeySet>> {
  const { bytes, headers } = await fetchOutside(outside, address, JWKS)
  const value = readKeySet(bytes.toString('utf8'))
  if (value === 'not-a-key-set') throw new Unusable(value)
  return value === 'private-key' ? 'burnt' : { value, headers }
}

async function listAt(outside: Outside, address: string): Promise<Got<Uint8Array>> {
  const { bytes, headers } = await fetchOutside(outside, address, CRL)
  return { value: bytes, headers }
}

/** Whether a set has the key that is looked for. */
function holds({ keys }: KeySet, { kid }: KeyHint): boolean {
  return typeof kid !== 'string' || keys.some((key) => key.kid === kid)
}

/** Of a party registered by certificates: what they vouch for, and the keys to seal to that stand beside. */
async function keysByChain(
  sources: KeySources,
  lists: Kept<Uint8Array>,
  { id, certificates, jwks }: Chained,
  hint: KeyHint
): Promise<RegisteredKeys> {
  const { chains, now, tell } = sources
  const uris = certificates.crlUris ?? []
  const found = await Promise.all(uris.map((uri) => lists.at(uri, id, (list) => chains.isCurrent(list, now()))))
  const current = found.filter((list) => list !== null)
  const vouched = chains.keysOf(certificates, hint, current, now())
  if (vouched === null) tell({ kind: 'bad-certificates', party: id })
  else if (vouched.length === 0) tell({ kind: 'not-vouched-for', party: id })
  return { by: 'chain', keys: [...(vouched ?? []), ...(jwks?.keys ?? []).filter(({ use }) => use === 'enc')] }
}

type Chained = Party & { readonly certificates: Certificates }

function isChained(party: Party): party is Chained {
  return party.certificates !== undefined
}

/** A function that answers a party's keys. */
export function createKeysOf(sources: KeySources): KeysOf {
  const { clock, outside } = sources
  const sets = new Kept<KeySet>({ clock, lastGood: KEYS_LAST_MS, get: telling(sources, (address) => keySetAt(outside, address)) })
  const lists = new Kept<Uint8Array>({ clock, lastGood: LISTS_LAST_MS, get: telling(sources, (address) => listAt(outside, address)) })
  return async (id, hint = {}) => {
    const party = sources.parties().get(id)
    if (party === undefined) return null
    if (isChained(party)) return keysByChain(sources, lists, party, hint)
    const { jwks, jwksUri } = party
    if (jwksUri === undefined) return { by: 'keys', keys: jwks?.keys ?? [] }
    const set = await sets.at(jwksUri, id, (held) => holds(held, hint))
    if (set === null) throw new UpstreamError('partner-unavailable', RETRY_SECONDS)
    return { by: 'keys', keys: set.keys, jwksUri }
  }
}
