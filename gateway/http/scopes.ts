/**
 * Scopes: which of those a client asks for its role may have, and what a granted scope allows. SMART App Launch 2 (system/*.rs),
 * its version 1 (system/*.read) and our own sallyport/submit, sallyport/agreements and sallyport/accountings. A scope that says more than a role may do is cut down to what it
 * may; one that is not understood is dropped, never widened.
 */
import type { Caller } from '../exchange/doors.ts'
import type { KnownParty } from './deps.ts'

/** agreements: read, approve, suspend; agree: of the two sides alone; govern: of officers alone. */
export type Permission = 'submit' | 'export' | 'audit' | 'agreements' | 'agree' | 'govern' | 'accountings'
type Role = Caller['role']

/** Never among the default scopes: a token to fetch with does not stop an agreement. */
const AGREEMENTS = /^sallyport\/agreements$/

/** Which roles of an officer carry sallyport/agreements, and which any other scope. */
const GOVERNING = ['proposer', 'privacy-officer'] as const
const ACCOUNTING = ['compliance-reviewer'] as const

/** What a role may do, and which of its scopes carry that. */
const PERMISSIONS: readonly (readonly [Role, Permission, RegExp])[] = [
  ['hospital', 'submit', /^(?:sallyport\/submit|system\/\*\.(?:cu|write))$/],
  ['hospital', 'agreements', AGREEMENTS],
  ['insurer', 'agreements', AGREEMENTS],
  ['officer', 'agreements', AGREEMENTS],
  ['hospital', 'agree', AGREEMENTS],
  ['insurer', 'agree', AGREEMENTS],
  ['officer', 'govern', AGREEMENTS],
  ['hospital', 'audit', /^system\/AuditEvent\.(?:rs|read)$/],
  ['insurer', 'export', /^system\/.+\.(?:rs|read)$/],
  ['insurer', 'audit', /^system\/(?:\*|AuditEvent)\.(?:rs|read)$/],
  ['officer', 'accountings', /^sallyport\/accountings$/],
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
  'sallyport/submit',
  'sallyport/agreements',
  'sallyport/accountings'
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

/** Of each role: its own scope, if it has one, what it may have of a SMART scope, and what it gets when it asks for nothing in particular. */
const ROLES: Readonly<
  Record<Role, { readonly own: string | null; readonly cut: typeof cutForReading; readonly usual: readonly string[] }>
> = {
  hospital: { own: 'sallyport/submit', cut: cutForHospital, usual: ['system/*.cu'] },
  insurer: { own: null, cut: cutForReading, usual: ['system/*.rs'] },
  officer: { own: 'sallyport/accountings', cut: cutForOfficer, usual: ['sallyport/accountings'] }
}

/** What of `asked` the role may have; empty when nothing. */
export function grantable(role: Role, asked: readonly string[]): readonly string[] {
  const { own, cut } = ROLES[role]
  const granted = new Set<string>()
  for (const scope of asked) {
    if (scope === own || AGREEMENTS.test(scope)) granted.add(scope)
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

/** What of these an officer's file carries; a party's are its own. Each door asks again. */
export function usable({ role, roles = [] }: Pick<KnownParty, 'role' | 'roles'>, scopes: readonly string[]): readonly string[] {
  if (role !== 'officer') return scopes
  return scopes.filter((scope) => (AGREEMENTS.test(scope) ? GOVERNING : ACCOUNTING).some((one) => roles.includes(one)))
}

/** Does the caller hold the permission: by role and by a scope that survives the same cut. */
export function permits(caller: Caller, permission: Permission): boolean {
  const granted = grantable(caller.role, caller.scopes)
  return PERMISSIONS.some(([role, can, scope]) => role === caller.role && can === permission && granted.some((text) => scope.test(text)))
}

/** The resource types an insurer's scopes cover: 'all', or those named one by one. */
export function typesCovered(scopes: readonly string[]): 'all' | ReadonlySet<string> {
  const types = new Set<string>()
  for (const scope of grantable('insurer', scopes)) types.add(SCOPE.exec(scope)?.[1] ?? '')
  return types.has('*') ? 'all' : types
}
