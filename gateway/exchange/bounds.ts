/**
 * What a dataset that is made may still not go beyond when it is recorded: the roster as it is by then, the limits of its agreement with what was released before,
 * and the phase that has begun meanwhile. Decides inside the transaction that records it. Refuses it whole: no part of it is cut out here.
 */
import { diffTerms } from '../core/agreement/diff.ts'
import { countsSince, passedLimit } from '../core/agreement/limits.ts'
import { termsAt } from '../core/agreement/phases.ts'
import type { Code } from '../core/errors.ts'
import type { Agreement } from '../generated/policy.ts'
import type { DisclosureRow } from '../store/disclosures.ts'
import type { Db } from '../store/pool.ts'
import { releasedSince } from '../store/released.ts'
import { holdRosters } from '../store/rosters.ts'
import type { House } from './house.ts'
import { type MadeUnder, momentOf, signedAgreement } from './policy-documents.ts'
import { leftRoster } from './roster.ts'

/**
 * 'phase-ended' where another phase has begun since the moment the dataset is made for, in which less may leave: what was made under the earlier terms goes on
 * only where the later ones let all of it leave.
 */
export async function phaseLapse(house: Pick<House, 'pool' | 'now'>, disclosure: MadeUnder): Promise<Code | null> {
  const agreement = await signedAgreement(house.pool, disclosure)
  const [then, now] = [termsAt(agreement, momentOf(disclosure)), termsAt(agreement, house.now().toISOString())]
  if (then.phase === now.phase) return null
  return diffTerms(now.agreement, then.agreement).some(([direction]) => direction === 'widens') ? 'phase-ended' : null
}

/** In the recording transaction, when no other dataset of the agreement can be recorded. `agreement`: in the phase of the dataset. */
export async function passedBounds(
  db: Db,
  disclosure: DisclosureRow,
  agreement: Agreement,
  released: readonly { readonly consents: readonly string[] }[],
  now: Date
): Promise<Code | null> {
  if (agreement.roster !== undefined) await holdRosters(db)
  if (await leftRoster(db, agreement, released)) return 'not-on-roster'
  const { limits } = agreement
  if (limits === undefined) return null
  const earlier = await releasedSince(db, disclosure.agreement, countsSince(limits, now))
  const records = disclosure.counts['released']
  const here = { datasets: 1, subjects: released.length, records: typeof records === 'number' ? records : Number.POSITIVE_INFINITY }
  return passedLimit(limits, earlier, here) === null ? null : 'limit-reached'
}
