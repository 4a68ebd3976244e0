/**
 * What of a value may be shown. Refuses by printing `?`: a text that does not look like an identifier, word or route of ours is not
 * repeated, whoever passed it (house rule: PHI never in a log line, span or metric label).
 */
import { ATTRIBUTES, type Attribute, type Kind } from './events.ts'

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/
const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/
const ROUTE = /^(?:[A-Z]{3,7} )?\/[A-Za-z0-9$._:{}/-]{0,119}$/

/** Class and code of something thrown: `DatabaseError 57P01`, `UpstreamError database-unavailable`. Never its message. */
export function classAndCode(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error'
  const name = WORD.test(error.name) ? error.name : '?'
  const code = 'code' in error && typeof error.code === 'string' && WORD.test(error.code) ? error.code : ''
  return code === '' ? name : `${name} ${code}`
}

function text(pattern: RegExp, value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' && pattern.test(value) ? value : '?'
}

/** Milliseconds with one decimal, seconds with four: longer ones make no line easier to read. */
function number(value: unknown, places: number): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? Number(value.toFixed(places)) : null
}

const BY_KIND: ReadonlyMap<Kind, (value: unknown) => string | number | null> = new Map<Kind, (value: unknown) => string | number | null>([
  ['id', (value) => text(ID, value)],
  ['word', (value) => text(WORD, value)],
  ['route', (value) => text(ROUTE, value)],
  ['number', (value) => number(value, 4)],
  ['count', (value) => number(value, 0)],
  ['milliseconds', (value) => number(value, 1)],
  ['seconds', (value) => number(value, 4)],
  ['error', classAndCode]
])

/** The listed attributes of an event, each in the form that may be shown; nulls are left out. */
export function shown(names: readonly Attribute[], values: Readonly<Record<string, unknown>>): Record<string, string | number> {
  const out: Record<string, string | number> = {}
  for (const name of names) {
    const value = BY_KIND.get(ATTRIBUTES[name])?.(values[name]) ?? null
    if (value !== null) out[name] = value
  }
  return out
}
