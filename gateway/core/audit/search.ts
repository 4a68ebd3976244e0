/**
 * A search for AuditEvents, read to the letter of FHIR R4 3.1.1 with strict handling: a parameter that is not offered, a value that is not of its type and a
 * time without a zone are refused, never left out. Refuses a patient named in an address. Days are days of UTC. Decides what of a search may be told: words
 * that are ours, for whatever else the asker wrote may be anything, a patient's number too.
 */
import { RefusedError, RequestError } from '../errors.ts'
import { KINDS } from '../log/kinds.ts'
import { isOwnId } from '../own-id.ts'
import { indexOf } from './audit-event.ts'
import { CODE } from './codes.ts'

/** Entries of the log from `from` to before `until`. */
export interface AuditQuery {
  readonly from: Date | null
  readonly until: Date | null
  /** kinds of entries, as _tag names them */
  readonly tag: readonly string[] | null
  readonly type: readonly string[] | null
  readonly subtype: readonly string[] | null
  readonly action: readonly string[] | null
  readonly outcome: readonly string[] | null
  /** a party that the entry concerns */
  readonly agent: string | null
  /** a dataset */
  readonly entity: string | null
  /** as the source's records name the patient; only from a body */
  readonly patient: string | null
  readonly indices: readonly number[] | null
  readonly newestFirst: boolean
  readonly count: number
  readonly summary: 'count' | null
}

export type Parameters = ReadonlyMap<string, readonly string[]>

const USUAL = 50
const MOST = 500
const MOST_VALUES = 50

function bad(hint: string): RequestError {
  return new RequestError('bad-request', hint)
}

function only(values: readonly string[], name: string): string {
  const [value, ...more] = values
  if (value === undefined || more.length > 0) throw bad(`${name} may stand once.`)
  return value
}

const TOKEN = /^(?:[A-Za-z][A-Za-z0-9+.-]{1,15}:[!-+.-[\]-{}~]{1,200}\|)?[A-Za-z0-9._-]{1,64}$/

/** `a,b`: either of them. */
function tokens(values: readonly string[], name: string): string[] {
  const found = only(values, name).split(',')
  if (found.length > MOST_VALUES || !found.every((token) => TOKEN.test(token)))
    throw bad(`${name} is a code, or system|code; several with commas.`)
  return found
}

const PARTY = /^(?:Organization\/|urn:sallyport:party\|)?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/
const DATASET = /^(?:urn:sallyport:dataset\|)?([0-9a-f-]{36})$/
const PATIENT_NAMED = /patient|person/i

function party(values: readonly string[]): string {
  const id = PARTY.exec(only(values, 'agent'))?.[1]
  if (id === undefined) throw bad('agent is a party: its id, Organization/<id> or urn:sallyport:party|<id>.')
  return id
}

function dataset(values: readonly string[]): string {
  const id = DATASET.exec(only(values, 'entity'))?.[1]
  if (id === undefined || !isOwnId(id)) throw bad('entity is a dataset: its id, or urn:sallyport:dataset|<id>.')
  return id
}

const DATE = /^(eq|ge|le|gt|lt)?(\d{4})(?:-(\d\d)(?:-(\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+-]\d\d:\d\d)?)?)?$/

/** The first moment of what a date says and the first after it: a year, a month, a day, a minute, a second or a millisecond. */
function spanOf(text: string): { prefix: string; first: Date; after: Date } {
  const parts = DATE.exec(text.replace(/ (?=\d\d:\d\d$)/, '+')) // a '+' that a query decoded to a space is put back
  const [, prefix = 'eq', year = '', month, day, time, zone] = parts ?? []
  if (parts === null || (time === undefined) !== (zone === undefined))
    throw bad(
      'date is ge, le, gt, lt or nothing and then a day such as 2026-01-31, or a moment with its zone such as 2026-01-31T08:00:00Z.'
    )
  const first = new Date(time === undefined ? `${year}-${month ?? '01'}-${day ?? '01'}T00:00:00Z` : `${year}-${month}-${day}${time}${zone}`)
  const inMonth = day === undefined || new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDate() === Number(day) // V8 reads 30 February as 2 March
  if (Number.isNaN(first.getTime()) || !inMonth) throw bad('date names a day or time that is not in the calendar.')
  const after = new Date(first)
  if (month === undefined) after.setUTCFullYear(after.getUTCFullYear() + 1)
  else if (day === undefined) after.setUTCMonth(after.getUTCMonth() + 1)
  else after.setTime(after.getTime() + stepOf(time))
  return { prefix, first, after }
}

