/** A small PKI of the test: authorities, leaves and lists of revoked certificates, as right or as wrong as a test wants them. Signed by OpenSSL (node:crypto), written by node-forge. */
import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { der, derOnly, derValues, oid, TAG } from '../../gateway/seal/der.ts'

export interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export const rsaPair = (bits = 2048): Pair => generateKeyPairSync('rsa', { modulusLength: bits })
export const ecPair = (namedCurve = 'P-384'): Pair => generateKeyPairSync('ec', { namedCurve })

export interface Issued {
  readonly pem: string
  readonly name: string
  readonly keys: Pair
}

export interface CertificateOptions {
  /** null: its own */
  readonly issuer: Issued | null
  readonly keys: Pair
  readonly extensions: readonly object[]
  readonly from?: Date
  readonly to?: Date
  /** hexadecimal */
  readonly serial?: string
  readonly digest?: string
  /** said in the signed part instead of what it is signed with */
  readonly innerDigest?: string
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  'rsa sha1': '1.2.840.113549.1.1.5',
  'rsa sha256': '1.2.840.113549.1.1.11',
  'rsa sha384': '1.2.840.113549.1.1.12',
  'ec sha256': '1.2.840.10045.4.3.2',
  'ec sha384': '1.2.840.10045.4.3.3'
}
const DAY_MS = 86_400_000
export const AUTHORITY = (pathLenConstraint?: number): readonly object[] => [
  { name: 'basicConstraints', critical: true, cA: true, ...(pathLenConstraint === undefined ? {} : { pathLenConstraint }) },
  { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true }
]
export const LEAF: readonly object[] = [
  { name: 'basicConstraints', critical: true, cA: false },
  { name: 'keyUsage', critical: true, digitalSignature: true },
  { name: 'extKeyUsage', clientAuth: true },
  {
    name: 'subjectAltName',
    altNames: [
      { type: 2, value: 'keys.hospital.example' },
      { type: 6, value: 'https://hospital.example/fhir' }
    ]
  }
]

function algorithmOf({ privateKey }: Pair, digest: string): Buffer {
  const type = privateKey.asymmetricKeyType === 'ec' ? 'ec' : 'rsa'
  const id = oid(ALGORITHMS[`${type} ${digest}`] ?? '')
  return type === 'ec' ? der(TAG.sequence, id) : der(TAG.sequence, id, Buffer.from([5, 0]))
}

function signedBy(signer: Pair, digest: string, tbs: Buffer): Buffer {
  const signature = sign(digest, tbs, signer.privateKey)
  return der(TAG.sequence, tbs, algorithmOf(signer, digest), der(TAG.bitString, Buffer.of(0), signature))
}

function pemOf(kind: string, bytes: Buffer): string {
  return `-----BEGIN ${kind}-----\n${bytes
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n')}\n-----END ${kind}-----\n`
}

/** node-forge knows RSA alone: it writes the certificate around a key of its own, which is then taken out. */
const DUMMY = (() => {
  const { n, e } = forge.pki.privateKeyFromPem(rsaPair().privateKey.export({ type: 'pkcs1', format: 'pem' }).toString())
  return forge.pki.setRsaPublicKey(n, e)
})()

/** Its types leave this one out. */
const FORGE = forge.pki as typeof forge.pki & { getTBSCertificate(certificate: forge.pki.Certificate): forge.asn1.Asn1 }

export function certify(name: string, options: CertificateOptions): Issued {
  const { issuer, keys, extensions, serial = '4a01', digest = 'sha256', innerDigest = digest } = options
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = DUMMY
  certificate.serialNumber = serial
  certificate.validity.notBefore = options.from ?? new Date(Date.now() - DAY_MS)
  certificate.validity.notAfter = options.to ?? new Date(Date.now() + DAY_MS)
  const attributes = (commonName: string): forge.pki.CertificateField[] => [
    { name: 'commonName', value: commonName },
    { name: 'organizationName', value: 'Test' }
  ]
  certificate.setSubject(attributes(name))
  certificate.setIssuer(attributes(issuer?.name ?? name))
  certificate.setExtensions([...extensions])
  certificate.siginfo.algorithmOid = '1.2.840.113549.1.1.11'
  const signer = issuer?.keys ?? keys
  const fields = derValues(derOnly(Buffer.from(forge.asn1.toDer(FORGE.getTBSCertificate(certificate)).getBytes(), 'latin1'), TAG.sequence))
  const parts = fields.map(({ whole }, at) => {
    if (at === 2) return algorithmOf(signer, innerDigest)
    return at === 6 ? keys.publicKey.export({ type: 'spki', format: 'der' }) : whole
  })
  return { pem: pemOf('CERTIFICATE', signedBy(signer, digest, der(TAG.sequence, ...parts))), name, keys }
}

export interface ListOptions {
  readonly from?: Date
  /** null: left out */
  readonly until?: Date | null
  /** serial numbers, hexadecimal */
  readonly revoked?: readonly string[]
  readonly digest?: string
  readonly signer?: Pair
  /** OIDs of extensions that are critical */
  readonly critical?: readonly string[]
  readonly criticalEntry?: string
}

const time = (at: Date): Buffer => der(0x17, Buffer.from(at.toISOString().replace(/^\d\d|[-:T]|\.\d+/g, ''), 'latin1'))

/** One of an issuer; §5.2.3 its number. */
export function revocationList(issuer: Issued, options: ListOptions = {}): string {
  const { revoked = [], digest = 'sha256', signer = issuer.keys, critical = [], until = new Date(Date.now() + DAY_MS) } = options
  const from = options.from ?? new Date(Date.now() - DAY_MS)
  const extension = (id: string, weight: 'critical' | 'not critical'): Buffer =>
    der(
      TAG.sequence,
      oid(id),
      ...(weight === 'critical' ? [Buffer.from([1, 1, 255])] : []),
      der(TAG.octetString, der(TAG.integer, Buffer.of(1)))
    )
  const entry = (serial: string): Buffer => {
    const extensions = options.criticalEntry === undefined ? [] : [der(TAG.sequence, extension(options.criticalEntry, 'critical'))]
    return der(TAG.sequence, der(TAG.integer, Buffer.from(serial, 'hex')), time(from), ...extensions)
  }
  const subject = derValues(derOnly(new X509Certificate(issuer.pem).raw, TAG.sequence))[0]?.content ?? Buffer.alloc(0)
  const tbs = der(
    TAG.sequence,
    der(TAG.integer, Buffer.of(1)),
    algorithmOf(signer, digest),
    derValues(subject)[5]?.whole ?? Buffer.alloc(0),
    time(from),
    ...(until === null ? [] : [time(until)]),
    ...(revoked.length === 0 ? [] : [der(TAG.sequence, ...revoked.map(entry))]),
    der(TAG.constructed0, der(TAG.sequence, extension('2.5.29.20', 'not critical'), ...critical.map((id) => extension(id, 'critical'))))
  )
  return pemOf('X509 CRL', signedBy(signer, digest, tbs))
}

/** As x5c holds them (RFC 7515 §4.1.6). */
export function x5cOf(...certificates: readonly Issued[]): string[] {
  return certificates.map(({ pem }) => new X509Certificate(pem).raw.toString('base64'))
}
