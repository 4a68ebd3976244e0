/**
 * Who a caller is, for the HTTP side: made of the registry as it is at this moment, the key ring and the database. Decides which registered keys may prove a party, and that
 * a token stands: seal says what it says, the registry whether it still counts, and it is asked each time.
 */
import { randomUUID } from 'node:crypto'
import type { OfficersConfig } from './config/officers.ts'
import { anySecrets, isSideOf, mayUseSecret } from './core/agreement/client-authentication.ts'
import { askerOf } from './core/identity/held.ts'
import { activeOfficer, activeParty, type Registry } from './core/identity/registry.ts'
import type { House } from './exchange/house.ts'
import type { Identities, StandingGrant } from './http/deps.ts'
import { type KeysOf, type Registered, verifyAssertion } from './seal/assertion.ts'
import { type PublicJwk, thumbprintOf } from './seal/keyring.ts'
import { Secrets } from './seal/secret.ts'
import { issueToken, MAX_TOKEN_SECONDS, ReadTokens } from './seal/token.ts'
import { findSecret } from './store/client-secrets.ts'
import { spendJti } from './store/spent-jti.ts'

type Standing = Pick<House, 'pool' | 'ring' | 'registry' | 'policies' | 'requireFreshPolicies' | 'keysOf' | 'now'>

/** RFC 7638 thumbprints of registered keys: a key never changes, so each is worked out once. */
class Thumbprints {
  readonly #known = new WeakMap<object, string>()

  of(jwk: PublicJwk): string {
    const known = this.#known.get(jwk)
    if (known !== undefined) return known
    const thumbprint = thumbprintOf(jwk)
    this.#known.set(jwk, thumbprint)
    return thumbprint
  }
}

/** The keys that may prove a party or officer now, none of them revoked. Where officers have no tokens, they are nobody here. */
function registeredKeys(house: Standing, thumbprints: Thumbprints, officersBy: OfficersConfig['byKey']): KeysOf {
  return async (id, header): Promise<Registered | null> => {
    const { registry, keysOf, now } = house // asked each time
    const officer = officersBy === 'on' ? activeOfficer(registry, id, now()) : null
    const party = officer === null ? activeParty(registry, id) : null
    if (officer === null && party === null) return null
    const { keys } = officer?.jwks ?? (await keysOf(id, header)) ?? { keys: [] }
    const living = keys.filter((key) => !registry.revokedKeys.has(`${id} ${thumbprints.of(key as PublicJwk)}`)) // one of its kinds, by the schema
    return { keys: living as readonly PublicJwk[], by: party?.certificates === undefined ? 'keys' : 'chain', jwksUri: party?.jwksUri }
  }
}

/** A key that was retired takes no token with it, or a rotation would cost requests; one that was revoked does. */
function keyStands({ revokedKeys }: Registry, { party, key }: StandingGrant): boolean {
  return key === null || !revokedKeys.has(`${party} ${key}`)
}

/** Agreements that are, or were, in force: a party keeps its doors for what it sent and was given under them, and for what its patients say. */
const BEGUN: ReadonlySet<string> = new Set(['active', 'suspended', 'revoked', 'expired', 'superseded'])

function isSide({ policies }: Pick<House, 'policies'>, party: string): boolean {
  return [...policies.agreements.values()].some(({ state, agreement }) => BEGUN.has(state) && isSideOf(agreement, party))
}

/** A secret of a party that may use one now; only of such a one anything is computed. Whatever is wrong, as much time passes. */
async function isSecretOf(
  house: Standing,
  secrets: Secrets,
  { party, secret }: Readonly<Record<'party' | 'secret', string>>
): Promise<boolean> {
  // that nobody uses any is told in discovery, too
  if (!anySecrets(house.policies.agreements.values())) return false
  const usable = (): boolean => activeParty(house.registry, party) !== null && mayUseSecret(house.policies.agreements.values(), party)
  const kept = await findSecret(house.pool, party)
  return (await secrets.fits(secret, usable() ? kept : null)) && usable()
}

export function identities(house: Standing, issuer: string, { byKey }: Pick<OfficersConfig, 'byKey'>): Identities {
  const { pool, now } = house
  const [thumbprints, secrets] = [new Thumbprints(), new Secrets()]
  const read = new ReadTokens(() => house.ring.token, issuer)
  const keysOf = registeredKeys(house, thumbprints, byKey)
  return {
    party(id) {
      house.requireFreshPolicies()
      const { registry } = house
      const party = activeParty(registry, id)
      if (party !== null) return { id, role: party.role, certificates: party.certificateThumbprints ?? [] }
      const officer = activeOfficer(registry, id, now())
      return officer === null ? null : { ...askerOf(registry, officer, now()), certificates: [] }
    },
    isSide: (party) => isSide(house, party),
    proveAssertion: (jwt, audiences) => verifyAssertion(jwt, keysOf, audiences, now()),
    proveSecret: (party, secret) => isSecretOf(house, secrets, { party, secret }),
    offersSecrets: () => anySecrets(house.policies.agreements.values()),
    spendJti: (issuedBy, jti, expires) => spendJti(pool, { issuer: issuedBy, jti, expires }),
    async issueToken(grant) {
      const jti = randomUUID()
      return {
        token: await issueToken(house.ring.token, issuer, { ...grant, jti }, now(), MAX_TOKEN_SECONDS),
        jti,
        expiresIn: MAX_TOKEN_SECONDS
      }
    },
    readToken: (jwt) => read.read(jwt, now()),
    stands(grant) {
      const { registry } = house
      const since = registry.notBefore.get(grant.party) ?? 0
      if (grant.role === 'officer' && byKey === 'off') return false
      return Math.round(grant.issuedAt * 1000) >= since && !registry.revokedTokens.has(grant.jti) && keyStands(registry, grant)
    }
  }
}
