/**
 * AuditEvents to whoever may read them: a party and its officers the entries that concern it, other officers all, each as much of it as he or she may see, a search at a time, page after page over the log as it stood when the search
 * began. Each search is an entry of its own, committed before its first page; it says what was asked in words of ours, and never of which patient. Pages
 * follow a cursor that only this gateway and whoever asked can use, for an hour. Refuses a cursor of another party, altered, older, or under a key no longer on
 * the ring; shows nothing of an entry that was altered.
 */
import { type AuditEvent, auditEvent, withoutContent } from '../../core/audit/audit-event.ts'
import { kindsWith } from '../../core/audit/balp.ts'
import { type AuditQuery, askedText, type Known } from '../../core/audit/search.ts'
import { IntegrityError, RequestError } from '../../core/errors.ts'
import { permitOf } from '../../core/identity/powers.ts'
import { saltIn } from '../../core/log/fsck.ts'
import { unwrapLocal, wrapLocal } from '../../seal/local.ts'
import { countEntries, type EntryFilter, entriesPage, type LoggedRow, type Position, standingOf } from '../../store/audit.ts'
import type { Db } from '../../store/pool.ts'
import { rowsOfSubjects, subjectKeysNamed } from '../../store/subject-rows.ts'
import { subjectMac } from '../accounting/subject-rows.ts'
import { patientOf } from '../consent/opt-outs.ts'
import type { Caller } from '../doors.ts'
import type { House } from '../house.ts'
import { signedIn } from '../identity/signed-in.ts'
import { appendAnew } from '../log/log.ts'
import { eventOf, isSound, type TellAltered, toOperator } from './audit-entries.ts'

export interface AuditPage {
  readonly query: AuditQuery
  /** what was asked, as may be shown */
  readonly asked: string
  readonly events: readonly AuditEvent[]
  /** entries left out, for they do not say what the log commits to */
  readonly altered: number
  /** of the entries the caller may read; only where the count alone was asked for */
  readonly total: number | null
  /** null: that was all */
  readonly next: string | null
}

/** The door to the log for parties, and for officers who sign in. */
export interface AuditEvents {
  search(caller: Caller, query: AuditQuery): Promise<AuditPage>
  /** The page that a cursor of this party names. RequestError bad-request. */
  page(caller: Caller, cursor: string): Promise<AuditPage>
  /** One event. RequestError not-found, also for those of others. */
  read(caller: Caller, index: number): Promise<AuditEvent>
}

/** What goes from page to page. */
interface Search {
  readonly query: AuditQuery
  readonly asked: string
  /** when the search was made, in milliseconds: it was told then, and nothing of its pages is */
  readonly at: number
  readonly bound: number
  readonly datasets: readonly string[] | null
  readonly after: Position | null
}

type Standing = Pick<House, 'pool' | 'ring' | 'now' | 'policies' | 'registry' | 'observe'>

const HOUR_MS = 3_600_000

export function openAuditEvents(house: Standing): AuditEvents {
  return {
    async search(caller, query) {
      const reader = readerOf(house, caller)
      return pageOf(house, reader, await begun(house, reader, query, await datasetsAsked(house, caller, query)))
    },
    async page(caller, cursor) {
      const reader = readerOf(house, caller)
      return pageOf(house, reader, openCursor(house, reader, cursor))
    },
    async read(caller, index) {
      const reader = readerOf(house, caller)
      const search = await begun(house, reader, { ...EVERYTHING, indices: [index] }, null)
      const { altered, events } = await pageOf(house, reader, search)
      if (altered > 0) throw new IntegrityError('log-altered', { entry: String(index), read: 'sallyport log fsck' })
      const [event] = events
      if (event === undefined) throw new RequestError('not-found')
      return event
    }
  }
}

const EVERYTHING: AuditQuery = {
  from: null,
  until: null,
  tag: null,
  type: null,
  subtype: null,
  action: null,
  outcome: null,
  agent: null,
  entity: null,
  patient: null,
  indices: null,
  newestFirst: true,
  count: 1,
  summary: null
}

/** A search as it begins, told of. */
async function begun(house: Standing, reader: Reader, query: AuditQuery, datasets: Search['datasets']): Promise<Search> {
  const known = await knownOf(house.pool, reader.of, query, house.now())
  await noteRead(house, reader.as === 'officer' ? { account: reader.id } : { party: reader.id }, askedText(query, known))
  return { query, asked: askedText({ ...query, patient: null }, known), at: known.now.getTime(), bound: known.size, datasets, after: null }
}

/** Who reads, whose entries, and how much of each. */
interface Reader {
  readonly id: string
  readonly as: 'party' | 'officer'
  /** of a party, and of its officers, those that concern it; null: all */
  readonly of: string | null
  /** metadata: that it was, when, between whom and under what; content: all that it says, to a party with what proves it */
  readonly sees: 'metadata' | 'content'
}

/** RequestError scope-missing. */
function readerOf(house: Standing, caller: Caller): Reader {
  const id = caller.party
  if (caller.role !== 'officer') return { id, as: 'party', of: id, sees: 'content' }
  const { of, sees } = signedIn(house, caller, 'read-log')
  return { id, as: 'officer', of, sees: sees.includes('content') ? 'content' : 'metadata' }
}

/** An event as this reader sees it. */
function shownTo({ as, sees }: Reader, row: LoggedRow, origin: string, patient: string | null): AuditEvent {
  const event = auditEvent(as === 'officer' ? row : provable(row), origin, patient)
  return sees === 'content' ? event : withoutContent(event)
}

