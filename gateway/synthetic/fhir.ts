/** The small pieces of FHIR R4 that every synthetic resource is built of. Local wall-clock time of one hospital, UTC-5 all year. */
import type { Coded } from './catalog.ts'

export const DAY = 86_400_000
export const YEAR = 365.2425 * DAY

/** `2024-05-01` */
export function dateOf(wallClock: number): string {
  return new Date(wallClock).toISOString().slice(0, 10)
}

/** `2024-05-01T09:30:00-05:00` */
export function instantOf(wallClock: number): string {
  return `${new Date(wallClock).toISOString().slice(0, 19)}-05:00`
}

export function concept(coded: Coded, ...more: readonly Coded[]): { coding: Coded[]; text: string } {
  return { coding: [pure(coded), ...more.map(pure)], text: coded.display }
}

/** Catalogue rows carry more than FHIR's Coding may hold. */
function pure(coded: Coded): Coded {
  return { system: coded.system, code: coded.code, display: coded.display }
}

export function terminology(
  name: string,
  code: string,
  display?: string
): { coding: { system: string; code: string; display?: string }[] } {
  const system = `http://terminology.hl7.org/CodeSystem/${name}`
  return { coding: [display === undefined ? { system, code } : { system, code, display }] }
}

export function ref(type: string, id: string, display?: string): { reference: string; display?: string } {
  return display === undefined ? { reference: `${type}/${id}` } : { reference: `${type}/${id}`, display }
}

export function money(value: number): { value: number; currency: 'USD' } {
  return { value: Math.round(value * 100) / 100, currency: 'USD' }
}
