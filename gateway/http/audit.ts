/**
 * The log over HTTP, as FHIR AuditEvents: search by GET, by POST _search where a patient is named, and one event by its id (IHE ITI-81 Retrieve ATNA Audit
 * Event). A party sees the entries that concern it. Refuses what the search does not know, and a patient named in an address. Says so where entries are
 * missing because they were altered.
 */
import { indexOf } from '../core/audit/audit-event.ts'
import { type Parameters, readAuditSearch } from '../core/audit/search.ts'
import { RequestError } from '../core/errors.ts'
import type { AuditPage } from '../exchange/audit/audit-search.ts'
import { type AskedByParty, FHIR_JSON, one, sendJson } from './asked.ts'
import { mediaType, readSmall } from './body.ts'
import { outcome } from './outcomes.ts'

const FORM_BYTES = 16 * 1024
const MAX_CURSOR = 4096

function parametersOf(query: URLSearchParams): Parameters {
  const parameters = new Map<string, string[]>()
  for (const [name, value] of query) parameters.set(name, [...(parameters.get(name) ?? []), value])
  return parameters
}

function requireJson(parameters: Parameters): void {
  for (const format of parameters.get('_format') ?? []) {
    if (!/^(?:json|application\/(?:fhir[+ ])?json)$/.test(format)) throw new RequestError('not-acceptable')
  }
}

function alteredOutcome(altered: number): Readonly<Record<string, unknown>> {
  return outcome({ code: 'log-altered', hint: `${altered} not shown: the database does not say of them what the log commits to.` })
}

/** A Bundle of what was found. Its address of the next page holds the cursor and no parameter; of the whole only the count is told, and only when asked for. */
function bundle(asked: AskedByParty, { query, asked: shown, events, altered, total, next }: AuditPage): Readonly<Record<string, unknown>> {
  const base = `${asked.deps.publicUrl}/fhir/AuditEvent`
  const paging = query.summary === null ? `_sort=${query.newestFirst ? '-date' : 'date'}&_count=${query.count}` : ''
  const found = events.map((resource) => ({ fullUrl: `${base}/${resource.id}`, resource, search: { mode: 'match' } }))
  const entry = altered === 0 ? found : [...found, { resource: alteredOutcome(altered), search: { mode: 'outcome' } }]
  const self = { relation: 'self', url: `${base}?${[shown, paging].filter((part) => part !== '').join('&')}` }
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(total === null ? {} : { total }),
    link: next === null ? [self] : [self, { relation: 'next', url: `${base}?_cursor=${next}` }],
    ...(entry.length === 0 ? {} : { entry })
  }
}

/** GET /fhir/AuditEvent. */
export async function answerAuditSearch(asked: AskedByParty): Promise<void> {
  const cursor = one(asked.query, '_cursor')
  if (cursor !== null) {
    if (asked.query.size > 1 || cursor.length > MAX_CURSOR)
      throw new RequestError('bad-request', 'A cursor stands alone: it says all that was asked.')
    sendJson(asked.res, 200, bundle(asked, await asked.deps.auditEvents.page(asked.caller, cursor)), FHIR_JSON)
    return
  }
  const parameters = parametersOf(asked.query)
  requireJson(parameters)
  const page = await asked.deps.auditEvents.search(asked.caller, readAuditSearch(parameters, 'address'))
  sendJson(asked.res, 200, bundle(asked, page), FHIR_JSON)
}

/** POST /fhir/AuditEvent/_search: parameters in the form; those in the address count, too, but for a patient. */
export async function answerAuditFormSearch(asked: AskedByParty): Promise<void> {
  if (mediaType(asked.req) !== 'application/x-www-form-urlencoded')
    throw new RequestError('unsupported-media-type', 'Send the parameters as application/x-www-form-urlencoded.')
  readAuditSearch(parametersOf(asked.query), 'address')
  const form = new URLSearchParams(await readSmall(asked.req, asked.res, FORM_BYTES, asked.deps.limits.stallSeconds))
  const all = new URLSearchParams([...asked.query, ...form])
  const parameters = parametersOf(all)
  requireJson(parameters)
  const page = await asked.deps.auditEvents.search(asked.caller, readAuditSearch(parameters, 'body'))
  sendJson(asked.res, 200, bundle(asked, page), FHIR_JSON)
}

/** GET /fhir/AuditEvent/{id}. */
export async function answerAuditEvent(asked: AskedByParty): Promise<void> {
  const id = asked.params['id']
  const index = typeof id === 'string' ? indexOf(id) : null
  for (const name of asked.query.keys()) if (name !== '_format' && name !== '_pretty') throw new RequestError('unsupported-parameter')
  requireJson(parametersOf(asked.query))
  if (index === null) throw new RequestError('not-found')
  sendJson(asked.res, 200, await asked.deps.auditEvents.read(asked.caller, index), FHIR_JSON)
}
