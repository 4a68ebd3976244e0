/**
 * What one subject adds to the indicators: its inpatient stays by the year of discharge, as core/derive/stays.ts finds them, so that an indicator
 * computed here is the one a recipient would compute from the derived fields of its records. Refuses nothing: without stays there is nothing to add.
 */
import { isReadmitted, LONG_STAY, staysOf } from '../derive/stays.ts'
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'

/** What the indicators read, by resource type: an agreement must name all of it (minimum necessary holds for what is read, too). */
export const READS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Patient', ['gender']],
  ['Encounter', ['status', 'class.code', 'subject', 'period.start', 'period.end']]
])

export interface IndexStay {
  /** of discharge, four digits */
  readonly year: string
  /** as the derived field tells them: LONG_STAY at most */
  readonly days: number
  readonly readmitted: boolean
}

/** One subject. `key` names it, under a key: the same subject has the same one in every release of the agreement. */
export interface Contribution {
  readonly key: string
  readonly sex: string
  readonly stays: readonly IndexStay[]
}

/** FHIR R4 administrative-gender. */
const SEXES: ReadonlySet<Json | undefined> = new Set(['female', 'male', 'other', 'unknown'])

/**
 * `records`: all source records of the subject; `counts` says which of them the agreement reaches. A stay outside is not counted, but it is seen as
 * the admission that followed one inside, as it is for the derived fields.
 */
export function contributionOf(key: string, records: readonly Resource[], counts: (record: Resource) => boolean): Contribution {
  const gender = records.findLast((record) => record.resourceType === 'Patient' && counts(record))?.['gender']
  const stays = staysOf(records).flatMap((stay) => {
    const record = records[stay.index]
    const year = record === undefined || !counts(record) ? null : yearOfDischarge(record)
    return year === null ? [] : [{ year, days: Math.min(stay.days, LONG_STAY), readmitted: isReadmitted(stay) }]
  })
  return { key, sex: SEXES.has(gender) ? String(gender) : 'unknown', stays }
}

function yearOfDischarge(record: Resource): string | null {
  const period = record['period']
  if (typeof period !== 'object' || period === null || Array.isArray(period)) return null
  const { end } = period
  return typeof end === 'string' ? end.slice(0, 4) : null
}
