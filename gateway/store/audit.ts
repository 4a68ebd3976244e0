/**
 * The log as it is read for events: by time, kind, party and dataset, in the order of (moment, place), up to a size that stays the same from page to page;
 * and from a place on, in the log's own order. Whoever asks for a party gets the entries that concern it and nothing else.
 */
import { type StoredEntry, statementIn } from '../core/log/fsck.ts'
import { SELECTED, selectedEntry } from './log-rows.ts'
import { type Db, rows, run } from './pool.ts'
import { isDead } from './replicas.ts'

export interface LoggedRow {
  readonly index: number
  readonly kind: string
  readonly at: Date
  /** `at` to the microsecond, as PostgreSQL writes it */
  readonly exact: string
  readonly leafHash: Buffer
  /** null once it has expired */
  readonly statement: string | null
  /** the row as it stands in the tables, to be held against its leaf */
  readonly stored: StoredEntry
}

export interface EntryFilter {
  /** null: everything, for officers */
  readonly party: string | null
  readonly from: Date | null
  readonly until: Date | null
  /** of `kinds` those that tell of no fault, of `failing` those that do */
  readonly kinds: readonly string[]
  readonly failing: readonly string[]
  /** a party that may read them; where officers ask, one that they name */
  readonly agent: string | null
  readonly datasets: readonly string[] | null
  readonly indices: readonly number[] | null
  /** entries from this place on are not looked at */
  readonly bound: number
}

/** Where a page ended. */
export interface Position {
  readonly exact: string
  readonly index: number
}

const COLUMNS = `${SELECTED}, e.at AS moment, e.at::text AS exact, b.index IS NULL AS gone`
/** core/audit/audit-event.ts says the same of a statement. */
const FAULT = `CASE WHEN b.statement IS JSON OBJECT THEN coalesce(b.statement::jsonb ->> 'reason' = 'fault' OR b.statement::jsonb ? 'fault', false) ELSE false END`
/** Officers find a party by all that names it, what it may not read itself as well. */
const NAMES = `CASE WHEN b.statement LIKE '%"' || $7 || '"%' AND b.statement IS JSON OBJECT
  THEN $7 IN (b.statement::jsonb ->> 'party', b.statement::jsonb ->> 'source', b.statement::jsonb ->> 'recipient') ELSE false END`
/** A recipient reads of a dataset once it has asked for it: one that was withdrawn before tells, beside what was cut from it, of who said no. */
const UNASKED = 'EXISTS (SELECT FROM disclosure d WHERE d.id = b.disclosure AND d.recipient = $2 AND d.fetched_at IS NULL)'
const MATCHES = `e.index < $1 AND ($2::text IS NULL OR b.parties @> ARRAY[$2::text]) AND ($3::timestamptz IS NULL OR e.at >= $3)
  AND ($4::timestamptz IS NULL OR e.at < $4) AND (e.kind = ANY($5) AND (e.kind = ANY($6) OR NOT ${FAULT}) OR e.kind = ANY($6) AND ${FAULT})
  AND ($7::text IS NULL OR b.parties @> ARRAY[$7::text] OR ($2::text IS NULL AND ${NAMES})) AND ($8::uuid[] IS NULL OR b.disclosure = ANY($8))
  AND ($9::bigint[] IS NULL OR e.index = ANY($9)) AND (e.kind <> 'dataset-released' OR NOT ${UNASKED})`

type Read = Parameters<typeof selectedEntry>[0] & { readonly moment: Date; readonly exact: string; readonly gone: boolean } & Record<
    string,
    unknown
  >

function rowOf(read: Read): LoggedRow {
  const stored = read.gone ? { ...selectedEntry(read), body: null } : selectedEntry(read)
  const { index, kind, leafHash, body } = stored
  return {
    index: Number(index),
    kind,
    at: read.moment,
    exact: read.exact,
    leafHash,
    statement: body === null ? null : statementIn(body),
    stored
  }
}

function valuesOf(filter: EntryFilter): unknown[] {
  const { bound, party, from, until, kinds, failing, agent, datasets, indices } = filter
  return [bound, party, from, until, kinds, failing, agent, datasets, indices]
}

