/**
 * What an aggregate-only profile, and an agreement under one, may not say beyond their shapes. A profile with a fault does not load; an agreement that
 * does not name what the indicators read cannot have them.
 */
import type { AggregateProfile, Agreement } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'
import { elementAllowed } from '../minimum-necessary/elements.ts'
import { READS } from './contribution.ts'

export function aggregateFaults({ measures }: AggregateProfile): Fault[] {
  const names = measures.map(({ name }) => name)
  return names.flatMap((name, n) =>
    names.indexOf(name) === n ? [] : [{ path: `/measures/${n}/name`, message: 'is there twice: one indicator, one report' }]
  )
}

/** All that the indicators read, as an agreement must name it. */
export const READ = [...READS].flatMap(([type, elements]) => elements.map((element) => `${type}.${element}`))

/** Does the agreement name all of it? */
export function canRead({ resources }: Pick<Agreement, 'resources'>): boolean {
  const allowed = elementAllowed(resources)
  return [...READS].every(([type, elements]) => elements.every((element) => allowed(type, element) === 'all'))
}
