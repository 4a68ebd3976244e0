/** Why what was released stays here: decides by what was recorded of the dataset, and by the policies in force now. */
import type { Code } from '../../core/errors.ts'
import type { DatasetStatement } from '../../core/log/statement.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import type { House } from '../house.ts'
import { versionLapse } from '../release/bounds.ts'
import { certificateLapse } from '../release/refusal.ts'

/** What was recorded of a dataset, whatever its agreement says by now. */
export function statementOf(dataset: DisclosureRow): DatasetStatement {
  return JSON.parse(dataset.statement ?? '{}') as DatasetStatement // committed with its entry; ready datasets have one
}

/** Its certificate is over, or its agreement has a version in force that lets less leave. null: it may go. */
export async function lapseOf(house: House, dataset: DisclosureRow): Promise<Code | null> {
  const certificate = statementOf(dataset).certificate === null ? null : await certificateLapse(house, dataset)
  const current = house.policies.agreements.get(dataset.agreement)
  return certificate ?? (current === undefined ? null : versionLapse(house, dataset, current))
}