export async function entriesPage(
  db: Db,
  filter: EntryFilter,
  order: 'oldest first' | 'newest first',
  after: Position | null,
  limit: number
): Promise<LoggedRow[]> {
  const [sign, direction] = order === 'oldest first' ? ['>', 'ASC'] : ['<', 'DESC']
  const found = await rows<Read>(
    db,
    `SELECT ${COLUMNS} FROM log_entry e LEFT JOIN log_body b USING (index)
     WHERE ${MATCHES} AND ($10::timestamptz IS NULL OR (e.at, e.index) ${sign} ($10, $11::bigint))
     ORDER BY e.at ${direction}, e.index ${direction} LIMIT $12`,
    [...valuesOf(filter), after?.exact ?? null, after?.index ?? null, limit]
  )
  return found.map(rowOf)
}

export async function countEntries(db: Db, filter: EntryFilter): Promise<number> {
  const text = `SELECT count(*) AS n FROM log_entry e LEFT JOIN log_body b USING (index) WHERE ${MATCHES}`
  return (await rows<{ n: number }>(db, text, valuesOf(filter)))[0]?.n ?? 0
}

export interface Standing {
  /** entries */
  readonly size: number
  /** moment of the first; null: there is none */
  readonly first: Date | null
  /** do entries that concern `party` (null: all) name this party, this dataset? */
  readonly agent: boolean
  readonly entity: boolean
}

/** How far the log is, and whether it knows what a search names. */
export async function standingOf(
  db: Db,
  { party, agent, entity }: { readonly party: string | null; readonly agent: string | null; readonly entity: string | null }
): Promise<Standing> {
  const [row] = await rows<Standing & Record<string, unknown>>(
    db,
    `SELECT size, (SELECT at FROM log_entry ORDER BY index LIMIT 1) AS first, EXISTS (SELECT 1 FROM log_body WHERE parties @> $1::text[]) AS agent,
       EXISTS (SELECT 1 FROM log_body WHERE disclosure = $2 AND ($3::text IS NULL OR parties @> ARRAY[$3])) AS entity FROM log_head`,
    [[party, agent].filter((id) => id !== null), entity, party]
  )
  return row ?? { size: 0, first: null, agent: false, entity: false }
}

/** The first and the last place of what was logged between two moments; null when there is nothing. By the moments' own index: places alone would be walked. */
export async function placesBetween(db: Db, from: Date | null, until: Date | null): Promise<{ first: number; last: number } | null> {
  const [row] = await rows<{ first: number | null; last: number | null }>(
    db,
    `SELECT min(index) AS first, max(index) AS last FROM (SELECT index FROM log_entry
       WHERE at >= coalesce($1::timestamptz, '-infinity') AND at < coalesce($2::timestamptz, 'infinity') OFFSET 0) logged`,
    [from, until]
  )
  const { first = null, last = null } = row ?? {}
  return first === null || last === null ? null : { first, last }
}

/** Entries from a place on, in the log's own order, of any moment between the two. */
export async function entriesFrom(db: Db, next: number, limit: number): Promise<LoggedRow[]> {
  const found = await rows<Read>(
    db,
    `SELECT ${COLUMNS} FROM log_entry e LEFT JOIN log_body b USING (index) WHERE e.index >= $1 AND e.index < $1::bigint + $2 ORDER BY e.index`,
    [next, limit]
  )
  return found.map(rowOf)
}

/** Claims the feed for a replica, unless one that lives has it. Where it stands, or null. */
export async function claimFeed(db: Db, name: string, replica: number): Promise<number | null> {
  await run(db, 'INSERT INTO event_feed (name) VALUES ($1) ON CONFLICT DO NOTHING', [name])
  const text = `UPDATE event_feed SET replica = $2 WHERE name = $1 AND (replica = $2 OR ${isDead('replica')}) RETURNING next`
  return (await rows<{ next: number }>(db, text, [name, replica]))[0]?.next ?? null
}

/** What is before `next` is confirmed. 0: another replica has the feed by now. */
export async function advanceFeed(db: Db, name: string, replica: number, next: number): Promise<number> {
  return run(db, 'UPDATE event_feed SET next = $3, confirmed_at = now() WHERE name = $1 AND replica = $2 AND next <= $3', [
    name,
    replica,
    next
  ])
}