async function knownOf(db: Db, party: string | null, query: AuditQuery, now: Date): Promise<Known> {
  return { ...(await standingOf(db, { party, agent: query.agent, entity: query.entity })), now }
}

async function datasetsAsked(house: Standing, caller: Caller, { patient, entity }: AuditQuery): Promise<readonly string[] | null> {
  if (patient === null) return entity === null ? null : [entity]
  if (permitOf('search-by-patient', { id: caller.party, role: caller.role }) === null)
    throw new RequestError('scope-missing', 'Only the source of the records can ask by patient.')
  const held = await datasetsOf(house, caller.party, patient)
  return entity === null ? held : held.filter((dataset) => dataset === entity)
}

/** The datasets in which a patient of this party is, as its own records name it: what a bulk disclosure says of one subject is made on reading. */
async function datasetsOf({ pool, ring, policies }: Standing, party: string, patient: string): Promise<readonly string[]> {
  const named = patientOf(party, patient, policies.parties.get(party)?.fhirBases ?? [])
  const keys = await subjectKeysNamed(pool, [subjectMac(ring, named)])
  const held = await rowsOfSubjects(
    pool,
    keys.map(({ id }) => id)
  )
  return [...new Set(held.map(({ disclosure }) => disclosure))]
}

/** Commits that the log was read, by whom and for what. */
export async function noteRead(
  { pool, now }: Pick<House, 'pool' | 'now'>,
  who: { readonly party: string } | { readonly account: string },
  asked: string
): Promise<void> {
  const told = {
    v: 1,
    kind: 'log-read',
    at: now().toISOString(),
    // picked: a whole desk may come in
    ...('party' in who ? { party: who.party } : { account: who.account }),
    asked
  } as const
  await appendAnew(pool, told)
}

/** At the officers' desk: every entry, oldest or newest first, page by page; that they were read is an entry, committed before the first. */
export async function* eventsAtDesk(
  desk: Pick<House, 'pool' | 'ring'> & { readonly account: string },
  query: AuditQuery,
  { at, tell }: { readonly at: Date; readonly tell: TellAltered }
): AsyncGenerator<AuditEvent> {
  const { pool, ring } = desk
  const known = await knownOf(pool, null, query, at)
  await noteRead({ pool, now: () => at }, desk, askedText(query, known))
  const datasets = query.entity === null ? null : [query.entity]
  let after: Position | null = null
  for (;;) {
    const page: LoggedRow[] = await entriesPage(
      pool,
      filterOf(null, { query, bound: known.size, datasets }),
      orderOf(query),
      after,
      query.count
    )
    for (const row of page) yield eventOf(row, ring.log.current.origin, at, tell)
    const last = page.at(-1)
    if (last === undefined || page.length < query.count) return
    after = { exact: last.exact, index: last.index }
  }
}

function orderOf({ newestFirst }: AuditQuery): 'newest first' | 'oldest first' {
  return newestFirst ? 'newest first' : 'oldest first'
}

function filterOf(party: string | null, { query, bound, datasets }: Pick<Search, 'query' | 'bound' | 'datasets'>): EntryFilter {
  const { from, until, agent, indices } = query
  return { party, from, until, ...kindsWith(query), agent, datasets, indices, bound }
}

async function pageOf(house: Standing, reader: Reader, search: Search): Promise<AuditPage> {
  const { query, asked } = search
  const filter = filterOf(reader.of, search)
  if (query.summary === 'count') return { query, asked, events: [], altered: 0, total: await countEntries(house.pool, filter), next: null }
  const found = await entriesPage(house.pool, filter, orderOf(query), search.after, query.count + 1)
  const page = found.slice(0, query.count)
  const last = page.at(-1)
  const next = found.length > page.length && last !== undefined ? { ...search, after: { exact: last.exact, index: last.index } } : null
  const origin = house.ring.log.current.origin
  const sound = page.filter((row) => isSound(row, house.now(), toOperator(house)))
  return {
    query,
    asked,
    events: sound.map((row) => shownTo(reader, row, origin, query.patient)),
    altered: page.length - sound.length,
    total: null,
    next: next === null ? null : sealCursor(house, reader, next)
  }
}

/** With what the party proves that the log commits to it. */
function provable(row: LoggedRow): LoggedRow & { readonly salt?: Buffer } {
  const { body } = row.stored
  return body === null ? row : { ...row, salt: saltIn(body) }
}

/** Sealed under the gateway's own key and bound to the party: what was asked does not stand in the address of the next page, a patient least of all. */
function sealCursor({ ring }: Standing, { id }: Reader, search: Search): string {
  return wrapLocal(ring.wrapping, ['audit cursor', id], Buffer.from(JSON.stringify(search), 'utf8')).toString('base64url')
}

function openCursor({ ring, now }: Standing, { id }: Reader, cursor: string): Search {
  try {
    const text = unwrapLocal(ring.wrapping, ['audit cursor', id], Buffer.from(cursor, 'base64url')).toString('utf8')
    const search = JSON.parse(text) as Search // sealed by sealCursor: nobody else has the key
    if (!(now().getTime() - search.at <= HOUR_MS)) throw new RangeError('older than an hour')
    const moment = (value: unknown): Date | null => (typeof value === 'string' ? new Date(value) : null)
    return { ...search, query: { ...EVERYTHING, ...search.query, from: moment(search.query.from), until: moment(search.query.until) } }
  } catch (error) {
    if (error instanceof IntegrityError || error instanceof RangeError)
      throw new RequestError('bad-request', 'The cursor is not one this gateway gave you within the hour: search anew.')
    throw error
  }
}
