/**
 * What left is offered again, to whom it left: by the word of an officer who may have it leave again. Decides that it stands in the recipient's next export under the same id,
 * as long as it is kept; no byte goes before the recipient asks, and then by its rights of that moment. Refuses a dataset that is not there any more (withdrawn, recalled,
 * expired), of which nothing ever left, or which may not leave now. The first receipt stays the one that counts.
 */
import { decideExport } from '../../core/agreement/decide.ts'
import { RequestError } from '../../core/errors.ts'
import { isOwnId } from '../../core/own-id.ts'
import { requireWord } from '../../core/printable.ts'
import { holdReleases, lockDisclosure } from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import { offerAgain } from '../../store/redelivery.ts'
import { aboutDisclosure } from '../audit/audit.ts'
import type { Caller, Redelivery } from '../doors.ts'
import type { House } from '../house.ts'
import { signedIn } from '../identity/signed-in.ts'
import { appendAnew } from '../log/log.ts'
import { lapseOf } from './lapse.ts'

/** RequestError scope-missing | not-found | bad-request, or why it may not leave now. */
export async function redeliver(house: House, caller: Caller, dataset: string, reason: string): Promise<Redelivery> {
  const { officer, account } = signedIn(house, caller, 'resend-datasets')
  requireWord({ officer, reason })
  return transaction(house.pool, async (client) => {
    // no export finishes between the moment and the commit: the next _since would miss it
    await holdReleases(client)
    const row = isOwnId(dataset) ? await lockDisclosure(client, dataset) : null
    if (row === null || row.state !== 'ready') throw new RequestError('not-found')
    if (row.fetched_at === null)
      throw new RequestError('bad-request', 'Nothing of this dataset left yet: its recipient has it in its next export.')
    const decision = decideExport(row.recipient, row.agreement, house.policies.agreements, house.now().toISOString())
    const lapse = decision.verdict === 'deny' ? decision.reasons[0].code : await lapseOf(house, row)
    if (lapse !== null) throw new RequestError(lapse)
    const at = await offerAgain(client, row.id)
    if (at === null) throw new RequestError('not-found')
    const told = {
      v: 1,
      kind: 'dataset-redelivered',
      at: house.now().toISOString(),
      ...aboutDisclosure(row),
      officer,
      account,
      reason
    } as const
    await appendAnew(client, told)
    return { dataset: row.id, agreement: row.agreement, recipient: row.recipient, offered: at.toISOString() }
  })
}
