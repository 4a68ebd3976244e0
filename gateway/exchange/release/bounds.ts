/**
 * What a dataset that is made may still not go beyond when it is recorded: the roster as it is by then, the limits of its agreement with what was released before,
 * and the version or phase that has begun meanwhile. Decides inside the transaction that records it. Refuses it whole: no part of it is cut out here.
 */
import { letsMoreLeave } from '../../core/agreement/diff.ts'
import { countsSince, passedLimit } from '../../core/agreement/limits.ts'
import { termsAt } from '../../core/agreement/phases.ts'
import type { HashedAgreement } from '../../core/agreement/policies.ts'
import type { Code } from '../../core/errors.ts'
import type { Agreement } from '../../generated/policy.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import type { Db } from '../../store/pool.ts'
import { releasedSince } from '../../store/released.ts'
import { holdRosters } from '../../store/rosters.ts'
import { offRoster } from '../consent/roster.ts'
import type { House } from '../house.ts'
import { type MadeUnder, momentOf, signedAgreement } from '../policy-documents.ts'

/**
 * 'agreement-changed' where another version of the agreement is in force by now under which less may leave, 'phase-ended' where it is another phase: what was made
 * under the earlier terms goes on only where the later ones let all of it leave. `current`: the text in force, with all its phases.
 */
export async function termsLapse(house: Pick<House, 'pool' | 'now'>, disclosure: MadeUnder, current: Agreement): Promise<Code | null> {
  const signed = await signedAgreement(house.pool, disclosure)
  const [then, now] = [termsAt(signed, momentOf(disclosure)), termsAt(current, house.now().toISOString())]
  if (!letsMoreLeave(then.agreement, now.agreement)) return null
  return current.version === signed.version ? 'phase-ended' : 'agreement-changed'
}

/**
 * 'agreement-changed' where a dataset that was released may not be fetched any more: the version in force by now would have let less of it leave on the day it was
 * released. A phase that ended since takes nothing back: what it let leave was agreed to leave.
 */
export async function versionLapse(house: Pick<House, 'pool'>, disclosure: MadeUnder, current: HashedAgreement): Promise<Code | null> {
  if (current.hash === disclosure.agreement_hash) return null
  const then = momentOf(disclosure)
  const signed = termsAt(await signedAgreement(house.pool, disclosure), then)
  return letsMoreLeave(signed.agreement, termsAt(current.agreement, then).agreement) ? 'agreement-changed' : null
}

/** Has somebody left the roster since the gate? In the recording transaction: no roster is replaced until it ends. */
export async function leftRoster(
  db: Db,
  agreement: Agreement,
  released: readonly { readonly members?: readonly string[] }[]
): Promise<boolean> {
  if (agreement.roster === undefined) return false
  await holdRosters(db)
  return (await offRoster(db, agreement, released)).length > 0
}

/** In the recording transaction, when no other dataset of the agreement can be recorded. `agreement`: in the phase of the dataset. */
export async function passedBounds(
  db: Db,
  disclosure: DisclosureRow,
  agreement: Agreement,
  released: readonly unknown[],
  now: Date
): Promise<Code | null> {
  const { limits } = agreement
  if (limits === undefined) return null
  const earlier = await releasedSince(db, { agreement: disclosure.agreement, recording: disclosure.id }, countsSince(limits, now))
  const records = disclosure.counts['released']
  const here = { datasets: 1, subjects: released.length, records: typeof records === 'number' ? records : Number.POSITIVE_INFINITY }
  return passedLimit(limits, earlier, here) === null ? null : 'limit-reached'
}
