/**
 * The release of an aggregate-only dataset, decided: from what subjects add to what may be told of it, as MeasureReports. Fails closed: where every
 * number would have to be hidden nothing is reported at all.
 */
import type { AggregateProfile } from '../../generated/policy.ts'
import type { Resource } from '../fhir/resource.ts'
import { behind, behindDifference, type Told } from './behind.ts'
import type { Contribution } from './contribution.ts'
import { measureReports } from './report.ts'
import { suppress } from './suppress.ts'
import { cellName, type Table, tableOf } from './table.ts'

export interface AggregateInput {
  readonly profile: AggregateProfile
  /** the agreement's k: what is asked beyond the profile's floor; null without an agreement */
  readonly k: number | null
  readonly subjects: readonly Contribution[]
  /** what was told in each earlier release of the agreement */
  readonly earlier: readonly Told[]
  /** names the reports: letters, digits, - and . */
  readonly dataset: string
  /** RFC 3339 */
  readonly at: string
}

export interface Aggregate {
  readonly reports: readonly Resource[]
  /** to be remembered with the release */
  readonly told: Told
  /** how many numbers of stays and of readmissions */
  readonly cells: { readonly told: number; readonly hidden: number }
}

export function aggregate({ profile, k, subjects, earlier, dataset, at }: AggregateInput): Aggregate {
  const counted = subjects.filter(({ stays }) => stays.length > 0)
  const table = tableOf(
    counted,
    earlier.flatMap((told) => told.subjects)
  )
  const floor = Math.max(profile.cells.floor, k ?? 0)
  const hidden = suppress(table, floor, [behind(counted), ...earlier.map((told) => behindDifference(counted, told))])
  const told = { subjects: counted, stays: shown(table, hidden.stays), readmitted: shown(table, hidden.readmitted) }
  const count = told.stays.length + told.readmitted.length
  const reports = count === 0 ? [] : measureReports(profile, { table, hidden }, dataset, at)
  const kept = [...hidden.stays, ...hidden.readmitted].filter((is) => is).length
  return { reports, told, cells: { told: count, hidden: kept } }
}

function shown({ cells }: Table, hidden: readonly boolean[]): string[] {
  return cells.flatMap(({ year, sex, stays }, n) => (stays === 0 || hidden[n] === true ? [] : [cellName(year, sex)]))
}
