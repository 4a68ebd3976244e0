/**
 * A JWK set as a partner serves it (RFC 7517), read. Decides which of its keys are taken: public, whole, strong, of an algorithm offered, with a kid; others are
 * left out, for a set may serve other gateways too (§5). Refuses a set that gives one kid to two keys or one key two uses, holds more than a few, or is none; and tells apart the set that
 * shows a private key: whoever read it can sign, so nothing of it is believed any more.
 */
import type { PublicJwk } from '../../generated/policy.ts'
import { keyFaults } from '../agreement/party-faults.ts'

export interface KeySet {
  readonly keys: readonly PublicJwk[]
}

type Read = KeySet | 'not-a-key-set' | 'private-key'

const MOST_KEYS = 32
/** RFC 7518 §6.2.2, §6.3.2, §6.4 */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const MEMBERS = ['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y'] as const
/** A longer text is no number or name of a key: 8192 bits are 1366 characters. */
const LONGEST = 1366

type Member = Readonly<Record<string, unknown>>

/** `text`: of at most some 64 KiB. */
export function readKeySet(text: string): Read {
  const members = membersOf(text)
  if (members === null || members.length > MOST_KEYS) return 'not-a-key-set'
  if (members.some((key) => PRIVATE_MEMBERS.some((name) => name in key))) return 'private-key'
  const keys = members.flatMap((key) => usable(key) ?? [])
  return keyFaults(keys).length === 0 ? { keys } : 'not-a-key-set'
}

function membersOf(text: string): readonly Member[] | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) return null
    return value.keys.every(isMember) ? value.keys : null
  } catch {
    return null
  }
}

function isMember(value: unknown): value is Member {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** By what a key without `use` and `alg` is for: signatures (SMART Backend Services). Nothing is sealed to a key that does not say so. */
const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ['sig RSA', 'RS384'],
  ['sig EC', 'ES384'],
  ['enc RSA', 'RSA-OAEP-256'],
  ['enc EC', 'ECDH-ES+A256KW']
])

/** The members we know, and no others; null where it is no key for us. */
function usable(key: Member): PublicJwk | null {
  const use = key['use'] ?? (isFor(key, 'encrypt', 'wrapKey', 'deriveKey', 'deriveBits') ? 'enc' : 'sig')
  const alg = key['alg'] ?? ALGORITHMS.get(`${String(use)} ${String(key['kty'])}`)
  const whole: Member = { ...key, use, alg }
  const known = Object.fromEntries(MEMBERS.flatMap((name) => (whole[name] === undefined ? [] : [[name, whole[name]]])))
  if (!Object.entries(known).every(([, value]) => typeof value === 'string' && value.length <= LONGEST)) return null
  const jwk = known as Partial<PublicJwk> as PublicJwk // texts, looked at by keyFaults
  return jwk.kid !== undefined && keyFaults([jwk]).length === 0 ? jwk : null
}

function isFor({ key_ops: operations }: Member, ...names: readonly string[]): boolean {
  return Array.isArray(operations) && names.some((name) => operations.includes(name))
}
