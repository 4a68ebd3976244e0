/** The HTTP side with its real identities over a real database: what a party proves, and what of it is kept, is as in a running gateway. The registry is the test's to change. */
import { createPrivateKey, type JsonWebKey, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Pool } from 'pg'
import { type Registry, registryOf } from '../../gateway/core/identity/registry.ts'
import { openAudit } from '../../gateway/exchange/audit/audit.ts'
import { Refusals } from '../../gateway/exchange/audit/refusals.ts'
import type { House } from '../../gateway/exchange/house.ts'
import { openAccessTokens } from '../../gateway/exchange/identity/access-tokens.ts'
import type { Agreement, Officer, Party } from '../../gateway/generated/policy.ts'
import type { Identities } from '../../gateway/http/deps.ts'
import { identities } from '../../gateway/identities.ts'
import { generateKeyRing, generatePartyKeys, type PartyKeys } from '../../gateway/seal/generate.ts'
import { type KeyRing, NAMES_FILE, readKeyRing } from '../../gateway/seal/keyring.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { type GatewayOptions, type HttpGateway, startHttpGateway } from './http-gateway.ts'

export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** With a secret of names, as it is once it was opened from the database. */
function ringWithNames(): KeyRing {
  const files = generateKeyRing('test.example/log')
  return readKeyRing(new Map([...files, [NAMES_FILE, files.get('crosswalk.jwk') ?? '']]))
}

/** Whom the gateways of a test know, and with which keys; the same for all of them. */
export class World {
  readonly ring: KeyRing = ringWithNames()
  readonly keys = new Map<string, PartyKeys>()
  /** whether officers have tokens */
  byKey: 'on' | 'off' = 'on'
  registry: Registry = registryOf({ parties: new Map(), officers: new Map() })
  /** sides of an agreement in force */
  sides = new Set<string>()
  /** of each of these agreements */
  terms: Partial<Agreement> = {}

  addParty(id: string, role: Party['role'], rest: Partial<Party> = {}, type: 'ec' | 'rsa' = 'ec'): this {
    const keys = this.#newKeys(id, type)
    const party = { id, role, name: id, address: '4 Example Street', fhirBases: [], jwks: keys.jwks, ...rest } as Party
    this.registry = { ...this.registry, parties: new Map([...this.registry.parties, [id, party]]) }
    this.sides.add(id)
    return this
  }

  addOfficer(id: string, roles: Officer['roles']): this {
    const { jwks } = this.#newKeys(id, 'ec')
    const officer = { id, name: id, office: 'Example Office', roles, jwks } as Officer
    this.registry = { ...this.registry, officers: new Map([...this.registry.officers, [id, officer]]) }
    return this
  }

  #newKeys(id: string, type: 'ec' | 'rsa'): PartyKeys {
    const keys = generatePartyKeys(type, id)
    this.keys.set(id, keys)
    return keys
  }

  change(members: Partial<Registry>): void {
    this.registry = { ...this.registry, ...members }
  }
}

export interface TokenGateway extends HttpGateway {
  readonly pool: Pool
}

export type Words = Readonly<Record<string, unknown>>

/** What identities ask of a house. */
export function houseIn(world: World, pool: Pool): House {
  return {
    pool,
    ring: world.ring,
    replica: 1,
    now: () => new Date(),
    requireFreshPolicies: () => undefined,
    keysOf: async (id: string) => world.registry.parties.get(id)?.jwks ?? null,
    get registry() {
      return world.registry
    },
    get policies() {
      const agreements = [...world.sides].map((id) => [id, { state: 'active', agreement: { source: id, recipient: id, ...world.terms } }])
      return { agreements: new Map(agreements as Iterable<readonly [string, unknown]>) }
    }
  } as unknown as House // the rest of a house is not asked
}

export function identitiesIn(world: World, pool: Pool, url: string): Identities {
  return identities(houseIn(world, pool), url, world)
}

export async function startTokenGateway(world: World, databaseUrl: string, options: GatewayOptions = {}): Promise<TokenGateway> {
  const pool = openPool(databaseUrl, 6)
  const house = houseIn(world, pool)
  const gateway = await startHttpGateway({
    ...options,
    ring: world.ring,
    limits: { requestsPerMinute: 600_000, connectionsPerAddress: 1000, failedSignInsPerMinute: 1_000_000, ...options.limits },
    parts: (publicUrl) => ({
      identities: identities(house, publicUrl, world),
      accessTokens: openAccessTokens(house),
      audit: openAudit(house, new Refusals(house))
    })
  })
  const { stop } = gateway
  return Object.assign(gateway, {
    pool,
    stop: async () => {
      await stop()
      await pool.end()
    }
  })
}

/** An assertion of these words, signed by `key` or as it stands. */
export function assertionOf(key: JsonWebKey, claims: Words, header: Words): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: String(key['kid']), ...header })
    .sign(createPrivateKey({ key, format: 'jwk' }))
}

/** The claims of a faultless one. */
export function claimsFor(party: string, url: string, changes: Words = {}): Words {
  const now = Math.floor(Date.now() / 1000)
  return { iss: party, sub: party, aud: `${url}/oauth/token`, jti: randomUUID(), iat: now, exp: now + 240, ...changes }
}

export function formOf(assertion: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER, client_assertion: assertion, ...more }
}
