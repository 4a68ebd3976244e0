/**
 * Of which days a record is, as consents ask: the days it is placed in time by, and all days from the first to the last that it tells of, by the type of each of its
 * elements. A denial of days asks for the wider. What cannot be placed in time has none, and then a denial matches.
 */
import { CLINICAL_DATES } from '../agreement/clinical-dates.ts'
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import { TYPES } from '../fhir/types.ts'
import { firstDay, isDate, lastDay } from './days.ts'

/** First and last, '' and '~' where a side is open. */
export type Days = readonly [string, string]

function at(resource: Resource, path: string): string | null {
  let value: Json | undefined = resource
  for (const name of path.split('.')) value = typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined
  return typeof value === 'string' && /^\d{4}/.test(value) ? value : null
}

/** null: it cannot be placed. */
export function daysOf(resource: Resource): Days | null {
  const table = CLINICAL_DATES.get(resource.resourceType)
  const starts = (table?.starts ?? []).flatMap((path) => at(resource, path) ?? [])
  if (table === undefined || starts.length === 0) return null
  const ends = (table.ends ?? table.starts).flatMap((path) => at(resource, path) ?? [])
  const firsts = [...starts, ...ends].map(firstDay).sort()
  const lasts = [...starts, ...ends].map(lastDay).sort()
  // a state without an end goes on
  return [firsts[0] ?? '', table.ends !== undefined && ends.length === 0 ? '~' : (lasts.at(-1) ?? '~')]
}

const DATES = new Set(['date', 'dateTime', 'instant'])

/** `meta` tells of the copy, not of the patient. */
const NOT_OF_IT = 'Meta'

function spansIn(value: Json | undefined, type: string): Days[] {
  if (Array.isArray(value)) return value.flatMap((one) => spansIn(one, type))
  if (typeof value === 'string') return DATES.has(type) && isDate(value) ? [[firstDay(value), lastDay(value)]] : []
  if (typeof value !== 'object' || value === null || type === NOT_OF_IT) return []
  const { resourceType, start, end } = value
  const elements = TYPES.get(type === 'Resource' && typeof resourceType === 'string' ? resourceType : type)?.elements
  const open: Days[] = type === 'Period' ? [[start === undefined ? '' : '~', end === undefined ? '~' : '']] : []
  const inside = Object.entries(value).flatMap(([name, member]) => spansIn(member, elements?.get(name)?.types[0] ?? ''))
  return [...inside, ...open]
}

/** From the first day to the last that it tells of; null: it cannot be placed. */
export function spanOf(resource: Resource): Days | null {
  const placed = daysOf(resource)
  if (placed === null) return null
  const spans = [placed, ...spansIn(resource as unknown as Json, resource.resourceType)] // JSON, as it was parsed
  const firsts = spans.map(([first]) => first).sort()
  const lasts = spans.map(([, last]) => last).sort()
  return [firsts[0] ?? '', lasts.at(-1) ?? '~']
}