function stepOf(time: string | undefined): number {
  if (time === undefined) return 86_400_000
  return time.includes('.') ? 1 : time.length > 'T00:00'.length ? 1000 : 60_000
}

/** What each comparison makes of a span: from when, and until when. */
type Bound = (span: { readonly first: Date; readonly after: Date }) => readonly [from: Date | null, until: Date | null]
const BOUNDS: ReadonlyMap<string, Bound> = new Map<string, Bound>([
  ['eq', ({ first, after }) => [first, after]],
  ['ge', ({ first }) => [first, null]],
  ['gt', ({ after }) => [after, null]],
  ['le', ({ after }) => [null, after]],
  ['lt', ({ first }) => [null, first]]
])

/** One moment or span, or two that bound one. */
function dates(values: readonly string[]): { from: Date | null; until: Date | null } {
  if (values.length > 2) throw bad('date may stand twice: from when and until when.')
  const bounds = values.map(spanOf).map((span) => BOUNDS.get(span.prefix)?.(span) ?? ([null, null] as const))
  const of = (side: 0 | 1): number[] => bounds.map((bound) => bound[side]?.getTime()).filter((time) => time !== undefined)
  const [from, until] = [of(0), of(1)]
  return { from: from.length === 0 ? null : new Date(Math.max(...from)), until: until.length === 0 ? null : new Date(Math.min(...until)) }
}

/** FHIR lets a server give fewer than asked for; 0 asks for the count alone (R4 3.1.1.5.3). */
function counted(values: readonly string[] | undefined): number {
  if (values === undefined) return USUAL
  const text = only(values, '_count')
  if (!/^\d{1,9}$/.test(text)) throw bad('_count is a number.')
  return Math.min(MOST, Number(text))
}

function ids(values: readonly string[]): number[] {
  const found = only(values, '_id').split(',')
  const indices = found.map(indexOf).filter((index) => index !== null)
  if (found.length > MOST_VALUES) throw bad('_id may name 50 events.')
  return indices // an id that is none of ours names no event
}

function sorted(values: readonly string[] | undefined): boolean {
  const order = values === undefined ? '-date' : only(values, '_sort')
  if (order !== 'date' && order !== '-date') throw bad('_sort is date or -date.')
  return order === '-date'
}

function summary(values: readonly string[] | undefined): 'count' | null {
  const asked = values === undefined ? 'false' : only(values, '_summary')
  if (asked !== 'count' && asked !== 'false') throw bad('_summary is count or false.')
  return asked === 'count' ? 'count' : null
}

const CODED = ['tag', 'type', 'subtype', 'action', 'outcome'] as const
type Coded = (typeof CODED)[number]

/** What a parameter is called: that of the kind is one of all resources (R4 3.1.1.4.3). */
function nameOf(coded: Coded): string {
  return coded === 'tag' ? '_tag' : coded
}

/** Name, FHIR search type and what it takes: told in the CapabilityStatement. */
export const SEARCH_PARAMETERS: readonly (readonly [name: string, type: string, says: string])[] = [
  ['_tag', 'token', 'The kind of entry: dataset-released, file-delivered, policy-changed, …, as gateway/core/log/README.md lists them.'],
  ['date', 'date', 'When it was recorded: eq, ge, le, gt, lt; a day of UTC, or a moment with its zone. May stand twice.'],
  ['type', 'token', 'What happened.'],
  ['subtype', 'token', 'What happened, more closely.'],
  ['action', 'token', 'C, R, U, D or E.'],
  ['outcome', 'token', '0, 4, 8 or 12.'],
  ['agent', 'reference', 'A party: Organization/<id>.'],
  ['entity', 'reference', 'A dataset: its id.'],
  ['patient', 'reference', 'A patient as the source names it; by POST _search only.'],
  ['_id', 'token', 'entry-<place in the log>.']
]
const OFFERED: ReadonlySet<string> = new Set([
  ...SEARCH_PARAMETERS.map(([name]) => name),
  '_count',
  '_sort',
  '_summary',
  '_format',
  '_pretty'
])

