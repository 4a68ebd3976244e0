/** An officer who signed in, as the log names him or her. Refuses one whose file, as it is loaded now, does not say that he or she may. */
import type { Policies } from '../../core/agreement/policies.ts'
import { RequestError } from '../../core/errors.ts'
import type { Officer } from '../../generated/policy.ts'
import type { Caller } from '../doors.ts'

export interface SignedIn {
  /** name and id */
  readonly officer: string
  /** id */
  readonly account: string
}

/** Any of `may` will do. RequestError scope-missing. */
export function signedIn(
  { policies }: { readonly policies: Pick<Policies, 'officers'> },
  { party, role }: Caller,
  may: readonly Officer['roles'][number][]
): SignedIn {
  const known = role === 'officer' ? policies.officers.get(party) : undefined
  if (known === undefined || !known.roles.some((one) => may.includes(one))) throw new RequestError('scope-missing')
  return { officer: `${known.name} (${known.id})`, account: known.id }
}
