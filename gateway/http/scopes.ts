/**
 * Scopes: which of those a client asks for its role may have, and which permission each carries. SMART App Launch 2 (system/*.rs), its version 1 (system/*.read) and
 * words of our own. What a role may do at all stands in core/identity/powers.ts. A scope that says more than a role may do is cut down to what it may; one that is not
 * understood is dropped, never widened.
 */
import { carries, OFFICER_ROLES, type Permission } from '../core/identity/powers.ts'
import type { Caller } from '../exchange/doors.ts'
import type { KnownParty } from './deps.ts'

type Role = Caller['role']

/** Of our own, each for one permission. Only a hospital's and an officer's first are among what is given unasked: a token to fetch with does not stop an agreement. */
const OWN: ReadonlyMap<string, Permission> = new Map([
  ['sallyport/submit', 'submit'],
  ['sallyport/agreements', 'agreements'],
  ['sallyport/accountings', 'accountings'],
  ['sallyport/redelivery', 'redelivery'],
  ['sallyport/operate', 'operate'],
  ['sallyport/keys', 'keys'],
  ['sallyport/session', 'session'],
  ['sallyport/emergencies', 'emergencies']
])

/** SMART's, by role: which carry what. */
const SMART: readonly (readonly [Role, Permission, RegExp])[] = [
  ['hospital', 'submit', /^system\/\*\.(?:cu|write)$/],
  ['hospital', 'audit', /^system\/AuditEvent\.(?:rs|read)$/],
  ['insurer', 'export', /^system\/.+\.(?:rs|read)$/],
  ['insurer', 'audit', /^system\/(?:\*|AuditEvent)\.(?:rs|read)$/],
  ['officer', 'audit', /^system\/AuditEvent\.(?:rs|read)$/]
]
const SCOPE = /^system\/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*|c?r?u?d?s?)$/

/** Shown in discovery. */
export const OFFERED_SCOPES: readonly string[] = [
  'system/*.rs',
  'system/*.read',
  'system/*.cu',
  'system/*.write',
  'system/AuditEvent.rs',
  ...OWN.keys()
]

/** RFC 6749 §3.3: scope tokens parted by spaces; null when it is not that. */
export function parseScopes(text: string): readonly string[] | null {
  if (text.length > 4096 || !/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text)) return null
  return [...new Set(text.split(' '))]
}

function cutForHospital(type: string, access: string): string | null {
  if (type === 'AuditEvent') return cutForReading(type, access)
  if (type !== '*') return null
  if (access === 'write' || access === '*') return 'system/*.write'
  return access.startsWith('c') ? 'system/*.cu' : null
}

function cutForReading(type: string, access: string): string | null {
  if (access === 'read' || access === '*') return `system/${type}.read`
  return access.includes('r') && access.endsWith('s') && access !== 'read' ? `system/${type}.rs` : null
}

function cutForOfficer(type: string, access: string): string | null {
  return type === 'AuditEvent' ? cutForReading(type, access) : null
}

/** Of each role: what it may have of a SMART scope, and what it gets when it asks for nothing in particular. */
const ROLES: Readonly<Record<Role, { readonly cut: typeof cutForReading; readonly usual: readonly string[] }>> = {
  hospital: { cut: cutForHospital, usual: ['system/*.cu'] },
  insurer: { cut: cutForReading, usual: ['system/*.rs'] },
  officer: { cut: cutForOfficer, usual: ['sallyport/accountings'] }
}

/** Is there anything that the role could do with it? */
function isFor(role: Role, permission: Permission | undefined): boolean {
  return permission !== undefined && carries(permission, role === 'officer' ? OFFICER_ROLES : [role])
}

/** What of `asked` the role may have; empty when nothing. */
export function grantable(role: Role, asked: readonly string[]): readonly string[] {
  const { cut } = ROLES[role]
  const granted = new Set<string>()
  for (const scope of asked) {
    if (isFor(role, OWN.get(scope))) granted.add(scope)
    const parts = SCOPE.exec(scope)
    if (parts === null) continue
    const left = cut(parts[1] ?? '', parts[2] ?? '')
    if (left !== null) granted.add(left)
  }
  return [...granted]
}

/** What a client gets that asks for nothing in particular, as @medplum/cli does: RFC 6749 §3.3 lets the server choose. */
export function defaultScopes(role: Role): readonly string[] {
  return ROLES[role].usual
}

/** What of these an officer's roles carry now; a party's are its own. Each door asks again. */
export function usable({ role, roles = [] }: Pick<KnownParty, 'role' | 'roles'>, scopes: readonly string[]): readonly string[] {
  if (role !== 'officer') return scopes
  return scopes.filter((scope) => permissionsOf(role, scope).some((permission) => carries(permission, roles)))
}

/** All that an officer's roles carry now: of a session, that asks for none. */
export function officerScopes({ roles = [] }: Pick<KnownParty, 'roles'>): readonly string[] {
  return usable({ role: 'officer', roles }, grantable('officer', OFFERED_SCOPES))
}

function permissionsOf(role: Role, scope: string): readonly Permission[] {
  const own = OWN.get(scope)
  if (own !== undefined) return [own]
  return SMART.flatMap(([of, permission, words]) => (of === role && words.test(scope) ? [permission] : []))
}

/** What is left to a party that has no agreement yet: it may read and sign one, and see what the log has of it, and neither send nor fetch. */
export function withoutAgreement(role: Role, scopes: readonly string[]): readonly string[] {
  const moves = (scope: string): boolean =>
    permissionsOf(role, scope).some((permission) => permission === 'submit' || permission === 'export')
  return scopes.filter((scope) => scope.startsWith('system/AuditEvent.') || !moves(scope))
}

/** Does one of these carry the permission, after the same cut? */
export function carried(role: Role, scopes: readonly string[], permission: Permission): boolean {
  return grantable(role, scopes).some((scope) => permissionsOf(role, scope).includes(permission))
}

/** The resource types an insurer's scopes cover: 'all', or those named one by one. */
export function typesCovered(scopes: readonly string[]): 'all' | ReadonlySet<string> {
  const types = new Set<string>()
  for (const scope of grantable('insurer', scopes)) types.add(SCOPE.exec(scope)?.[1] ?? '')
  return types.has('*') ? 'all' : types
}
