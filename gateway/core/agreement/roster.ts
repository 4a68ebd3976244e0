/**
 * Whose records an agreement reaches, where it has a roster: by the Coverage that came with the records. Decides on the day of release, by the dates as they are
 * written; in doubt (a partial date, no status) a coverage is not in force. A roster by a Group is a list, asked of the database by name (exchange/roster.ts).
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Json } from '../digest.ts'
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
