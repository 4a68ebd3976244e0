/**
 * AuditEvents as NDJSON, in the log's own order, of what was logged between two moments. Decides where an export that was broken off goes on: behind its last
 * whole line. What is exported ends with the log as it stood when the export began. That it was read is an entry, committed before the first line.
 */
import { entriesFrom, placesBetween } from '../../store/audit.ts'
import type { House } from '../house.ts'
import { eventOf, type TellAltered } from './audit-entries.ts'
import { noteRead } from './audit-search.ts'

export interface AuditExport {
  readonly from: Date | null
  readonly until: Date | null
  /** the place of the last event that is there already; null: none */
  readonly after: number | null
  readonly at: Date
  readonly tell: TellAltered
}

const PAGE = 1000

/** Pages of lines, each ended by a newline. */
export async function* exportedEvents(
  desk: Pick<House, 'pool' | 'ring'> & { readonly account: string },
  { from, until, after, at, tell }: AuditExport
): AsyncGenerator<string> {
  const { pool, ring } = desk
  const places = await placesBetween(pool, from, until)
  const span = `${from?.toISOString() ?? 'the beginning'} to ${until?.toISOString() ?? at.toISOString()}`
  await noteRead({ pool, now: () => at }, desk, `export of events from ${span}${after === null ? '' : `, behind entry ${after}`}`)
  if (places === null) return
  const within = (moment: Date): boolean => (from === null || moment >= from) && (until === null || moment < until)
  for (let next = after === null ? places.first : Math.max(places.first, after + 1); next <= places.last; next += PAGE) {
    const page = await entriesFrom(pool, next, Math.min(PAGE, places.last - next + 1))
    const lines = page.filter((row) => within(row.at)).map((row) => `${JSON.stringify(eventOf(row, ring.log.current.origin, at, tell))}\n`)
    if (lines.length > 0) yield lines.join('')
  }
}
