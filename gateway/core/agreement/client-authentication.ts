/** By what a party may prove who it is. Decides from the agreements in force; refuses a secret where one of its agreements does not allow it, and where it has none. */
import type { HashedAgreement } from './policies.ts'

type Terms = Pick<HashedAgreement, 'agreement' | 'state'>

/** Is the party the source, a sender or the recipient? */
export function isSideOf({ source, recipient, senders }: HashedAgreement['agreement'], party: string): boolean {
  return party === source || party === recipient || senders?.includes(party) === true
}

export function mayUseSecret(agreements: Iterable<Terms>, party: string): boolean {
  const own = [...agreements].filter(({ state, agreement }) => state === 'active' && isSideOf(agreement, party))
  return own.length > 0 && own.every(({ agreement }) => agreement.clientAuthentication === 'client_secret')
}

/** Does any agreement in force allow secrets? */
export function anySecrets(agreements: Iterable<Terms>): boolean {
  return [...agreements].some(({ state, agreement }) => state === 'active' && agreement.clientAuthentication === 'client_secret')
}
