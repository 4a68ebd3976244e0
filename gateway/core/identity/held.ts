/** What an officer holds at this moment, by file and by what was granted for a while. Refuses what was granted and does not go together with the rest. */
import type { Officer } from '../../generated/policy.ts'
import { filesOf, heldBy, summed } from './person.ts'
import type { Asker } from './powers.ts'
import type { Emergency, Registry } from './registry.ts'
import { emergencyFaults } from './separation.ts'

type Known = Pick<Registry, 'emergencies' | 'officers'>

/**
 * What an officer may do and see at this moment: by file, and by what was granted for a while. What was granted and does not go together with the rest that this person holds, by
 * whatever file, counts for nothing.
 */
export function powersOf({ emergencies, officers }: Known, officer: Officer, at: Date): Pick<Emergency, 'roles' | 'sees'> {
  const standing = emergencies.filter((one) => one.officer === officer.id && one.until > at)
  if (standing.length === 0) return heldBy(officer)
  const others = filesOf(officer, officers.values()).slice(1).map(heldBy)
  return standing.reduce<Pick<Emergency, 'roles' | 'sees'>>(
    (held, one) => (emergencyFaults(summed(held, one, ...others)).length > 0 ? held : summed(held, one)),
    heldBy(officer)
  )
}

/** The officer as core/identity/powers.ts asks for him or her. */
export function askerOf(registry: Known, officer: Officer, at: Date): Asker & { readonly role: 'officer' } {
  const { id, party } = officer
  return { id, role: 'officer', ...powersOf(registry, officer, at), ...(party === undefined ? {} : { party }) }
}
