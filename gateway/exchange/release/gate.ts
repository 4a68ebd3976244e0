/**
 * RELEASE, the gate: first the quality that the agreement promises; then whoever leaves records passes the risk gate, an aggregate-only dataset the suppression of its cells. Decides by the profile's mode
 * which of the two. Runs in a worker thread.
 */
import { type DisclosureRow, findDisclosure } from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import { finishWork } from '../../store/work.ts'
import { datasetKeys } from '../dataset-keys.ts'
import type { Judgement, WorkRef } from '../house.ts'
import { enforced } from '../policy-cache.ts'
import type { Bench } from './bucket.ts'
import { judge } from './judge.ts'
import { measure } from './measure.ts'
import { judgeQuality, keepJudged, type Quality, toldOf } from './quality.ts'
import { refuse } from './refusal.ts'

/** What became of the dataset; null when there was nothing to do any more. */
export async function gateStep(bench: Bench, ref: WorkRef): Promise<Judgement | null> {
  const disclosure = await findDisclosure(bench.pool, ref.disclosure)
  if (disclosure === null || disclosure.state !== 'gating') {
    await finishWork(bench.pool, ref.work, ref.replica)
    return null
  }
  const policies = await enforced(bench.cache, bench.pool, disclosure)
  const quality = await judgeQuality(bench.pool, disclosure, datasetKeys(bench.ring, disclosure).segments, policies.agreement)
  if (quality.word === 'refuse') return refuseQuality(bench, ref, disclosure, quality)
  return policies.kind === 'records' ? judge(bench, ref, disclosure, policies, quality) : measure(bench, ref, disclosure, policies, quality)
}

/** Below what the agreement promises by so much that nothing may leave: no gate is asked. */
async function refuseQuality(bench: Bench, ref: WorkRef, disclosure: DisclosureRow, quality: Quality): Promise<Judgement | null> {
  return transaction(bench.pool, async (client) => {
    if ((await finishWork(client, ref.work, ref.replica)) !== 1) return null
    await keepJudged(client, disclosure, quality)
    await refuse({ now: () => new Date() }, client, disclosure.id, 'below-quality', toldOf(quality))
    return { verdict: 'refuse', agreement: disclosure.agreement, reason: 'below-quality' }
  })
}