/** Does a parameter name a patient? By name, or by an entity that is one. */
function namesPatient(name: string, values: readonly string[]): boolean {
  return PATIENT_NAMED.test(name) || (/^(entity|agent)/.test(name) && values.some((value) => PATIENT_NAMED.test(value)))
}

type Where = 'address' | 'body' | 'desk'

function requireOffered(parameters: Parameters, where: Where): void {
  for (const [name, values] of parameters) {
    const patient = namesPatient(name, values)
    if (where === 'address' && patient) throw new RefusedError('patient-in-address', { kind: 'request-refused' })
    if (where === 'desk' && patient)
      throw new RequestError('unsupported-parameter', 'What concerns a patient is made by: sallyport accounting')
    if (!OFFERED.has(name)) throw new RequestError('unsupported-parameter')
  }
}

/** RequestError patient-in-address | unsupported-parameter | bad-request. `where` says where the parameters stood. */
export function readAuditSearch(parameters: Parameters, where: Where): AuditQuery {
  requireOffered(parameters, where)
  const get = <T>(name: string, read: (values: readonly string[]) => T): T | null => {
    const values = parameters.get(name)
    return values === undefined ? null : read(values)
  }
  const coded = (name: Coded): string[] | null => get(nameOf(name), (values) => tokens(values, nameOf(name)))
  const count = counted(parameters.get('_count'))
  return {
    ...(get('date', dates) ?? { from: null, until: null }),
    tag: coded('tag'),
    type: coded('type'),
    subtype: coded('subtype'),
    action: coded('action'),
    outcome: coded('outcome'),
    agent: get('agent', party),
    entity: get('entity', dataset),
    patient: get('patient', (values) => patientOf(only(values, 'patient'))),
    indices: get('_id', ids),
    newestFirst: sorted(parameters.get('_sort')),
    count: count === 0 ? USUAL : count,
    summary: count === 0 ? 'count' : summary(parameters.get('_summary'))
  }
}

function patientOf(text: string): string {
  if (!/^[\x21-\x7e]{1,300}$/.test(text)) throw bad('patient is an id, Patient/id or an absolute reference.')
  return text
}

/** What the house knows of itself, when a search is made. */
export interface Known {
  /** entries of the log, and the moment of the first; null: there is none */
  readonly size: number
  readonly first: Date | null
  readonly now: Date
  /** is the party, the dataset that was named one of those the asker can know? */
  readonly agent: boolean
  readonly entity: boolean
}

const TOLD: Readonly<Record<Coded, ReadonlySet<string>>> = {
  tag: new Set(Object.keys(KINDS)),
  type: new Set(Object.values(CODE).map(({ code }) => code)),
  subtype: new Set(Object.values(CODE).map(({ code }) => code)),
  action: new Set(['C', 'R', 'U', 'D', 'E']),
  outcome: new Set(['0', '4', '8', '12'])
}
/** A day may lie so far from what was logged, and still be one that was looked for. */
const NEAR_MS = 366 * 86_400_000

/** What was asked, as an entry of the log may say it: names, codes and numbers of ours, and `*` for each other; of a patient only that one was named. */
export function askedText(query: AuditQuery, known: Known): string {
  const parts = new URLSearchParams()
  const add = (name: string, values: readonly string[] | null): void => {
    if (values !== null) parts.append(name, [...new Set(values)].join(','))
  }
  const moment = (comparison: 'ge' | 'lt', at: Date | null): string[] | null => {
    if (at === null) return null
    const near = at.getTime() >= (known.first ?? known.now).getTime() - NEAR_MS && at.getTime() <= known.now.getTime() + NEAR_MS
    return [`${comparison}${near ? at.toISOString() : '*'}`]
  }
  add('date', moment('ge', query.from))
  add('date', moment('lt', query.until))
  for (const name of CODED) {
    const codes = query[name]?.map((token) => token.slice(token.indexOf('|') + 1)) ?? null
    add(nameOf(name), codes?.map((code) => (TOLD[name].has(code) ? code : '*')) ?? null)
  }
  add('agent', query.agent === null ? null : [known.agent ? query.agent : '*'])
  add('entity', query.entity === null ? null : [known.entity ? query.entity : '*'])
  add('patient', query.patient === null ? null : ['*'])
  add('_id', query.indices?.map((index) => (index < known.size ? `entry-${index}` : '*')) ?? null)
  add('_summary', query.summary === null ? null : [query.summary])
  return parts.toString()
}
