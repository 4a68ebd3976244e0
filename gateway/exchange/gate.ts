/**
 * RELEASE, the gate: whoever leaves records passes the risk gate, an aggregate-only dataset the suppression of its cells. Decides by the profile's mode
 * which of the two. Runs in a worker thread.
 */
import { findDisclosure } from '../store/disclosures.ts'
import { finishWork } from '../store/work.ts'
import type { Bench } from './bucket.ts'
import type { Judgement, WorkRef } from './house.ts'
import { judge } from './judge.ts'
import { measure } from './measure.ts'
import { enforced } from './policy-cache.ts'

/** What became of the dataset; null when there was nothing to do any more. */
export async function gateStep(bench: Bench, ref: WorkRef): Promise<Judgement | null> {
  const disclosure = await findDisclosure(bench.pool, ref.disclosure)
  if (disclosure === null || disclosure.state !== 'gating') {
    await finishWork(bench.pool, ref.work, ref.replica)
    return null
  }
  const policies = await enforced(bench.cache, bench.pool, disclosure)
  return policies.kind === 'records' ? judge(bench, ref, disclosure, policies) : measure(bench, ref, disclosure, policies)
}
