/**
 * An officer who signed in, as the log names him or her, asking for a power. Refuses one who does not hold it at this moment, by file or by what was granted for a while
 * (core/identity/powers.ts); says on whose objects alone it is held.
 */
import { RequestError } from '../../core/errors.ts'
import { askerOf } from '../../core/identity/held.ts'
import { type Asker, type PowerName, permitOf } from '../../core/identity/powers.ts'
import { activeOfficer, type Registry } from '../../core/identity/registry.ts'
import type { Caller } from '../doors.ts'

export interface SignedIn {
  /** name and id */
  readonly officer: string
  /** id */
  readonly account: string
  /** the party or officer whose objects alone; null: everybody's */
  readonly of: string | null
  readonly sees: NonNullable<Asker['sees']>
}

/** RequestError scope-missing. */
export function signedIn(
  { registry, now }: { readonly registry: Registry; readonly now: () => Date },
  { party, role }: Caller,
  power: PowerName
): SignedIn {
  const known = role === 'officer' ? activeOfficer(registry, party, now()) : null
  if (known === null) throw new RequestError('scope-missing')
  const asker = askerOf(registry, known, now())
  const permit = permitOf(power, asker)
  if (permit === null) throw new RequestError('scope-missing')
  return { officer: `${known.name} (${known.id})`, account: known.id, of: permit.of, sees: asker.sees ?? [] }
}
