/** The codes HL7 publishes with R4 (the same lists for everybody, so no sender's word is among them), by element and by code system. Data only: the engine's rules are not asked. */
import { BOUND_CODES, PUBLISHED_CODES } from '../../gateway/generated/terms.ts'
import type { Entity } from './read.ts'

const BY_ELEMENT = listed(BOUND_CODES, ' ')
const BY_SYSTEM = listed(PUBLISHED_CODES, '\t')

/** Code systems of US Core, which this page does not list: their codes are words. */
const US_CORE = /^http:\/\/hl7\.org\/fhir\/us\/core\/CodeSystem\/[a-z-]+$/

function listed(rows: readonly string[], between: string): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(rows.map((row) => [row.split(between)[0] ?? '', new Set(row.split(between).slice(1))]))
}

/** Is it a published code of this element, or of the system beside it, or such a system? */
export function isPublished(parent: Entity, key: string, text: string, path: string): boolean {
  if (BY_ELEMENT.get(path)?.has(text) === true) return true
  const system = parent['system']
  if (typeof system === 'string' && US_CORE.test(system)) return key === 'code' && /^[a-z]+(-[a-z]+)*$/.test(text)
  if (typeof system !== 'string' || !BY_SYSTEM.has(system)) return false
  return key === 'system' || (key === 'code' && BY_SYSTEM.get(system)?.has(text) === true)
}
