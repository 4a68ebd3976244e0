/**
 * `sallyport deidentify` under an aggregate-only profile: the feed is counted and the MeasureReports are printed, by the same code as the gateway's. No
 * agreement, opt-outs or earlier releases: the caller is told so.
 */
import { randomUUID } from 'node:crypto'
import { aggregate } from '../../core/aggregate/aggregate.ts'
import { type Contribution, contributionOf } from '../../core/aggregate/contribution.ts'
import { type Outcome, runPasses, withhold } from '../../exchange/agreement/passes.ts'
import type { AggregateProfile } from '../../generated/policy.ts'
import type { Run } from './run.ts'

interface Counting extends Omit<Run, 'engine'> {
  readonly profile: AggregateProfile
}

/** Throws RequestError for a body that cannot be read at all. */
export async function runCounting(order: Counting, chunks: AsyncIterable<Uint8Array>): Promise<Outcome> {
  const subjects: Contribution[] = []
  const outcome = await runPasses(order, chunks, (key, group, _, counts) => {
    const records = [...group.records.values()].map(({ read }) => read())
    for (const _record of records) withhold(counts, 'aggregate-only')
    if (group.subject !== null) subjects.push(contributionOf(key, records, () => true))
    return Promise.resolve()
  })
  const { profile, at } = order
  const { reports, cells } = aggregate({ profile, k: null, subjects, earlier: [], dataset: randomUUID(), at })
  await order.write(reports.map((report) => `${JSON.stringify(report)}\n`).join(''))
  return { ...outcome, subjects: subjects.length, counted: { reports: reports.length, ...cells } }
}
