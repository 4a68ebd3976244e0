/**
 * When a disclosure may not go on, and how it ends then: as refused, with its entry and counts that add up, in one transaction. Decides by
 * the policies in force now, whatever was true when it began. Refuses to end what has been recorded already: that is recalled, not refused.
 */
import type { PoolClient } from 'pg'
import { certificateOf, coversDay } from '../../core/agreement/certificate.ts'
import { isActive } from '../../core/agreement/decide.ts'
import type { Json } from '../../core/digest.ts'
import type { Code } from '../../core/errors.ts'
import { type DisclosureRow, type DisclosureState, lockDisclosure, moveDisclosure, setGate } from '../../store/disclosures.ts'
import { type UploadRow, uploadsOfDisclosure } from '../../store/uploads.ts'
import { dropWork } from '../../store/work.ts'
import { type DisclosureCounts, NO_COUNTS } from '../accept/views.ts'
import { aboutDisclosure } from '../audit/audit.ts'
import type { House } from '../house.ts'
import { append, type Statement } from '../log/log.ts'
import { type MadeUnder, policyDocuments } from '../policy-documents.ts'
import { rejectedOf, total } from '../tallies.ts'
import { addDestroy } from './destroy.ts'

/** States in which nothing has been recorded yet. */
const UNRECORDED: readonly DisclosureState[] = ['waiting', 'releasing', 'gating', 'held', 'sealing', 'recording']

/** Why nothing may be released under the agreement of this disclosure now; null when it may. Between other parties it is another agreement. */
export function refusal(house: House, disclosure: Pick<DisclosureRow, 'agreement' | 'source' | 'recipient'>): Code | null {
  const current = house.policies.agreements.get(disclosure.agreement)
  if (current?.agreement.source !== disclosure.source || current.agreement.recipient !== disclosure.recipient) return 'agreement-unknown'
  return isActive(current, house.now().toISOString())
}

/**
 * 'certificate-expired' when the expert's certificate that a dataset was made under is over, whatever its agreement names by now: a determination
 * is of what was done to these very records (45 CFR 164.514(b)(1)). null in every other mode.
 */
export async function certificateLapse(house: Pick<House, 'pool' | 'now'>, disclosure: MadeUnder): Promise<Code | null> {
  const certificate = certificateOf((await policyDocuments(house.pool, disclosure)).profile)
  const day = house.now().toISOString().slice(0, 10)
  return certificate === null || coversDay(certificate, day) ? null : 'certificate-expired'
}

/** Counts of a disclosure of which nothing leaves: what was not rejected is withheld for `reason`; null where nothing else was received. */
export function nothingLeaves(uploads: readonly UploadRow[], reason: Code | null): DisclosureCounts {
  const rejected = rejectedOf(uploads)
  const received = uploads.reduce((sum, upload) => sum + upload.received, 0)
  const left = received - total(rejected)
  return { ...NO_COUNTS, received, rejected, withheld: reason === null || left === 0 ? {} : { [reason]: left } }
}

/** Ends a disclosure as refused, in the caller's transaction. `more`: what its entry says beside the reason. False when it was recorded, or ended, meanwhile. */
export async function refuse(
  house: Pick<House, 'now'>,
  client: PoolClient,
  dataset: string,
  code: Code,
  more: { readonly [member: string]: Json } = {}
): Promise<boolean> {
  const row = await lockDisclosure(client, dataset)
  if (row === null || !UNRECORDED.includes(row.state)) return false
  const counts = nothingLeaves(await uploadsOfDisclosure(client, dataset), code)
  const told: Statement = {
    v: 1,
    kind: 'dataset-refused',
    at: house.now().toISOString(),
    ...aboutDisclosure(row),
    reason: code,
    received: counts.received,
    withheld: counts.withheld,
    rejected: counts.rejected,
    ...more
  }
  await append(client, `dataset-refused:${dataset}`, told)
  await setGate(client, dataset, row.gate ?? {}, counts)
  await moveDisclosure(client, dataset, UNRECORDED, 'refused', code)
  await dropWork(client, dataset)
  await addDestroy(client, dataset)
  return true
}
