/** Which haemoglobin A1c result is the last of its calendar year: a year alone cannot show it. Refused and mistaken results do not count. */
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'

/** LOINC: HbA1c in blood, by any method (value set 2.16.840.1.113883.3.464.1003.198.12.1013, and IFCC). */
const A1C: ReadonlySet<Json | undefined> = new Set([
  '4548-4',
  '4549-2',
  '17855-8',
  '17856-6',
  '59261-8',
  '62388-4',
  '71875-9',
  '41995-2',
  '55454-3'
])
const LOINC = 'http://loinc.org'
const VALID: ReadonlySet<Json | undefined> = new Set(['final', 'amended', 'corrected', 'preliminary', 'registered'])

/** Results as they are seen. */
export interface YearlyA1c {
  /** Is the record such a result, so that it may be the last of its year? */
  see(this: void, record: Resource, index: number): boolean
  /** Indexes of the last of each year. */
  last(this: void): number[]
}

export function createYearlyA1c(): YearlyA1c {
  const last = new Map<string, { index: number; at: string }>()
  return {
    see(record, index) {
      if (record.resourceType !== 'Observation' || !VALID.has(record['status']) || !isA1c(record['code'])) return false
      const at = momentOf(record)
      if (at === null || record['valueQuantity'] === undefined) return false
      const year = at.slice(0, 4)
      const found = last.get(year)
      if (found === undefined || at >= found.at) last.set(year, { index, at })
      return true
    },
    last: () => [...last.values()].map((row) => row.index)
  }
}

function isA1c(concept: Json | undefined): boolean {
  if (typeof concept !== 'object' || concept === null || Array.isArray(concept)) return false
  const codings = concept['coding']
  if (!Array.isArray(codings)) return false
  return codings.some(
    (item) => typeof item === 'object' && item !== null && !Array.isArray(item) && item['system'] === LOINC && A1C.has(item['code'])
  )
}

/** The moment as written; only full dates can be ordered within a year. */
function momentOf(record: Resource): string | null {
  const moment = record['effectiveDateTime'] ?? record['effectiveInstant']
  return typeof moment === 'string' && moment.length >= 10 ? moment : null
}
