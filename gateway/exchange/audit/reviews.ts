/** A review of the log: reads what it looks at and commits that it was read, in one go. Decides nothing: core/audit/reviews.ts does. */
import type { Pool } from 'pg'
import type { OfficeHours } from '../../core/audit/office-hours.ts'
import { BASELINE_DAYS, REVIEWED, type Reviewed, type ReviewName, reviewed, type Tally } from '../../core/audit/reviews.ts'
import { transaction } from '../../store/pool.ts'
import { firstReleases, type TallyRow, tallies } from '../../store/reviews.ts'
import { appendAnew } from '../log/log.ts'

export interface ReviewAsked {
  readonly names: readonly ReviewName[]
  readonly from: Date
  readonly hours: OfficeHours | null
  readonly account: string
  readonly at: Date
}

const DAY_MS = 86_400_000

/** The reviews of the time from `from` to now. The entry says how many findings each had. */
export function runReviews(pool: Pool, { names, from, hours, account, at }: ReviewAsked): Promise<Reviewed[]> {
  return transaction(pool, async (client) => {
    const counted = await tallies(client, REVIEWED, new Date(from.getTime() - BASELINE_DAYS * DAY_MS), at)
    const seen = {
      from,
      until: at,
      hours,
      tallies: counted.filter((row): row is TallyRow & Tally => row.by !== 'altered'),
      firsts: await firstReleases(client, from, at),
      altered: counted.filter(({ by }) => by === 'altered').reduce((sum, { count }) => sum + count, 0)
    }
    const found = reviewed(names, seen)
    const counts = Object.fromEntries(found.map(({ review, findings }) => [review, findings.length]))
    const told = {
      v: 1,
      kind: 'log-read',
      at: at.toISOString(),
      account,
      asked: `review from ${from.toISOString()}`,
      findings: counts
    } as const
    await appendAnew(client, told)
    return found
  })
}
