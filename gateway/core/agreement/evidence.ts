/** The contracts an agreement stands on. Decides whether all of them are in force on a day: from the one they were signed on up to, but not on, the one they end on. */
import type { Agreement } from '../../generated/policy.ts'

/** `day` is YYYY-MM-DD in UTC, on which days begin. */
export function standsOnEvidence({ evidence }: Pick<Agreement, 'evidence'>, day: string): boolean {
  return (evidence ?? []).every(({ date, expires }) => date <= day && (expires === null || day < expires))
}
