/** Who a caller is, for the HTTP side: made of the registered parties, the key ring and the database. Decides nothing: seal and http do. */
import type { Pool } from 'pg'
import { activeOfficer, activeParty, powersOf, type Registry } from './core/identity/registry.ts'
import type { House } from './exchange/house.ts'
import type { Identities } from './http/deps.ts'
import { verifyAssertion } from './seal/assertion.ts'
import type { KeyRing } from './seal/keyring.ts'
import { issueToken, MAX_TOKEN_SECONDS, readToken } from './seal/token.ts'
import { spendJti } from './store/spent-jti.ts'

export function identities(
  pool: Pool,
  ring: KeyRing,
  registry: () => Registry,
  keysOf: House['keysOf'],
  issuer: string,
  now: () => Date
): Identities {
  return {
    party(id) {
      const known = registry()
      const party = activeParty(known, id)
      if (party !== null) return { id, role: party.role, certificates: party.certificateThumbprints ?? [] }
      const officer = activeOfficer(known, id, now())
      return officer === null ? null : { id, role: 'officer', ...powersOf(known, officer, now()), certificates: [] }
    },
    proveAssertion: (jwt, audiences) =>
      verifyAssertion(jwt, async (id) => registry().officers.get(id)?.jwks ?? (await keysOf(id)), audiences, now()),
    spendJti: (party, jti, expires) => spendJti(pool, party, jti, expires),
    issueToken: async (grant) => ({
      token: await issueToken(ring.token, issuer, grant, now(), MAX_TOKEN_SECONDS),
      expiresIn: MAX_TOKEN_SECONDS
    }),
    readToken: (jwt) => readToken(ring.token, issuer, jwt, now())
  }
}
