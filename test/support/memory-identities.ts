/** Identities in memory for tests of the HTTP side: real tokens and assertions, what was spent and ended in sets of the test's own. */
import { createPrivateKey, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Audit } from '../../gateway/exchange/audit/audit.ts'
import type { HttpDeps, KnownParty } from '../../gateway/http/deps.ts'
import { verifyAssertion } from '../../gateway/seal/assertion.ts'
import type { PartyKeys } from '../../gateway/seal/generate.ts'
import type { KeyRing } from '../../gateway/seal/keyring.ts'
import { issueToken, readToken } from '../../gateway/seal/token.ts'

interface Kept {
  readonly audited: { readonly event: string; readonly data: Readonly<Record<string, unknown>> }[]
  auditFault: Error | null
}

/** Of assertions and ids that were used: those that were, once more, are not. */
type Spent = (party: string, jti: string) => boolean

export function spentOnce(): Spent {
  const spent = new Set<string>()
  return (party, jti) => {
    const before = spent.size
    return spent.add(`${party} ${jti}`).size > before
  }
}

export function auditIn(kept: Kept, spend: Spent): Audit {
  const keep = async (event: string, data: object): Promise<void> => {
    if (kept.auditFault !== null) throw kept.auditFault
    kept.audited.push({ event, data: { ...data } })
  }
  return {
    tokenGranted: async (granted) => {
      if (!spend(granted.party, granted.jti)) return 'replayed'
      await keep('tokenGranted', granted)
      return 'granted'
    },
    refused: (refused) => keep('refused', refused)
  }
}

export function identitiesOf(
  ring: KeyRing,
  parties: ReadonlyMap<string, KnownParty>,
  keys: ReadonlyMap<string, PartyKeys>,
  { url, spend, revoked }: { readonly url: string; readonly spend: Spent; readonly revoked: ReadonlySet<string> }
): HttpDeps['identities'] {
  const registered = async (party: string) => {
    const own = keys.get(party)
    return own === undefined ? null : { ...own.jwks, by: 'keys' as const }
  }
  return {
    party: (id) => parties.get(id) ?? null,
    isSide: () => true,
    proveAssertion: (jwt, audiences) => verifyAssertion(jwt, registered, audiences, new Date()),
    proveSecret: async () => false,
    offersSecrets: () => false,
    spendJti: async (party, jti) => spend(party, jti),
    async issueToken(grant) {
      const jti = randomUUID()
      return { token: await issueToken(ring.token, url, { ...grant, jti }, new Date(), 300), jti, expiresIn: 300 }
    },
    readToken: (jwt) => readToken(ring.token, url, jwt, new Date()),
    stands: ({ jti }) => !revoked.has(jti)
  }
}

export function accessTokensIn(revoked: Set<string>): HttpDeps['accessTokens'] {
  return {
    looked: async () => undefined,
    end: async (_by, { jti }) => void revoked.add(jti),
    endById: async (_by, jti) => void revoked.add(jti)
  }
}

/** Faultless assertions, and those with these changes. */
export function assertionMaker(
  keys: ReadonlyMap<string, PartyKeys>,
  url: string
): (party: string, claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>) => Promise<string> {
  return async (party, claims = {}, header = {}) => {
    const own = keys.get(party)
    if (own === undefined) throw new TypeError('no such party in the test')
    const payload = {
      iss: party,
      sub: party,
      aud: `${url}/oauth/token`,
      jti: randomUUID(),
      exp: Math.floor(Date.now() / 1000) + 240,
      ...claims
    }
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES384', kid: own.jwks.keys[0]?.kid ?? '', typ: 'JWT', ...header })
      .sign(createPrivateKey({ key: own.signing, format: 'jwk' }))
  }
}
