/**
 * What a party's file may not say, beyond its shape: keys given in exactly one way, each key whole, strong enough, spelt in its one way and of
 * one use, no key and no kid twice (a kid must name one key). Private members never get this far: the schema does not know them.
 */
import type { Party, PublicJwk } from '../../generated/policy.ts'
import { sha256 } from '../digest.ts'
import type { Fault } from '../errors.ts'
import { textFaults } from '../identity/key-text.ts'
import { idFaults } from '../identity/reserved-ids.ts'

export function partyFaults(party: Party): Fault[] {
  return [...idFaults(party.id), ...keysGivenOnce(party), ...keyFaults(party.jwks?.keys ?? []), ...certificateFaults(party)]
}

/** Of the keys of a party, or of an officer. */
export function keyFaults(keys: readonly PublicJwk[]): Fault[] {
  return [...kidsAreUnique(keys), ...kidsNameTheirOwn(keys), ...keysAreUnique(keys), ...keys.flatMap(faultsOfKey)]
}

/** What makes a public key this one, whatever it is called and whatever it is for (RFC 7638 §3.2). */
export function numberOf({ kty, crv, x, y, n, e }: PublicJwk): string {
  return JSON.stringify(kty === 'RSA' ? [kty, n, e] : [kty, crv, x, y])
}

/** One key is for one use: what decrypts must never be made to sign (RFC 8725 §3.1, NIST SP 800-57 part 1 §5.2). */
function keysAreUnique(keys: readonly PublicJwk[]): Fault[] {
  const seen = new Set<string>()
  return keys.flatMap((key, index) => {
    const number = numberOf(key)
    if (!seen.has(number)) {
      seen.add(number)
      return []
    }
    return [{ path: `/jwks/keys/${index}`, message: 'is the same key as another: one key is for signing or for encryption' }]
  })
}

/** Beside certificates, jwks holds keys to seal to: what a certificate does not vouch for signs nothing. */
function keysGivenOnce({ jwks, jwksUri, certificates }: Party): Fault[] {
  const given = [certificates === undefined ? jwks : undefined, jwksUri, certificates].filter((way) => way !== undefined)
  if (given.length === 0) return [{ path: '/jwks', message: 'give jwks, jwksUri or certificates' }]
  if (given.length > 1) return [{ path: '/jwks', message: 'give one of jwks, jwksUri and certificates, not both' }]
  const signing = certificates === undefined ? [] : (jwks?.keys ?? []).filter(({ use }) => use !== 'enc')
  return signing.map(({ kid }) => ({ path: '/jwks', message: `beside certificates, keys have use "enc": ${kid} has not` }))
}

/** A file holds a few of each: more are not one party's. */
const MOST = 8

/** What the schema does not say of them. Whether they are certificates at all is seen when they are read (seal/chain.ts). */
function certificateFaults({ certificates }: Party): Fault[] {
  if (certificates === undefined) return []
  const { anchors, intermediates = [], leaves, names, revocation, crls = [], crlUris = [] } = certificates
  const path = '/certificates'
  const faults: Fault[] = []
  if (anchors.length === 0) faults.push({ path: `${path}/anchors`, message: 'must name an authority' })
  if ((leaves?.length ?? 0) === 0 && (names?.length ?? 0) === 0)
    faults.push({ path, message: 'give leaves, or names: else everyone whom the authority certifies is this party' })
  if (revocation === 'crl' && crls.length + crlUris.length === 0)
    faults.push({ path, message: 'give crls or crlUris, or say revocation none' })
  if (revocation === 'none' && crls.length + crlUris.length > 0)
    faults.push({ path: `${path}/revocation`, message: 'is none, but lists are given' })
  for (const [name, some] of Object.entries({ anchors, intermediates, leaves, names, crls, crlUris }))
    if ((some?.length ?? 0) > MOST) faults.push({ path: `${path}/${name}`, message: `holds more than ${MOST}` })
  return faults
}

function kidsAreUnique(keys: readonly PublicJwk[]): Fault[] {
  const seen = new Set<string>()
  return keys.flatMap(({ kid }, index) => {
    if (!seen.has(kid)) {
      seen.add(kid)
      return []
    }
    return [{ path: `/jwks/keys/${index}/kid`, message: 'is the kid of another key too: each must name one key' }]
  })
}

/** A key is named by its kid or by its RFC 7638 thumbprint: a kid that is another's thumbprint would name both. */
function kidsNameTheirOwn(keys: readonly PublicJwk[]): Fault[] {
  const prints = keys.map(printOf)
  return keys.flatMap(({ kid }, index) =>
    prints.some((print, other) => other !== index && print === kid)
      ? [{ path: `/jwks/keys/${index}/kid`, message: 'is the thumbprint of another key' }]
      : []
  )
}

/** RFC 7638 §3.2: the members in the order of their names. */
function printOf({ kty, crv, x, y, n, e }: PublicJwk): string {
  return sha256(JSON.stringify(kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y })).toString('base64url')
}

interface KeyShape {
  readonly kty: PublicJwk['kty']
  readonly use: PublicJwk['use']
  readonly members: readonly ('n' | 'e' | 'crv' | 'x' | 'y')[]
  readonly curves: readonly string[]
}

/** RFC 7518 §3.1, §4.1; SMART Backend Services admits RS384 and ES384. */
const SHAPES: ReadonlyMap<string, KeyShape> = new Map<string, KeyShape>([
  ['RS384', { kty: 'RSA', use: 'sig', members: ['n', 'e'], curves: [] }],
  ['ES384', { kty: 'EC', use: 'sig', members: ['crv', 'x', 'y'], curves: ['P-384'] }],
  ['RSA-OAEP-256', { kty: 'RSA', use: 'enc', members: ['n', 'e'], curves: [] }],
  ['ECDH-ES+A256KW', { kty: 'EC', use: 'enc', members: ['crv', 'x', 'y'], curves: ['P-256', 'P-384', 'P-521'] }]
])

function faultsOfKey(key: PublicJwk, index: number): Fault[] {
  const path = `/jwks/keys/${index}`
  const shape = SHAPES.get(key.alg)
  if (shape === undefined) return [{ path, message: 'names an algorithm that is not offered' }]
  const faults: Fault[] = []
  if (key.kty !== shape.kty) faults.push({ path: `${path}/kty`, message: `must be ${shape.kty} for ${key.alg}` })
  if (key.use !== shape.use) faults.push({ path: `${path}/use`, message: `must be ${shape.use} for ${key.alg}` })
  for (const member of shape.members) if (key[member] === undefined) faults.push({ path, message: `lacks ${member}` })
  if (key.crv !== undefined && !shape.curves.includes(key.crv)) faults.push({ path: `${path}/crv`, message: `does not go with ${key.alg}` })
  return [...faults, ...textFaults(key, path)]
}
