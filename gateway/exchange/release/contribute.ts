/**
 * RELEASE, one subject of an aggregate-only agreement: its records stay, and what they add to the indicators goes to the gate, sealed with the rows of
 * the bucket. Decides nothing by itself. Fails closed: a subject whose records cannot be counted is withheld whole.
 */

import { type Contribution, contributionOf } from '../../core/aggregate/contribution.ts'
import { isCategoryCode } from '../../core/agreement/categories/categories.ts'
import type { EnforcedCounting } from '../policy-cache.ts'
import { isTooLarge, type Output, type Permitted, withhold, withholdEach } from './output.ts'
import type { GroupQuality } from './quality.ts'

export function contributeGroup(
  { group, key, consents, applied, members }: Permitted,
  { scope }: EnforcedCounting,
  output: Output,
  quality: GroupQuality
): void {
  if (isTooLarge(group, output.largest)) {
    withhold(output, 'not-releasable', group.records.size)
    return
  }
  const judged = [...group.records.values()].map((kept) => quality.read(kept)).map((record) => ({ record, code: scope(record) }))
  quality.end()
  const codes = judged.flatMap(({ code }) => code ?? [])
  withholdEach(output, group, codes)
  const reached = judged.length - codes.length
  // a stay that may not be known of is no readmission either
  const records = judged.filter(({ code }) => code === null || !isCategoryCode(code)).map(({ record }) => record)
  if (reached === 0) return
  if (group.subject === null) {
    withhold(output, 'aggregate-only', reached)
    return
  }
  const name = key.toString('hex')
  let added: Contribution
  try {
    added = contributionOf(name, records, (record) => scope(record) === null)
  } catch {
    // Whatever went wrong, it went wrong on PHI: the cause is dropped, the count says that it happened.
    withhold(output, 'not-releasable', reached)
    return
  }
  const { sex, stays } = added
  output.subjects.push({
    key: name,
    consents,
    applied,
    members,
    classes: null,
    lines: new Map(),
    counted: { records: reached, sex, stays }
  })
}
