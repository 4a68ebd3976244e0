/**
 * What an officer decides: a held dataset is released (what the gate suppressed stays out) or refused, a released one is recalled.
 * Each is an entry in the same transaction. Refuses datasets in any other state, and an officer who gives no name or reason.
 */
import type { Pool } from 'pg'
import type { Policies } from '../../core/agreement/policies.ts'
import type { Json } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import type { EntryKind } from '../../core/log/kinds.ts'
import { isOwnId } from '../../core/own-id.ts'
import type { Agreement } from '../../generated/policy.ts'
import { type DisclosureRow, listDisclosures, lockDisclosure, moveDisclosure, setGate } from '../../store/disclosures.ts'
import { findPolicy } from '../../store/policies.ts'
import { type Db, transaction } from '../../store/pool.ts'
import { acceptQuality, type QualityRow, qualityOf } from '../../store/quality.ts'
import { listBuckets } from '../../store/results.ts'
import { dropWork } from '../../store/work.ts'
import type { DisclosureCounts } from '../accept/views.ts'
import { aboutDisclosure } from '../audit/audit.ts'
import { append } from '../log/log.ts'
import { addDestroy } from './destroy.ts'
import { beginSealing } from './judge.ts'

/** Who decided, and why: both stand in the log. */
export interface OfficerWord {
  readonly officer: string
  /** of the operating system */
  readonly account: string
  readonly reason: string
  readonly at: Date
}

/** Held datasets, with the gate's table of group sizes (no identities) and the promises of quality that were not kept. */
export async function listHeld(db: Db): Promise<(DisclosureRow & { readonly quality: readonly QualityRow[] })[]> {
  const held = await listDisclosures(db, ['held'])
  const found: (DisclosureRow & { readonly quality: readonly QualityRow[] })[] = []
  for (const row of held) found.push({ ...row, quality: await qualityOf(db, row.id) })
  return found
}

function entry(kind: EntryKind, row: DisclosureRow, word: OfficerWord): Parameters<typeof append>[2] {
  if (word.officer.trim() === '' || word.reason.trim() === '')
    throw new RequestError('bad-request', 'Give the name of the officer and the reason.')
  return {
    v: 1,
    kind,
    at: word.at.toISOString(),
    ...aboutDisclosure(row),
    officer: word.officer,
    account: word.account,
    reason: word.reason,
    counts: row.counts as { [reason: string]: Json } // written by the gate step only
  }
}

async function inState(
  client: Parameters<typeof lockDisclosure>[0],
  dataset: string,
  states: readonly DisclosureRow['state'][]
): Promise<DisclosureRow> {
  const row = isOwnId(dataset) ? await lockDisclosure(client, dataset) : null
  if (row === null || !states.includes(row.state))
    throw new RequestError('not-found', `There is no such dataset in state ${states.join(' or ')}.`)
  return row
}

/**
 * Seals what the gate left at levels 0 and 1; subjects it suppressed stay out. `policies`: those in force now. Refuses a dataset made under a text
 * of its agreement that is no longer in force: it may be narrower by now.
 */
export async function releaseHeld(pool: Pool, dataset: string, word: OfficerWord, policies: Pick<Policies, 'agreements'>): Promise<void> {
  await transaction(pool, async (client) => {
    const row = await inState(client, dataset, ['held'])
    if (policies.agreements.get(row.agreement)?.hash !== row.agreement_hash) {
      throw new RequestError(
        'agreement-inactive',
        'The agreement has changed since this dataset was made: refuse it, and have the records sent again.'
      )
    }
    const counts = row.counts as unknown as DisclosureCounts // written by the gate step only
    const gate = row.gate as { released: number } | null
    if (gate === null || (gate.released === 0 && counts.made === undefined))
      throw new RequestError('bad-request', 'No subject would be left: refuse it instead.')
    await append(client, `hold-released:${dataset}:${word.at.toISOString()}`, entry('hold-released', row, word))
    await setGate(client, dataset, gate, { ...counts, released: counts.held, held: 0 })
    await acceptQuality(client, dataset, word.officer)
    const body = await findPolicy(client, row.agreement_hash)
    const { sealedForm } = JSON.parse(body) as Agreement // kept by hash when the disclosure began
    await beginSealing(client, dataset, await listBuckets(client, dataset), sealedForm)
  })
}

/** Nothing leaves; the records' key is destroyed when no other disclosure needs it. */
export async function refuseHeld(pool: Pool, dataset: string, word: OfficerWord): Promise<void> {
  await transaction(pool, async (client) => {
    const row = await inState(client, dataset, ['held'])
    const counts = row.counts as unknown as DisclosureCounts // written by the gate step only
    await append(client, `hold-refused:${dataset}`, entry('hold-refused', row, word))
    const withheld = { ...counts.withheld, 'hold-refused': counts.held }
    await setGate(client, dataset, row.gate ?? {}, { ...counts, held: 0, withheld })
    await moveDisclosure(client, dataset, ['held'], 'refused', 'hold-refused')
    await dropWork(client, dataset)
    await addDestroy(client, dataset)
  })
}

/** Takes a released dataset back: from now on it cannot be pulled. Whoever pulled it before is named by the log. */
export async function recall(pool: Pool, dataset: string, word: OfficerWord): Promise<void> {
  await transaction(pool, async (client) => {
    const row = await inState(client, dataset, ['recorded', 'ready'])
    await append(client, `dataset-recalled:${dataset}`, entry('dataset-recalled', row, word))
    await moveDisclosure(client, dataset, ['recorded', 'ready'], 'recalled', 'recalled')
    await addDestroy(client, dataset)
  })
}
