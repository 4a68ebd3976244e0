/**
 * Whether a chain of certificates vouches for the key a party signs with (RFC 5280 §6), ending at an authority that is registered for that party. Decides by signatures up
 * the chain, times, who may issue and how deep, what each key is for, the names, and lists of revoked certificates. Refuses everything that is not shown: no list in force
 * where lists are asked for, a critical extension it does not understand, a leaf that is an authority, a name that is missing.
 */
import { hash } from 'node:crypto'
import { keyFaults } from '../core/agreement/party-faults.ts'
import type { KeyHint } from '../core/identity/key-hint.ts'
import type { Party, PublicJwk } from '../generated/policy.ts'
import { isRevoked, type RevocationList, readRevocationList, type SignedLists, speaksFor } from './crl.ts'
import { type Certificate, readCertificate } from './x509.ts'

type Certificates = NonNullable<Party['certificates']>

/** A party's file, read. */
interface Registered {
  readonly anchors: readonly Certificate[]
  readonly intermediates: readonly Certificate[]
  /** null: its certificate comes with what it signs */
  readonly leaves: readonly Certificate[] | null
  readonly lists: readonly RevocationList[]
}

/** RFC 7515 §4.1.6: the leaf first. Longer chains are nobody's. */
const LONGEST_CHAIN = 5

export interface Chains {
  /** null: the party's file cannot be read */
  keysOf(certificates: Certificates, hint: KeyHint, lists: readonly Uint8Array[], at: Date): readonly PublicJwk[] | null
  isCurrent(list: Uint8Array, at: Date): boolean
}

/** Reads each file and each list once, for as long as somebody holds it. */
export function createChains(): Chains {
  const files = new WeakMap<Certificates, Registered | null>()
  const fetched = new WeakMap<Uint8Array, RevocationList | null>()
  const signed: SignedLists = new WeakMap()
  const read = once(files, readRegistered)
  const listOf = once(fetched, readRevocationList)
  return {
    keysOf: (certificates, hint, lists, at) => {
      const registered = read(certificates)
      if (registered === null) return null
      const all = [...registered.lists, ...lists.flatMap((list) => listOf(list) ?? [])]
      return vouchedFor({ certificates, registered, lists: all, signed, at }, hint)
    },
    isCurrent: (list, at) => {
      const known = listOf(list)
      return known !== null && known.until > at
    }
  }
}

/** Null where it cannot be read. */
function once<K extends object, V>(known: WeakMap<K, V | null>, make: (key: K) => V): (key: K) => V | null {
  return (key) => {
    const before = known.get(key)
    if (before !== undefined) return before
    const made = attempt(() => make(key))
    known.set(key, made)
    return made
  }
}

function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}

/** Throws TypeError where any part of it is no certificate, or no list: a file is right as a whole. */
export function readRegistered({ anchors, intermediates = [], leaves, crls = [] }: Certificates): Registered {
  return {
    anchors: anchors.map(readCertificate),
    intermediates: intermediates.map(readCertificate),
    leaves: leaves === undefined ? null : leaves.map(readCertificate),
    lists: crls.map((text) => readRevocationList(Buffer.from(text, 'latin1')))
  }
}

interface Question {
  readonly certificates: Certificates
  readonly registered: Registered
  readonly lists: readonly RevocationList[]
  readonly signed: SignedLists
  readonly at: Date
}

function vouchedFor(question: Question, hint: KeyHint): PublicJwk[] {
  const presented = hint.x5c === undefined ? [] : attempt(() => presentedIn(hint.x5c))
  if (presented === null) return []
  const [first, ...others] = presented
  const { leaves } = question.registered
  const candidates =
    leaves === null ? presented.slice(0, 1) : leaves.filter(({ x509 }) => first === undefined || x509.raw.equals(first.x509.raw))
  const named = candidates.filter((leaf) => hint.kid === thumbprintOf(leaf))
  return (named.length > 0 ? named : candidates)
    .filter((leaf) => hint['x5t#S256'] === undefined || hint['x5t#S256'] === thumbprintOf(leaf))
    .filter((leaf) => attempt(() => isVouchedFor(question, leaf, others)) === true)
    .flatMap((leaf) => keyOf(leaf) ?? [])
}

