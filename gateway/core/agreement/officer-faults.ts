/** What an officer's file may not say beside those of others. Refuses an id that is a party's, and a key that another identity has. */
import type { Officer, Party, PublicJwk } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'

/** An officer signs in at the door of the parties: an id or a key of two would leave open who it was. */
export function sharedFaults(
  officer: Officer,
  others: { readonly parties: readonly Party[]; readonly officers: readonly Officer[] }
): Fault[] {
  const { parties, officers } = others
  const identities = [...parties, ...officers.filter(({ id }) => id !== officer.id)]
  const taken = new Set(identities.flatMap(({ jwks }) => (jwks?.keys ?? []).map(numberOf)))
  const id = parties.some((party) => party.id === officer.id) ? [{ path: '/id', message: 'is the id of a party' }] : []
  const keys = officer.jwks.keys.flatMap((key, index) =>
    taken.has(numberOf(key))
      ? [{ path: `/jwks/keys/${index}`, message: 'is the key of another party or officer: each must have its own' }]
      : []
  )
  return [...id, ...keys]
}

/** What makes a public key this one, whatever it is called (RFC 7638 §3.2). */
function numberOf({ kty, crv, x, y, n, e }: PublicJwk): string {
  return JSON.stringify(kty === 'RSA' ? [kty, n, e] : [kty, crv, x, y])
}
