/**
 * A development certificate authority (X.509 by node-forge): what the demo and a first trial need, and no production does. Decides
 * the shape of its certificates (RFC 5280): the authority signs certificates only, a server's names its hosts, a client's serves client
 * authentication alone. Lives are short. Keys are RSA of 2048 bits, which every client takes.
 */
import { generateKeyPairSync, hash, randomBytes, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import forge from 'node-forge'

/** A certificate and its private key, both PEM. */
export interface Certified {
  readonly certificate: string
  readonly privateKey: string
}

/** Whom a certificate names. `hosts`: DNS names and IP addresses. */
export type CertificateSubject =
  | { readonly use: 'server'; readonly commonName: string; readonly hosts: readonly string[] }
  | { readonly use: 'client'; readonly commonName: string }

const AUTHORITY_DAYS = 365
const DAYS = 90
const DAY_MS = 86_400_000

/** A new authority, valid for a year from `at`. */
export function createAuthority(commonName: string, at: Date): Certified {
  const keys = newKeys()
  const certificate = blank(keys.publicKey, commonName, at, AUTHORITY_DAYS)
  certificate.setIssuer(certificate.subject.attributes)
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' }
  ])
  return sealed(certificate, keys.pem, keys.privateKey)
}

/** A certificate of the authority, valid for 90 days from `at`. */
export function issueCertificate(authority: Certified, subject: CertificateSubject, at: Date): Certified {
  const issuer = forge.pki.certificateFromPem(authority.certificate)
  const keys = newKeys()
  const certificate = blank(keys.publicKey, subject.commonName, at, DAYS)
  certificate.setIssuer(issuer.subject.attributes)
  const names = subject.use === 'server' ? [{ name: 'subjectAltName', altNames: subject.hosts.map(altName) }] : []
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: subject.use === 'server' },
    { name: 'extKeyUsage', serverAuth: subject.use === 'server', clientAuth: subject.use === 'client' },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    ...names
  ])
  return sealed(certificate, keys.pem, forge.pki.privateKeyFromPem(authority.privateKey))
}

/** x5t#S256 of a PEM certificate (RFC 8705 §3.1): base64url of the SHA-256 of its DER. */
export function certificateThumbprint(pem: string): string {
  return hash('sha256', new X509Certificate(pem).raw, 'base64url')
}

function altName(host: string): { type: number; value?: string; ip?: string } {
  return isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host }
}

/** RSA keys by OpenSSL: node-forge would take seconds. */
function newKeys(): { pem: string; privateKey: forge.pki.rsa.PrivateKey; publicKey: forge.pki.rsa.PublicKey } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' }
  })
  return {
    pem: privateKey,
    privateKey: forge.pki.privateKeyFromPem(privateKey),
    publicKey: forge.pki.publicKeyFromPem(publicKey) as forge.pki.rsa.PublicKey
  } // generated as RSA above
}

function blank(publicKey: forge.pki.rsa.PublicKey, commonName: string, at: Date, days: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  // 127 random bits, positive and never starting with a zero byte (RFC 5280 §4.1.2.2).
  certificate.serialNumber = `4${randomBytes(16).toString('hex').slice(1)}`
  // A minute back: clocks differ.
  certificate.validity.notBefore = new Date(at.getTime() - 60_000)
  certificate.validity.notAfter = new Date(at.getTime() + days * DAY_MS)
  certificate.setSubject([
    { name: 'commonName', value: commonName },
    { name: 'organizationName', value: 'Sallyport development' }
  ])
  return certificate
}

function sealed(certificate: forge.pki.Certificate, privateKey: string, signer: forge.pki.rsa.PrivateKey): Certified {
  certificate.sign(signer, forge.md.sha256.create())
  return { certificate: forge.pki.certificateToPem(certificate), privateKey }
}
