/**
 * What a collector of events outside (a SIEM) is sent: every entry of the log, in its order, from where it last confirmed; of one that was altered, that it
 * was. Decides that why an agreement was stopped or a dispute closed stays in the house; nothing of the way there.
 * Refuses to go back, and to a replica whose claim was lost.
 */
import { syslogFrame } from '../../core/audit/syslog.ts'
import { UpstreamError } from '../../core/errors.ts'
import { membersIn } from '../../core/log/fsck.ts'
import type { EntryKind } from '../../core/log/kinds.ts'
import { advanceFeed, claimFeed, entriesFrom, type LoggedRow } from '../../store/audit.ts'
import { eventOf, toOperator } from '../audit/audit-entries.ts'
import type { House } from '../house.ts'

export interface FeedPage {
  /** one an entry, in order */
  readonly frames: readonly Buffer[]
  /** the place behind the last */
  readonly next: number
}

export interface EventFeed {
  /** Claims the feed: the first entry that is not confirmed, or null while another replica has it. */
  claim(): Promise<number | null>
  /** Entries from a place on. */
  read(next: number, limit: number): Promise<FeedPage>
  /** Everything before `next` has arrived. UpstreamError when the claim is another replica's by now. */
  confirm(next: number): Promise<void>
}

const NAME = 'syslog'

/** Entries of officers' words, and the members that are these. */
const REASONS: ReadonlySet<string> = new Set<EntryKind>(['agreement-reason', 'dispute-reason'])
const WORDS: ReadonlySet<string> = new Set(['officer', 'reason', 'account', 'jws'])

/** The row as it goes out: it is judged by what is stored. */
function outside(row: LoggedRow): LoggedRow {
  if (!REASONS.has(row.kind) || row.statement === null) return row
  const told = Object.entries(membersIn(row.statement)).filter(([name]) => !WORDS.has(name))
  return { ...row, statement: JSON.stringify(Object.fromEntries(told)) }
}

export function openEventFeed(house: Pick<House, 'pool' | 'ring' | 'replica' | 'now' | 'observe'>, version: string): EventFeed {
  const { pool, ring } = house
  const { origin } = ring.log.current
  return {
    claim: () => claimFeed(pool, NAME, house.replica),
    async read(next, limit) {
      const entries = await entriesFrom(pool, next, limit)
      const now = house.now()
      const frames = entries.map((row) => syslogFrame(eventOf(outside(row), origin, now, toOperator(house)), { origin, version }))
      return { frames, next: next + entries.length }
    },
    async confirm(next) {
      if ((await advanceFeed(pool, NAME, house.replica, next)) !== 1) throw new UpstreamError('database-unavailable')
    }
  }
}
