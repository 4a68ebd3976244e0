/**
 * The kick-off of a bulk export, read to the letter of FHIR Bulk Data Access: parameters in the query (GET, and POST with an empty body) or
 * in a Parameters resource (POST). A parameter that is not offered is refused, or left out under Prefer: handling=lenient.
 */
import { RequestError } from '../core/errors.ts'
import { isResourceType } from '../core/fhir/types.ts'
import type { ExportRequest } from '../exchange/doors.ts'

/** Parameters by name, in the order given. */
export type KickOffParameters = ReadonlyMap<string, readonly string[]>

const FORMATS = new Set(['application/fhir+ndjson', 'application/ndjson', 'ndjson'])
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
const OFFERED = new Set(['_since', '_type', '_outputFormat'])
/** Says how the answer itself is written; every FHIR request may carry it. */
const IGNORED = new Set(['_format', '_pretty'])
const VALUES = new Map([
  ['_since', ['valueInstant', 'valueDateTime', 'valueString']],
  ['_type', ['valueString', 'valueCode']],
  ['_outputFormat', ['valueString', 'valueCode']]
])

export function parametersFromQuery(query: URLSearchParams): KickOffParameters {
  const parameters = new Map<string, string[]>()
  for (const [name, value] of query) parameters.set(name, [...(parameters.get(name) ?? []), value])
  return parameters
}

/** A Parameters resource; '' counts as none. RequestError not-json, bad-request. */
export function parametersFromBody(text: string): KickOffParameters {
  const parameters = new Map<string, string[]>()
  if (text.trim() === '') return parameters
  for (const entry of parameterList(text)) {
    const member = entry as Readonly<Record<string, unknown>> // an object, as parameterList checked
    const name = member['name']
    if (typeof name !== 'string') throw new RequestError('bad-request', 'A parameter has no name.')
    const value = (VALUES.get(name) ?? []).map((key) => member[key]).find((found) => typeof found === 'string')
    if (value === undefined && OFFERED.has(name)) throw new RequestError('bad-request', 'A parameter has no value of its type.')
    parameters.set(name, [...(parameters.get(name) ?? []), typeof value === 'string' ? value : ''])
  }
  return parameters
}

function parameterList(text: string): readonly unknown[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new RequestError('not-json')
  }
  const resource = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {} // any object
  const list = resource['parameter'] ?? []
  if (
    resource['resourceType'] !== 'Parameters' ||
    !Array.isArray(list) ||
    list.some((entry) => typeof entry !== 'object' || entry === null)
  ) {
    throw new RequestError('bad-request', 'Send a Parameters resource, or the parameters in the query and no body.')
  }
  return list
}

/** Preferences of all Prefer headers (RFC 7240). */
export function preferences(header: string | string[] | undefined): ReadonlySet<string> {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return new Set(text.split(/[,;]/).map((part) => part.trim().toLowerCase().replaceAll(' ', '').replaceAll('"', '')))
}

/** A FHIR instant; a '+' that a query decoded to a space is put back. RequestError bad-request. */
function instant(text: string): string {
  const restored = text.replace(/ (?=\d\d:\d\d$)/, '+')
  if (!INSTANT.test(restored) || Number.isNaN(Date.parse(restored)))
    throw new RequestError('bad-request', '_since is an instant such as 2025-01-31T00:00:00Z.')
  return restored
}

/** The types asked for; those FHIR R4 does not know are refused, or left out when lenient. */
function typesOf(texts: readonly string[], unknown: 'refuse' | 'leave out'): readonly string[] {
  const types = texts
    .flatMap((text) => text.split(','))
    .map((type) => type.trim())
    .filter((type) => type !== '')
  const known = types.filter((type) => isResourceType(type))
  if (known.length < types.length && unknown === 'refuse')
    throw new RequestError('bad-request', '_type names a type that FHIR R4 does not have.')
  if (types.length > 0 && known.length === 0) throw new RequestError('bad-request', '_type names no type of FHIR R4.')
  return [...new Set(known)]
}

/** The request to the exchange, and whether something was left out. RequestError bad-request, unsupported-parameter. */
export function readKickOff(
  agreement: string,
  parameters: KickOffParameters,
  prefer: ReadonlySet<string>
): { readonly request: ExportRequest; readonly leftOut: boolean } {
  if (!prefer.has('respond-async')) throw new RequestError('bad-request', 'Send Prefer: respond-async: an export is answered later.')
  const lenient = prefer.has('handling=lenient')
  const unknown = [...parameters.keys()].filter((name) => !OFFERED.has(name) && !IGNORED.has(name))
  if (unknown.length > 0 && !lenient)
    throw new RequestError('unsupported-parameter', 'Offered: _since, _type, _outputFormat. Prefer: handling=lenient leaves others out.')
  for (const format of parameters.get('_outputFormat') ?? []) {
    if (!FORMATS.has(format.replace(/^(application\/fhir) (?=ndjson$)/, '$1+'))) throw new RequestError('not-acceptable')
  }
  const since = parameters.get('_since') ?? []
  if (since.length > 1) throw new RequestError('bad-request', '_since may stand once.')
  const types = typesOf(parameters.get('_type') ?? [], lenient ? 'leave out' : 'refuse')
  return { request: { agreement, since: since[0] === undefined ? null : instant(since[0]), types }, leftOut: unknown.length > 0 }
}
