/**
 * Which records an agreement reaches: those of a type it names whose date lies in its date window, that have the codes it asks for and are of no sensitive
 * category but those it grants. Deny by default, and every filter can only deny. An event counts by the day it began, a
 * state (Condition, Coverage …) if it lasted into the window, and with an end only if it ended before the window does. A date is the calendar date as the
 * record writes it, in the record's own time zone; a partial date (2020, 2020-05) counts only if all of it fits. Whatever cannot be placed in time stays out.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Json } from '../digest.ts'
import type { Code } from '../errors.ts'
import type { Resource } from '../fhir/resource.ts'
import { withheldCategory } from './categories/sensitive.ts'
import { CLINICAL_DATES, UNDATED } from './clinical-dates.ts'
import { codeFilter } from './codes.ts'

type Reader = (resource: Resource) => Code | null

/** What of an agreement, in the phase it is in, says which records it reaches. */
export type Reach = Pick<Agreement, 'resources' | 'dateWindow' | 'categories' | 'codeFilters'>

/**
 * Compiled once per agreement and phase. The function it gives answers null (in scope), type-not-agreed, outside-date-window, code-not-agreed or category-…,
 * the first that holds: the dearest is asked last.
 */
export function inScope(reach: Reach): Reader {
  const inWindow = windowReader(reach)
  const hasCodes = codeFilter(reach.codeFilters)
  const category = withheldCategory(reach.categories?.granted ?? [])
  return (resource) => inWindow(resource) ?? (hasCodes(resource) ? category(resource) : 'code-not-agreed')
}

function windowReader(agreement: Reach): Reader {
  const { from, to } = agreement.dateWindow
  const open = from === null && to === null
  const readers = new Map(Object.keys(agreement.resources).map((type) => [type, open ? inside : windowed(type, from ?? '', to ?? '~')]))
  return (resource) => {
    const reader = readers.get(resource.resourceType)
    return reader === undefined ? 'type-not-agreed' : reader(resource)
  }
}

const inside: Reader = () => null
const outside: Reader = () => 'outside-date-window'

/** `from` and `to` compare as text: '' is before every date and '~' after. */
function windowed(type: string, from: string, to: string): Reader {
  if (UNDATED.has(type)) return inside
  const table = CLINICAL_DATES.get(type)
  if (table === undefined) return outside
  const starts = table.starts.map((path) => path.split('.'))
  const ends = table.ends?.map((path) => path.split('.'))
  return (resource) => {
    const start = firstDate(resource, starts)
    const end = ends === undefined ? start : firstDate(resource, ends)
    if (start === null && end === null) return 'outside-date-window'
    const begins = ends === undefined ? earliest(start ?? '') : earliest(end ?? '~')
    // who only wrote an end may mean a beginning of any day up to it
    return begins >= from && latest(start ?? end ?? '~') < to ? null : 'outside-date-window'
  }
}

function firstDate(resource: Resource, paths: readonly (readonly string[])[]): string | null {
  for (const path of paths) {
    let value: Json | undefined = resource
    for (const name of path) value = value !== null && typeof value === 'object' && !Array.isArray(value) ? value[name] : undefined
    if (typeof value === 'string') return value.slice(0, 10)
  }
  return null
}

/** The first day a date may mean: 2020 → 2020-01-01. */
export function earliest(date: string): string {
  return date.length === 4 ? `${date}-01-01` : date.length === 7 ? `${date}-01` : date
}

/** No day a date may mean is later: 2020-05 → 2020-05-31. */
export function latest(date: string): string {
  return date.length === 4 ? `${date}-12-31` : date.length === 7 ? `${date}-31` : date
}
