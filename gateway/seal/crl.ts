/**
 * Lists of revoked certificates (RFC 5280 §5). node-forge reads none, so this does, on the very bytes that are signed. Decides whether a certificate stands revoked.
 * Refuses, by TypeError, what is no whole list of version 2 (one for some reasons or certificates only, a delta, an indirect one: each has a critical extension), and one
 * without a day on which it ends; a list that is not signed by the issuer, or not in force, is as none.
 */
import { hash, verify } from 'node:crypto'
import forge from 'node-forge'
import { type DerValue, derOnly, derValues, TAG } from './der.ts'
import { type Certificate, SIGNATURES } from './x509.ts'

export interface RevocationList {
  /** the issuer's Name, as DER */
  readonly issuer: Buffer
  readonly from: Date
  /** nextUpdate */
  readonly until: Date
  /** serial numbers, as upper-case hexadecimal without leading zeros */
  readonly revoked: ReadonlySet<string>
  readonly signed: Buffer
  readonly signature: Buffer
  readonly digest: string
}

/** A list of a megabyte, as PEM. */
const MAX_BYTES = 1_500_000
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
const BOOLEAN = 0x01

/** DER, or PEM. TypeError. */
export function readRevocationList(bytes: Uint8Array): RevocationList {
  const [tbs, algorithm, signature, ...others] = derValues(derOnly(derOf(bytes), TAG.sequence))
  if (signature?.tag !== TAG.bitString || tbs?.tag !== TAG.sequence || others.length > 0)
    throw new TypeError('not a list of revoked certificates')
  const oid = signatureOid(algorithm)
  const digest = SIGNATURES.get(oid)
  if (digest === undefined || signature.content[0] !== 0) throw new TypeError('signed by another algorithm')
  const fields = derValues(tbs.content)
  const [version, inner, issuer, from, until] = fields
  if (version?.tag !== TAG.integer || !version.content.equals(Buffer.of(1))) throw new TypeError('not version 2')
  if (signatureOid(inner) !== oid || issuer?.tag !== TAG.sequence) throw new TypeError('not a list of revoked certificates')
  const rest = fields.slice(5)
  const entries = rest[0]?.tag === TAG.sequence ? rest.shift() : undefined
  refuseCritical(rest)
  return {
    issuer: issuer.whole,
    from: timeOf(from),
    until: timeOf(until),
    revoked: new Set(entries === undefined ? [] : derValues(entries.content).map(serialOf)),
    signed: tbs.whole,
    signature: signature.content.subarray(1),
    digest
  }
}

/** By list: SHA-256 of the authority → whether it signed it. */
export type SignedLists = WeakMap<RevocationList, Map<string, boolean>>

/** Authorities that are remembered of a list: its own, and some that others present. */
const MOST_AUTHORITIES = 16

/**
 * Whether this list speaks at that moment of what this authority issued. A megabyte is hashed for its signature once a list and authority, which `known` holds: whoever proves
 * nothing could have it done at every word else.
 */
export function speaksFor(list: RevocationList, authority: Certificate, at: Date, known: SignedLists): boolean {
  if (list.from > at || list.until <= at || !list.issuer.equals(subjectOf(authority))) return false
  if (authority.keyUsage?.has('cRLSign') === false) return false
  const by = hash('sha256', authority.x509.raw, 'base64url')
  const before = known.get(list) ?? new Map<string, boolean>()
  const signed = before.get(by) ?? verify(list.digest, list.signed, authority.x509.publicKey, list.signature)
  if (before.size >= MOST_AUTHORITIES) before.clear()
  known.set(list, before.set(by, signed))
  return signed
}

export function isRevoked({ revoked }: RevocationList, { x509 }: Certificate): boolean {
  return revoked.has(trimmed(x509.serialNumber))
}

const PEM = /^\s*-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----\s*$/

function derOf(bytes: Uint8Array): Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length > MAX_BYTES) throw new TypeError('too large for a list')
  const inner = buffer[0] === TAG.sequence ? undefined : PEM.exec(buffer.toString('latin1'))?.[1]
  return inner === undefined ? buffer : Buffer.from(inner, 'base64')
}

function signatureOid(algorithm: DerValue | undefined): string {
  const [oid] = algorithm?.tag === TAG.sequence ? derValues(algorithm.content) : []
  if (oid?.tag !== TAG.oid) throw new TypeError('not an algorithm')
  return forge.asn1.derToOid(oid.content.toString('latin1'))
}

/** §5.1.2.4, §5.1.2.5 */
function timeOf(value: DerValue | undefined): Date {
  const text = value?.content.toString('latin1') ?? ''
  if (value?.tag === UTC_TIME && /^\d{12}Z$/.test(text)) return forge.asn1.utcTimeToDate(text)
  if (value?.tag === GENERALIZED_TIME && /^\d{14}Z$/.test(text)) return forge.asn1.generalizedTimeToDate(text)
  throw new TypeError('a list without its times')
}

/** The serial number of an entry. An entry that speaks of another issuer's certificate says so in a critical extension (§5.3.3). */
function serialOf(entry: DerValue): string {
  const [serial, , extensions] = derValues(entry.content)
  if (entry.tag !== TAG.sequence || serial?.tag !== TAG.integer) throw new TypeError('not an entry')
  if (extensions !== undefined) requireNoneCritical(extensions.content)
  return trimmed(serial.content.toString('hex'))
}

function trimmed(hexadecimal: string): string {
  return hexadecimal.toUpperCase().replace(/^0+(?=.)/, '')
}

/** crlExtensions stand in [0], and are last. */
function refuseCritical(rest: readonly DerValue[]): void {
  const [holder, ...others] = rest
  if (others.length > 0 || (holder !== undefined && holder.tag !== TAG.constructed0))
    throw new TypeError('not a list of revoked certificates')
  if (holder !== undefined) requireNoneCritical(derOnly(holder.content, TAG.sequence))
}

function requireNoneCritical(extensions: Buffer): void {
  for (const extension of derValues(extensions)) {
    const [, critical] = derValues(extension.content)
    if (critical?.tag === BOOLEAN && critical.content[0] !== 0) throw new TypeError('a critical extension that is not understood')
  }
}

/** The subject's Name in the certificate: after version, serial number, algorithm, issuer and times. */
function subjectOf({ x509 }: Certificate): Buffer {
  const [tbs] = derValues(derOnly(x509.raw, TAG.sequence))
  const subject = derValues(tbs?.content ?? Buffer.alloc(0))[5]
  if (subject === undefined) throw new TypeError('a certificate without a subject')
  return subject.whole
}
