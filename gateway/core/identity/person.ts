/**
 * Which officers' files are of one person, and what that person holds by all of them. Decides by id, subject at the provider, key, and name however it is spelt, as approvals compare
 * names: duties are kept apart among people, not among files. Two people of one name tell them apart by it (an initial, an office).
 */
import type { Officer, PublicJwk } from '../../generated/policy.ts'
import { samePerson } from '../agreement/approval.ts'
import { numberOf } from '../agreement/party-faults.ts'
import type { Emergency } from './registry.ts'

type Held = Pick<Emergency, 'roles' | 'sees'>

/** One id, one person at the provider, one key, or one name however it is spaced. */
export function isOne(one: Officer, other: Officer): boolean {
  const subject = one.subject !== undefined && one.subject === other.subject
  return one.id === other.id || subject || shareKey(one.jwks.keys, other.jwks.keys) || samePerson(one.name, other.name)
}

function shareKey(some: readonly PublicJwk[], others: readonly PublicJwk[]): boolean {
  const numbers = new Set(some.map(numberOf))
  return others.some((key) => numbers.has(numberOf(key)))
}

/** The files of the person whose file this is, itself among them: also those that one has in common with another of them. */
export function filesOf(officer: Officer, officers: Iterable<Officer>): readonly Officer[] {
  const files = [officer]
  const rest = new Set([...officers].filter(({ id }) => id !== officer.id))
  for (const file of files)
    for (const other of rest)
      if (isOne(file, other)) {
        files.push(other)
        rest.delete(other)
      }
  return files
}

export function summed(...held: readonly Held[]): Held {
  return { roles: [...new Set(held.flatMap(({ roles }) => roles))], sees: [...new Set(held.flatMap(({ sees }) => sees))] }
}

/** What one file gives. */
export function heldBy({ roles, sees = ['metadata'] }: Officer): Held {
  return { roles, sees }
}
