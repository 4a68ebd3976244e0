/**
 * One X.509 certificate (RFC 5280), read by two: node:crypto for what is verified (signature, names of the issuer, times, key), node-forge for what it does not show
 * (critical extensions, key usage, path length, alternative names). Decides nothing of trust. Refuses, by TypeError, what is not version 3, is signed by an algorithm
 * or has a key that is too weak or unknown here, or holds a critical extension that is not understood (§4.2): name constraints and policies among them.
 */
import { type KeyObject, X509Certificate } from 'node:crypto'
import forge from 'node-forge'

type Asn1 = forge.asn1.Asn1

export interface Certificate {
  readonly x509: X509Certificate
  readonly isAuthority: boolean
  /** how many authorities may stand below it; Infinity where it does not say */
  readonly pathLength: number
  /** null: for all */
  readonly keyUsage: ReadonlySet<KeyUsage> | null
  /** OIDs; null: for all */
  readonly extendedKeyUsage: ReadonlySet<string> | null
  /** as a party's file writes them: 'CN:…', 'DNS:…' */
  readonly names: ReadonlySet<string>
}

/** RFC 5280 §4.2.1.3, by bit. */
const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly'
] as const
type KeyUsage = (typeof KEY_USAGES)[number]

const EXTENSIONS: ReadonlyMap<string, 'basicConstraints' | 'keyUsage' | 'extendedKeyUsage' | 'subjectAltName'> = new Map([
  ['2.5.29.19', 'basicConstraints'],
  ['2.5.29.15', 'keyUsage'],
  ['2.5.29.37', 'extendedKeyUsage'],
  ['2.5.29.17', 'subjectAltName']
])

/** RFC 4055 §5, RFC 5758 §3.2; what signs certificates and lists here. SHA-1 and MD5 are not among them. */
export const SIGNATURES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512']
])

const SUBJECT_NAMES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.6', 'C'],
  ['2.5.4.5', 'serialNumber']
])

/** GeneralName (§4.2.1.6) by tag. */
const ALTERNATIVE_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'email'],
  [2, 'DNS'],
  [6, 'URI']
])

const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
const MAX_CERTIFICATE_BYTES = 8192

/** PEM or DER. TypeError. */
export function readCertificate(bytes: string | Uint8Array): Certificate {
  const x509 = new X509Certificate(bytes)
  if (x509.raw.length > MAX_CERTIFICATE_BYTES) throw new TypeError('too large for a certificate')
  // OpenSSL leaves what stands behind it unread
  if (typeof bytes !== 'string' && !x509.raw.equals(bytes)) throw new TypeError('not one certificate')
  requireStrong(x509.publicKey)
  const [tbs, algorithm] = children(forge.asn1.fromDer(x509.raw.toString('latin1'), true))
  const fields = children(tbs)
  const [version, , inner, , , subject] = fields
  if (version === undefined || version.tagClass !== forge.asn1.Class.CONTEXT_SPECIFIC) throw new TypeError('not version 3')
  const signed = oidOf(children(algorithm)[0])
  // §4.1.1.2: what is said of the signature outside is not signed
  if (!SIGNATURES.has(signed) || oidOf(children(inner)[0]) !== signed) throw new TypeError('signed by another algorithm')
  const extensions = extensionsOf(fields.find(({ tagClass, type }) => tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && Number(type) === 3))
  const [isAuthority, pathLength] = constraintsOf(extensions.get('basicConstraints'))
  return {
    x509,
    isAuthority,
    pathLength,
    keyUsage: keyUsageOf(extensions.get('keyUsage')),
    extendedKeyUsage: purposesOf(extensions.get('extendedKeyUsage')),
    names: new Set([...subjectNames(subject), ...alternativeNames(extensions.get('subjectAltName'))])
  }
}

/** RFC 7518 §3.3, and the curves in use. */
function requireStrong({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): void {
  const bits = details?.modulusLength ?? 0
  const exponent = details?.publicExponent ?? 0n
  const rsa = type === 'rsa' && bits >= 2048 && bits <= 8192 && exponent >= 3n
  if (!rsa && !(type === 'ec' && CURVES.has(details?.namedCurve))) throw new TypeError('a weak or unknown key')
}

function children(value: Asn1 | undefined): Asn1[] {
  if (value === undefined || !Array.isArray(value.value)) throw new TypeError('another ASN.1 value was expected')
  return value.value
}

function textOf(value: Asn1 | undefined): string {
  if (value === undefined || typeof value.value !== 'string') throw new TypeError('another ASN.1 value was expected')
  return value.value
}

function oidOf(value: Asn1 | undefined): string {
  return forge.asn1.derToOid(textOf(value))
}

/** Those that are understood, each by what stands in it. TypeError on one that is critical and is not, and on one that comes twice (§4.2). */
function extensionsOf(holder: Asn1 | undefined): Map<string, Asn1> {
  const found = new Map<string, Asn1>()
  if (holder === undefined) return found
  const seen = new Set<string>()
  for (const extension of children(children(holder)[0])) {
    const [id, ...rest] = children(extension)
    const oid = oidOf(id)
    if (seen.has(oid)) throw new TypeError('an extension comes twice')
    seen.add(oid)
    const name = EXTENSIONS.get(oid)
    if (name !== undefined) found.set(name, forge.asn1.fromDer(textOf(rest.at(-1)), true))
    else if (rest.length > 1 && textOf(rest[0]) !== '\0') throw new TypeError('a critical extension that is not understood')
  }
  return found
}

function constraintsOf(value: Asn1 | undefined): [isAuthority: boolean, pathLength: number] {
  if (value === undefined) return [false, Number.POSITIVE_INFINITY]
  const [authority, length] = children(value)
  if (authority === undefined || Number(authority.type) !== forge.asn1.Type.BOOLEAN || textOf(authority) === '\0') return [false, 0]
  return [true, length === undefined ? Number.POSITIVE_INFINITY : forge.asn1.derToInteger(textOf(length))]
}

/** A BIT STRING, the first byte of which counts the bits that are not used. */
function keyUsageOf(value: Asn1 | undefined): ReadonlySet<KeyUsage> | null {
  if (value === undefined) return null
  const bytes = Buffer.from(textOf(value).slice(1), 'latin1')
  return new Set(KEY_USAGES.filter((_, bit) => (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1))
}

function purposesOf(value: Asn1 | undefined): ReadonlySet<string> | null {
  return value === undefined ? null : new Set(children(value).map(oidOf))
}

/** In their own string type; UTF-8 and its subset ASCII are read, others are not names we compare. */
function subjectNames(subject: Asn1 | undefined): string[] {
  const { UTF8, PRINTABLESTRING, IA5STRING } = forge.asn1.Type
  return children(subject).flatMap((set) =>
    children(set).flatMap((attribute) => {
      const [id, value] = children(attribute)
      const name = SUBJECT_NAMES.get(oidOf(id))
      if (name === undefined || value === undefined || ![UTF8, PRINTABLESTRING, IA5STRING].includes(Number(value.type))) return []
      return [`${name}:${Buffer.from(textOf(value), 'latin1').toString('utf8')}`]
    })
  )
}

function alternativeNames(value: Asn1 | undefined): string[] {
  if (value === undefined) return []
  return children(value).flatMap(({ type, tagClass, value: text }) => {
    const name = tagClass === forge.asn1.Class.CONTEXT_SPECIFIC ? ALTERNATIVE_NAMES.get(Number(type)) : undefined
    return name === undefined || typeof text !== 'string' ? [] : [`${name}:${text}`]
  })
}
