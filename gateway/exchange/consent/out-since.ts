/**
 * RELEASE, the gate: who is out of a dataset since its bucket pass. Decides by what patients said until now, and by the roster as it is now; the word comes
 * first. Shared records are nobody's, and never out.
 */
import type { Code } from '../../core/errors.ts'
import type { Agreement, Party } from '../../generated/policy.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import type { Rooms } from '../house.ts'
import type { SubjectRow } from '../release/subjects.ts'
import { optedOutAmong, termsOf } from './consent.ts'
import { offRoster } from './roster.ts'

/** Why the subject of a row is out; null: it is not. */
export type WhyOut = (row: SubjectRow) => Code | null

/** `now`: ISO 8601. */
export async function outSince(
  { pool, ring, parties }: Pick<Rooms, 'pool' | 'ring'> & { readonly parties: ReadonlyMap<string, Party> },
  disclosure: DisclosureRow,
  agreement: Agreement,
  { rows, now }: { readonly rows: readonly SubjectRow[]; readonly now: string }
): Promise<WhyOut> {
  const subjects = rows.filter(({ key }) => key !== null)
  const said = await optedOutAmong(pool, ring, termsOf(disclosure, agreement, parties, now), subjects)
  const off = new Set((await offRoster(pool, agreement, subjects)).map(({ key }) => key))
  return ({ key, consents }) => {
    if (consents.some((name) => said.has(name))) return 'opted-out'
    return key !== null && off.has(key) ? 'not-on-roster' : null
  }
}
