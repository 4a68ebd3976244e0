/** The quality of what was sent, as officers are told of it: figures of the last submissions, and what was promised. Numbers only; that it was read is an entry. */
import type { Pool } from 'pg'
import type { JudgedRow } from '../../store/quality.ts'
import { latestQuality } from '../../store/quality.ts'
import { readAtDesk } from '../audit/audit.ts'

export interface QualityTold extends Omit<JudgedRow, 'at' | 'accepted_by'> {
  /** ISO 8601, UTC */
  readonly at: string
  /** the officer who released it though it was below what is promised */
  readonly acceptedBy: string | null
}

/** Of one agreement or of each (null), newest first, at most `last` of each. */
export async function qualityTold(
  pool: Pool,
  { account, at }: { readonly account: string; readonly at: Date },
  { agreement, last }: { readonly agreement: string | null; readonly last: number }
): Promise<readonly QualityTold[]> {
  const about = agreement === null ? {} : { agreement }
  const found = await readAtDesk(pool, { account, at, what: 'quality', about }, (db) => latestQuality(db, agreement, last))
  return found.map(({ at: judged, accepted_by: acceptedBy, ...row }) => ({ ...row, at: judged.toISOString(), acceptedBy }))
}
