/**
 * The subject as de-identification sees it: whether the age collapses to 90+, which years may be shown, and how references are renamed.
 * Ages are judged by years, as HHS does ("on or before 1920" for services of 2010): at death if known, otherwise at the later of the release moment
 * and the last event. What cannot be judged collapses.
 */
import type { Json } from '../digest.ts'
import { parseReference } from '../fhir/identity.ts'
import type { Identity, Resource } from '../fhir/resource.ts'
import type { Context } from './context.ts'
import { AGE_90_URL } from './values/absent.ts'
import type { Surrogates } from './values/surrogate.ts'

/** What is known of a subject's age. */
export interface Lifetime {
  readonly over90: boolean
  readonly known90: boolean
  readonly minYear: string
  readonly maxYear: string
}

export interface Naming {
  /** null for shared records */
  readonly identity: Identity | null
  /** id of the subject's Patient */
  readonly surrogate: string
  readonly ownBases: readonly string[]
  readonly own: Surrogates
  readonly shared: Surrogates
  readonly sharedTypes: ReadonlySet<string>
}

/** A date half a century ahead is a plan or means "no end" (9999-12-31): nothing has happened then. */
const NEVER = 50

/** `lastYear`: of the release moment or of the last event, whichever is later (laterEvent). */
export function lifetimeOf(patient: Resource | null, lastYear: number): Lifetime {
  const born = yearOf(patient?.['birthDate'])
  const died = yearOf(patient?.['deceasedDateTime'])
  if (born === null) return { over90: true, known90: isMarked(patient), minYear: four((died ?? lastYear) - 89), maxYear: '9999' }
  if (died !== null && died >= born) return died - born >= 90 ? collapsed(died) : YOUNGER
  return lastYear - born >= 90 ? collapsed(lastYear) : { ...YOUNGER, maxYear: four(born + 89) }
}

/** Can an event after the release moment change how old the subject is taken to be? Not when death is known, nor with the young. */
export function hangsOnEvents(patient: Resource | null, now: number): boolean {
  const born = yearOf(patient?.['birthDate'])
  const died = yearOf(patient?.['deceasedDateTime'])
  if (died !== null && died >= (born ?? 0)) return false
  return born === null || now + NEVER - born >= 90
}

export const YOUNGER: Lifetime = { over90: false, known90: false, minYear: '0000', maxYear: '9999' }

/** Of a collapsed subject, years more than 89 before the judgement tell the age as well. */
export function collapsed(judged: number): Lifetime {
  return { over90: true, known90: true, minYear: four(judged - 89), maxYear: '9999' }
}

function four(year: number): string {
  return String(Math.min(9999, Math.max(0, year))).padStart(4, '0')
}

export function yearOf(text: Json | undefined): number | null {
  if (typeof text !== 'string') return null
  const digits = /^(\d{4})(?:$|-\d{2})/.exec(text)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** Our own mark on a record that was de-identified before. */
function isMarked(patient: Resource | null): boolean {
  const beside = patient?.['_birthDate']
  if (typeof beside !== 'object' || beside === null || Array.isArray(beside)) return false
  const extensions = beside['extension']
  return (
    Array.isArray(extensions) &&
    extensions.some((item) => typeof item === 'object' && item !== null && !Array.isArray(item) && item['url'] === AGE_90_URL)
  )
}

/** `last`, or the year of any later date that stands directly in the record, or in a period there. */
export function laterEvent(record: Resource, last: number, now: number): number {
  let year = last
  for (const name in record) {
    const value = record[name]
    if (typeof value === 'string') year = name === 'id' ? year : laterYear(value, year, now)
    else if (typeof value === 'object' && value !== null && name.endsWith('eriod') && !Array.isArray(value)) {
      year = laterYear(value['end'], laterYear(value['start'], year, now), now)
    }
  }
  return year
}

function laterYear(text: Json | undefined, last: number, now: number): number {
  if (typeof text !== 'string' || text.length < 4 || (text.length > 4 && text.charCodeAt(4) !== 45)) return last
  let year = 0
  for (let at = 0; at < 4; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return last
    year = year * 10 + digit
  }
  return year > last && year < now + NEVER ? year : last
}

/** Renames references as one graph: the subject's Patient to its surrogate, other patients to nothing, everything else to its own surrogate. */
export function createReferer(naming: Naming): Context['refer'] {
  const renamed = new Map<string, string | null>()
  return (text, context) => {
    if (text.charCodeAt(0) === 35) return containedReference(text, context)
    const key = context.base === '' ? text : `${context.base} ${text}`
    const found = renamed.get(key)
    if (found !== undefined) return found
    const name = rename(naming, text, context.base)
    renamed.set(key, name)
    return name
  }
}

function rename(naming: Naming, text: string, base: string): string | null {
  const named = parseReference(text, naming.ownBases)
  if (named === null) return null
  // a relative reference stands under the base of the record it is in (R4 2.36.4.1)
  const target = named.base === '' && !text.startsWith('http') ? base : named.base
  if (named.type !== 'Patient') return `${named.type}/${idFor(naming, target, named.type, named.id)}`
  const { identity } = naming
  return identity !== null && identity.base === target && identity.id === named.id ? `Patient/${naming.surrogate}` : null
}

/** The surrogate of a record that is no Patient. */
export function idFor(naming: Naming, base: string, type: string, id: string): string {
  return (naming.sharedTypes.has(type) ? naming.shared : naming.own).id(base, type, id)
}

function containedReference(text: string, context: Context): string | null {
  const target = context.contained?.get(text.slice(1))
  if (target === undefined) return null
  if (!target.used) context.pointedAt.push(target)
  target.used = true
  return `#${target.name}`
}