/** RFC 7515 §4.1.6: base64, not base64url, of DER. */
function presentedIn(x5c: unknown): Certificate[] {
  if (!Array.isArray(x5c) || x5c.length < 1 || x5c.length > LONGEST_CHAIN) throw new TypeError('not a chain')
  return x5c.map((text: unknown) => {
    if (typeof text !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new TypeError('not a certificate')
    return readCertificate(Buffer.from(text, 'base64'))
  })
}

function isVouchedFor(question: Question, leaf: Certificate, others: readonly Certificate[]): boolean {
  const { certificates, registered, at } = question
  const path = pathOf(leaf, [...others, ...registered.intermediates], registered.anchors, at)
  if (path === null || !isLeaf(leaf, certificates)) return false
  if (!path.slice(1).every((authority, below) => mayIssue(authority, below))) return false
  return certificates.revocation === 'none' || path.slice(0, -1).every((one, at_) => standsUnder(question, one, path[at_ + 1]))
}

/**
 * From the leaf to an anchor, the shortest; null where there is none. Each certificate is signed by the next, and all are in time: an authority that renewed its certificate has
 * two of one name and key. Each is followed once, whatever a stranger presents.
 */
function pathOf(leaf: Certificate, between: readonly Certificate[], anchors: readonly Certificate[], at: Date): Certificate[] | null {
  const untried = new Set(between.filter((one) => isInTime(one, at)))
  const inTime = anchors.filter((one) => isInTime(one, at))
  const paths = isInTime(leaf, at) ? [{ path: [leaf], last: leaf }] : []
  for (const { path, last } of paths) {
    const anchor = inTime.find((candidate) => issued(candidate, last))
    if (anchor !== undefined) return [...path, anchor]
    if (path.length === LONGEST_CHAIN) continue
    for (const candidate of [...untried].filter((one) => issued(one, last))) {
      untried.delete(candidate)
      paths.push({ path: [...path, candidate], last: candidate })
    }
  }
  return null
}

function issued(authority: Certificate, { x509 }: Certificate): boolean {
  return x509.checkIssued(authority.x509) && x509.verify(authority.x509.publicKey)
}

function isInTime({ x509 }: Certificate, at: Date): boolean {
  return x509.validFromDate <= at && at <= x509.validToDate
}

/** §4.2.1.9, §4.2.1.3. `below`: how many authorities stand between it and the leaf. An anchor, too: it is a certificate that says so. */
function mayIssue({ isAuthority, pathLength, keyUsage }: Certificate, below: number): boolean {
  return isAuthority && pathLength >= below && keyUsage?.has('keyCertSign') === true
}

function isLeaf(
  { isAuthority, keyUsage, extendedKeyUsage, names }: Certificate,
  { names: asked = [], extendedKeyUsage: purposes = [] }: Certificates
): boolean {
  if (isAuthority || keyUsage?.has('digitalSignature') === false) return false
  return asked.every((name) => names.has(name)) && purposes.every((purpose) => extendedKeyUsage?.has(purpose) === true)
}

/** Under a list in force of its own issuer that does not name it. One list that names it is enough. */
function standsUnder({ lists, signed, at }: Question, certificate: Certificate, issuer: Certificate | undefined): boolean {
  const own = issuer === undefined ? [] : lists.filter((list) => speaksFor(list, issuer, at, signed))
  return own.length > 0 && own.every((list) => !isRevoked(list, certificate))
}

/** x5t#S256 (RFC 7515 §4.1.8) */
function thumbprintOf({ x509 }: Certificate): string {
  return hash('sha256', x509.raw, 'base64url')
}

/** The key a leaf vouches for, as SMART Backend Services has it; null where it is of another kind. */
function keyOf(leaf: Certificate): PublicJwk | null {
  const { kty, crv, x, y, n, e } = leaf.x509.publicKey.export({ format: 'jwk' })
  const common = { kid: thumbprintOf(leaf), use: 'sig' as const }
  if (kty === 'RSA' && n !== undefined && e !== undefined) return whole({ ...common, kty, alg: 'RS384', n, e })
  return kty === 'EC' && crv === 'P-384' && x !== undefined && y !== undefined ? whole({ ...common, kty, alg: 'ES384', crv, x, y }) : null
}

/** Judged as keys of files are: an authority may certify what is none for us. */
function whole(jwk: PublicJwk): PublicJwk | null {
  return keyFaults([jwk]).length === 0 ? jwk : null
}
