/**
 * Whose records an agreement reaches, where it has a roster: by the Coverage that came with the records. Decides on the day of release, by the dates as they are
 * written; in doubt (a partial date, no status) a coverage is not in force. A roster by a Group is a list, asked of the database by name (exchange/consent/roster.ts); whom a
 * Group names that came with a submission is decided here, and a member in doubt is none.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Json } from '../digest.ts'
import { parseReference, type Referred } from '../fhir/identity.ts'
import type { Resource } from '../fhir/resource.ts'
import { codesIn, isOneOf } from './codes.ts'
import { earliest, latest } from './scope.ts'

export type CoverageRule = Extract<NonNullable<Agreement['roster']>, { coverage: unknown }>['coverage']

/** The function answers whether this Coverage puts its beneficiary on the roster. `day`: YYYY-MM-DD. */
export function covering({ payor, types }: CoverageRule, day: string): (coverage: Resource) => boolean {
  const codes = types === undefined ? null : codesIn(types)
  return (coverage) =>
    coverage.resourceType === 'Coverage' &&
    coverage['status'] === 'active' &&
    listOf(coverage['payor']).some((one) => memberOf(one, 'reference') === payor) &&
    isIn(coverage['period'], day) &&
    (codes === null || isOneOf({ coding: listOf(memberOf(coverage['type'], 'coding')) }, codes))
}

/** Whom a Group names on a day (YYYY-MM-DD). Nobody: it is not of people one by one, not active, says by `exclude` who is none of them, or is to be read in another way. */
export function membersNamed(group: Resource, day: string, ownBases: readonly string[]): readonly Referred[] {
  const excludes = listOf(group['characteristic']).some((one) => memberOf(one, 'exclude') !== false || isModified(one))
  const { type, actual, active = true } = group
  if (group.resourceType !== 'Group' || type !== 'person' || actual !== true || active !== true || excludes || isModified(group)) return []
  return listOf(group['member']).flatMap((member) => {
    const named = isMember(member, day) ? patientNamed(memberOf(member, 'entity'), ownBases) : null
    return named === null ? [] : [named]
  })
}

/** R4 2.4.1.1: what a modifier says nobody here knows. */
function isModified(element: Json): boolean {
  return ['modifierExtension', 'implicitRules', '_active', '_inactive'].some((name) => memberOf(element, name) !== undefined)
}

/** One that an extension says was dropped (Da Vinci Member Attribution: changeType), at any depth, is none. */
function isMember(member: Json, day: string): boolean {
  const inactive = memberOf(member, 'inactive')
  const isThere = inactive === undefined || inactive === false
  return isThere && !isModified(member) && !isDropped(memberOf(member, 'extension')) && isIn(memberOf(member, 'period'), day)
}

const DROPPED = /^\s*drop/i

function isDropped(value: Json | undefined): boolean {
  if (typeof value === 'string') return DROPPED.test(value)
  return value !== null && typeof value === 'object' && Object.values(value).some(isDropped)
}

/** By reference alone: what is named by a business identifier, by a query or by a name of a Bundle is found by nobody. */
function patientNamed(entity: Json | undefined, ownBases: readonly string[]): Referred | null {
  const [reference, type] = [memberOf(entity, 'reference'), memberOf(entity, 'type')]
  if (typeof reference !== 'string' || reference.includes('?') || (type !== undefined && type !== 'Patient')) return null
  const named = parseReference(reference, ownBases)
  return named?.type === 'Patient' ? named : null
}

/** A side that is not there is open. */
function isIn(period: Json | undefined, day: string): boolean {
  const [start, end] = [memberOf(period, 'start'), memberOf(period, 'end')]
  const begun = start === undefined || (typeof start === 'string' && latest(start.slice(0, 10)) <= day)
  return begun && (end === undefined || (typeof end === 'string' && earliest(end.slice(0, 10)) >= day))
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value[name] : undefined
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}
