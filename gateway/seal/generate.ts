/**
 * New keys. Decides their kinds: the gateway's ring (see keyring.ts) and a party's pair: one to sign client assertions (ES384 or
 * RS384, SMART Backend Services) and one to which datasets are sealed (ECDH-ES+A256KW on P-256, or RSA-OAEP-256, 3072 bits).
 */
import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto'
import { PURPOSES, type PublicJwk, type Purpose, thumbprintOf } from './keyring.ts'

/** The texts of a new ring by file name. `origin`: the log's name, a schema-less URL. */
export function generateKeyRing(origin: string, at = new Date()): Map<string, string> {
  return new Map(PURPOSES.map((purpose) => [`${purpose}.jwk`, `${JSON.stringify(generateKey(purpose, origin, at), null, 2)}\n`]))
}

/** A new key of the gateway, with the moment it was made (`iat`). */
export function generateKey(purpose: Purpose, origin: string, at: Date): JsonWebKey {
  return { ...bareKey(purpose, origin), iat: Math.floor(at.getTime() / 1000) }
}

function bareKey(purpose: Purpose, origin: string): JsonWebKey {
  switch (purpose) {
    case 'token':
    case 'manifest':
      return privateJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), {
        use: 'sig',
        alg: 'ES256'
      })
    case 'log':
      return { ...privateJwk(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), { use: 'sig', alg: 'EdDSA' }), origin }
    case 'wrapping':
    case 'crosswalk':
      return { kty: 'oct', k: randomBytes(32).toString('base64url') }
    default:
      return purpose satisfies never
  }
}

export type PartyKeyType = 'ec' | 'rsa'

export interface PartyKeys {
  readonly signing: JsonWebKey
  readonly encryption: JsonWebKey
  /** what to register with the gateway */
  readonly jwks: { readonly keys: readonly PublicJwk[] }
}

/** A party's two keys, private, and the public JWKS to register. kids: `<kid>-sig`, `<kid>-enc`, or thumbprints when `kid` is null. */
export function generatePartyKeys(type: PartyKeyType, kid: string | null): PartyKeys {
  const ids = kid === null ? null : { sig: `${kid}-sig`, enc: `${kid}-enc` }
  const make = type === 'ec' ? ecPair : rsaPair
  const signing = privateJwk(make('sig'), { use: 'sig', alg: type === 'ec' ? 'ES384' : 'RS384', ...(ids && { kid: ids.sig }) })
  const encryption = privateJwk(make('enc'), {
    use: 'enc',
    alg: type === 'ec' ? 'ECDH-ES+A256KW' : 'RSA-OAEP-256',
    ...(ids && { kid: ids.enc })
  })
  return { signing, encryption, jwks: { keys: [publicPart(signing), publicPart(encryption)] } }
}

/** A JWK without its private members. */
export function publicPart(jwk: JsonWebKey): PublicJwk {
  const kept = ['kty', 'kid', 'use', 'alg', 'crv', 'x', 'y', 'n', 'e'].filter((name) => jwk[name] !== undefined)
  // A JWK with a kty, cut to the members PublicJwk names.
  return Object.fromEntries(kept.map((name) => [name, jwk[name]])) as PublicJwk
}

function ecPair(use: 'sig' | 'enc'): JsonWebKey {
  return generateKeyPairSync('ec', { namedCurve: use === 'sig' ? 'P-384' : 'P-256' }).privateKey.export({ format: 'jwk' })
}

function rsaPair(): JsonWebKey {
  return generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey.export({ format: 'jwk' })
}

function privateJwk(bare: JsonWebKey, members: { use: string; alg: string; kid?: string }): JsonWebKey {
  return { ...bare, kid: thumbprintOf(publicPart(bare)), ...members }
}
