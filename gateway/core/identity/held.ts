/** What an officer holds at this moment, by file and by what was granted for a while. Refuses what was granted and does not go together with the rest. */
import type { Officer } from '../../generated/policy.ts'
import type { Asker } from './powers.ts'
import type { Emergency, Registry } from './registry.ts'
import { emergencyFaults } from './separation.ts'

/**
 * What an officer may do and see at this moment: by file, and by what was granted for a while. What was granted and does not go together with the rest, by separation of duties,
 * counts for nothing.
 */
export function powersOf({ emergencies }: Pick<Registry, 'emergencies'>, officer: Officer, at: Date): Pick<Emergency, 'roles' | 'sees'> {
  const standing = emergencies.filter((one) => one.officer === officer.id && one.until > at)
  return standing.reduce<Pick<Emergency, 'roles' | 'sees'>>(
    (held, one) => {
      const sum = { roles: [...new Set([...held.roles, ...one.roles])], sees: [...new Set([...held.sees, ...one.sees])] }
      return emergencyFaults(sum).length > 0 ? held : sum
    },
    { roles: officer.roles, sees: officer.sees ?? ['metadata'] }
  )
}

/** The officer as core/identity/powers.ts asks for him or her. */
export function askerOf(registry: Pick<Registry, 'emergencies'>, officer: Officer, at: Date): Asker & { readonly role: 'officer' } {
  const { id, party } = officer
  return { id, role: 'officer', ...powersOf(registry, officer, at), ...(party === undefined ? {} : { party }) }
}
