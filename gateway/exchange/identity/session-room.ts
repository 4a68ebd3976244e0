/** What sessions of officers stand on: the house, the provider they come by, and the rules. Decides nothing. */
import type { JsonWebKey } from 'node:crypto'
import type { SessionLimits, StrengthRules } from '../../core/identity/session.ts'
import type { Officer } from '../../generated/policy.ts'
import type { House } from '../house.ts'

interface Challenge {
  readonly state: string
  readonly nonce: string
  /** PKCE (RFC 7636) */
  readonly verifier: string
}

/** An OpenID Connect provider. Errors: UpstreamError provider-unavailable; RequestError sign-in-invalid for every fault of an answer. */
export interface SignInProvider {
  authorize(challenge: Challenge): Promise<URL>
  redeem(
    answer: URLSearchParams,
    challenge: Challenge
  ): Promise<{ readonly subject: string; readonly session: string | null; readonly acr: string | null; readonly amr: readonly string[] }>
  /** Those it signs with: a JWK set. */
  keys(): Promise<{ keys: JsonWebKey[] }>
}

export interface SessionRoom extends Pick<House, 'pool' | 'ring' | 'registry' | 'now'> {
  /** null: none is configured */
  readonly provider: SignInProvider | null
  /** of the provider; of sessions of the first run another word */
  readonly issuer: string
  /** our name at the provider */
  readonly clientId: string
  readonly strength: StrengthRules
  readonly limits: SessionLimits
  /** who comes by the link of the first run; null: nobody */
  readonly firstRun: { readonly officer: Officer; take(link: string, at: Date): boolean } | null
}
