/**
 * Separation of duties, as a table: which roles and levels one officer does not hold together, whether by file or by what was granted for a while. Who defines does not
 * approve; who operates does not read content, and registers no key beside another duty; who audits changes nothing; who keeps the keys of a party is of that party alone.
 */
import type { Fault } from '../errors.ts'
import type { Emergency, OfficerRole } from './registry.ts'

type Held = Pick<Emergency, 'roles' | 'sees'>

/** Roles that stand alone, and why. */
const ALONE: readonly (readonly [OfficerRole, string])[] = [
  ['operator', 'who operates registers keys and reads no content: an operator holds no other role'],
  ['auditor', 'who audits changes nothing: an auditor holds no other role'],
  ['hospital-admin', 'who keeps the keys of a party is of that party alone: no other role goes with it'],
  ['insurer-admin', 'who keeps the keys of a party is of that party alone: no other role goes with it']
]

const APART: readonly (readonly [OfficerRole, OfficerRole, string])[] = [
  ['proposer', 'privacy-officer', 'who defines may not approve: proposer and privacy-officer are two people']
]

/** Levels that a role does not see. */
const UNSEEN: readonly (readonly [OfficerRole, Held['sees'][number], string])[] = [
  ['operator', 'content', 'who operates may not read content'],
  ['auditor', 'resend', 'who audits changes nothing: nothing leaves again by an auditor'],
  ['hospital-admin', 'content', 'who keeps the keys of a party sees metadata alone'],
  ['hospital-admin', 'resend', 'who keeps the keys of a party sees metadata alone'],
  ['insurer-admin', 'content', 'who keeps the keys of a party sees metadata alone'],
  ['insurer-admin', 'resend', 'who keeps the keys of a party sees metadata alone']
]

/** What is wrong with these held by one officer; nothing where they go together. */
export function dutyFaults({ roles, sees }: Held): readonly Fault[] {
  const alone = ALONE.filter(([role]) => roles.includes(role) && roles.length > 1).map(([, message]) => ({ path: '/roles', message }))
  const apart = APART.filter(([one, other]) => roles.includes(one) && roles.includes(other)).map(([, , message]) => ({
    path: '/roles',
    message
  }))
  const unseen = UNSEEN.filter(([role, level]) => roles.includes(role) && sees.includes(level)).map(([, , message]) => ({
    path: '/sees',
    message
  }))
  const bare = sees.includes('metadata') ? [] : [{ path: '/sees', message: 'holds metadata, whatever else is granted' }]
  return [...alone, ...apart, ...unseen, ...bare]
}

/** The same of what is granted for a while on top of a file: there alone an operator reviews and reads content. */
export function emergencyFaults({ roles, sees }: Held): readonly Fault[] {
  const others = roles.filter((role) => role !== 'operator')
  const reviews = roles.includes('operator') && others.every((role) => role === 'compliance-reviewer')
  return dutyFaults({ roles: reviews ? others : roles, sees })
}
