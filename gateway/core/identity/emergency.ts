/**
 * Break-glass: whether an officer may ask for what lies beyond his or her file, whose approval counts, and when it is granted. Decides by who is registered at that moment, by
 * file: nobody approves by what was itself granted for a while. Refuses what separation of duties forbids of the sum, and roles that are of a party; of approvals those of who asks,
 * of one person or key twice, of another text, of another time, and those given after it lapsed.
 */

import type { Officer } from '../../generated/policy.ts'
import type { Code } from '../errors.ts'
import { filesOf, heldBy, isOne, summed } from './person.ts'
import { activeOfficer, type Emergency, type OfficerRole, type Registry } from './registry.ts'
import { emergencyFaults } from './separation.ts'

/** What is asked for; its hash is what is approved. */
export interface EmergencyRequest {
  readonly v: 1
  readonly id: string
  readonly officer: string
  readonly roles: readonly OfficerRole[]
  readonly sees: Emergency['sees']
  /** it stands for so long from the second approval on */
  readonly hours: number
  readonly reason: string
  readonly at: string
}

export const USUAL_HOURS = 1
export const MOST_HOURS = 8
/** What was not approved by then has to be asked for anew. */
export const LAPSE_MS = 4 * 3_600_000
/** Of one officer, asked for or standing. */
export const MOST_OPEN = 3
/** Clocks of those who sign differ by this much at most. */
const SKEW_MS = 10 * 60_000

/** Roles of the house: these ask, are asked for, and approve. */
export const HOUSE_ROLES: readonly OfficerRole[] = ['proposer', 'privacy-officer', 'compliance-reviewer', 'operator']

/** By file. */
function isOfHouse({ roles, party }: Officer): boolean {
  return party === undefined && roles.some((role) => HOUSE_ROLES.includes(role))
}

/** The code that refuses the asking; null: it may be put to others. `open`: requests of the same officer that wait or stand. */
export function askFault(registry: Registry, request: EmergencyRequest, open: number): Code | null {
  const at = new Date(request.at)
  const officer = activeOfficer(registry, request.officer, at)
  if (officer === null || !isOfHouse(officer)) return 'scope-missing'
  const rows: readonly (readonly [broken: boolean, code: Code])[] = [
    [!Number.isInteger(request.hours) || request.hours < 1 || request.hours > MOST_HOURS, 'bad-request'],
    [request.roles.some((role) => !HOUSE_ROLES.includes(role)), 'duties-apart'],
    [addsNothing(officer, request), 'emergency-needless'],
    [sumFaults(registry, officer, request, at) > 0, 'duties-apart'],
    [open >= MOST_OPEN, 'too-many-requests']
  ]
  return rows.find(([broken]) => broken)?.[1] ?? null
}

function addsNothing({ roles, sees = ['metadata'] }: Officer, request: Pick<EmergencyRequest, 'roles' | 'sees'>): boolean {
  return request.roles.every((role) => roles.includes(role)) && request.sees.every((level) => sees.includes(level))
}

/** Of every file of that person, of what stands already for any of them, and of what is asked for, together. */
function sumFaults(registry: Registry, officer: Officer, request: Pick<EmergencyRequest, 'roles' | 'sees'>, at: Date): number {
  const files = filesOf(officer, registry.officers.values())
  const ids = new Set(files.map(({ id }) => id))
  const standing = registry.emergencies.filter((one) => ids.has(one.officer) && one.until > at)
  return emergencyFaults(summed(...files.map(heldBy), ...standing, request)).length
}

/** An approval: `key` of the word that was signed, null where the officer signed in. */
export interface Approving {
  readonly officer: string
  readonly hash: string
  readonly key: string | null
  /** when it was said */
  readonly at: Date
}

export interface Asked {
  readonly request: EmergencyRequest
  readonly hash: string
  readonly state: 'asked' | 'standing' | 'ended'
  readonly given: readonly Pick<Approving, 'officer' | 'key'>[]
}

/** The code that refuses the approval; null: it counts. */
export function approvalFault(registry: Registry, { request, hash, state, given }: Asked, word: Approving, now: Date): Code | null {
  const approver = activeOfficer(registry, word.officer, now)
  if (approver === null || !isOfHouse(approver)) return 'not-an-approver'
  const people = given.flatMap(({ officer }) => registry.officers.get(officer) ?? [])
  const asker = registry.officers.get(request.officer)
  const rows: readonly (readonly [broken: boolean, code: Code])[] = [
    [asker === undefined || isOne(asker, approver), 'emergency-own'],
    [given.some(({ officer, key }) => officer === word.officer || (key !== null && key === word.key)), 'emergency-twice'],
    [people.some((other) => isOne(other, approver)), 'emergency-twice'],
    [word.hash !== hash, 'emergency-other'],
    [state !== 'asked' || lapsed(request, now), 'emergency-over'],
    [!isTimely(request, word, now), 'approval-clock']
  ]
  return rows.find(([broken]) => broken)?.[1] ?? null
}

/** The capacity in which an approval counts: by file, never by an emergency. */
export function capacityOf(registry: Registry, officer: string): 'privacy-officer' | 'another' {
  return registry.officers.get(officer)?.roles.includes('privacy-officer') === true ? 'privacy-officer' : 'another'
}

/** Is it granted: two who may still sign in, a privacy officer one of them; and may who asked still hold it? */
export function isGranted(registry: Registry, { request, given }: Pick<Asked, 'request' | 'given'>, now: Date): boolean {
  const asker = activeOfficer(registry, request.officer, now)
  if (asker === null || sumFaults(registry, asker, request, now) > 0) return false
  const standing = given.filter(({ officer }) => activeOfficer(registry, officer, now) !== null)
  return standing.length >= 2 && standing.some(({ officer }) => capacityOf(registry, officer) === 'privacy-officer')
}

export function lapsed({ at }: Pick<EmergencyRequest, 'at'>, now: Date): boolean {
  return now.getTime() >= Date.parse(at) + LAPSE_MS
}

/** Never of the future, nor of before it was asked for. */
function isTimely({ at }: EmergencyRequest, word: Approving, now: Date): boolean {
  const said = word.at.getTime()
  return said >= Math.max(Date.parse(at), now.getTime() - LAPSE_MS) - SKEW_MS && said <= now.getTime() + SKEW_MS
}

/** Whose request an officer may end: his or her own, a privacy officer anybody's. */
export function mayEnd(registry: Registry, officer: string, asker: string, now: Date): boolean {
  const known = activeOfficer(registry, officer, now)
  return known !== null && (officer === asker || known.roles.includes('privacy-officer'))
}
