/**
 * May this caller use this row now? By the row's power, by the scopes of the token, and by what the caller is registered for at this moment: a role that was taken away is gone
 * from tokens and sessions that were given before. Refuses a means that the row does not name, and everything else alike.
 */
import { RequestError } from '../core/errors.ts'
import { permitOf, powerOf } from '../core/identity/powers.ts'
import type { Caller } from '../exchange/doors.ts'
import type { Identities } from './deps.ts'
import type { PartyRow } from './routes.ts'
import { carried } from './scopes.ts'

/** RequestError scope-missing. */
export function requirePower(
  identities: Pick<Identities, 'party'>,
  caller: Caller,
  { power, means }: Pick<PartyRow, 'power' | 'means'>
): void {
  const known = identities.party(caller.party)
  const by = caller.by ?? 'token'
  if (known === null || known.role !== caller.role || (means !== 'both' && means !== by)) throw new RequestError('scope-missing')
  if (!carried(caller.role, caller.scopes, powerOf(power).scope) || permitOf(power, known) === null) throw new RequestError('scope-missing')
}
