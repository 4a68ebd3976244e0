/**
 * How old the subject is: whether the age collapses to 90+, and which years may be shown. Ages are judged by years, as HHS does ("on or before 1920" for
 * services of 2010): at death if known, and not belied by later events, otherwise at the later of the release moment and the last event. What cannot be judged collapses.
 */
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import { AGE_90_URL } from './values/absent.ts'

/** What is known of a subject's age. */
export interface Lifetime {
  readonly over90: boolean
  readonly known90: boolean
  readonly minYear: string
  readonly maxYear: string
}

/** A date half a century ahead is a plan or means "no end" (9999-12-31): nothing has happened then. */
const NEVER = 50

/** Bills and amendments come in for so many years after a death; what happens later contradicts it. */
const RUN_OUT = 2

/** How old a subject is taken to be, as its records come to be seen. */
export interface Judge {
  /** Can what is seen change it? */
  readonly open: boolean
  see(this: void, record: Resource): void
  /** By what has been seen so far. */
  lifetime(this: void): Lifetime
}

export function fixedJudge(lifetime: Lifetime): Judge {
  return { open: false, see: () => undefined, lifetime: () => lifetime }
}

/** By all copies of the subject's Patient, the strictest counts; null stands for none. `now`: the year of the release. */
export function createJudge(patients: readonly (Resource | null)[], now: number): Judge {
  const open = patients.some((patient) => hangsOnEvents(patient, now))
  let last = 0
  return {
    open,
    see(record) {
      if (open) last = laterEvent(record, last, now)
    },
    lifetime: () => patients.map((patient) => lifetimeOf(patient, { now, last })).reduce(stricter, YOUNGER)
  }
}

interface Years {
  /** of the release */
  readonly now: number
  /** of the last event; 0: none is known */
  readonly last: number
}

function lifetimeOf(patient: Resource | null, { now, last }: Years): Lifetime {
  const born = yearOf(patient?.['birthDate'])
  const died = yearOf(patient?.['deceasedDateTime'])
  const dead = died !== null && died >= (born ?? 0) && last <= died + RUN_OUT
  const judged = dead ? died : Math.max(now, last)
  if (born === null) return { over90: true, known90: isMarked(patient), minYear: four(judged - 89), maxYear: '9999' }
  if (judged - born >= 90) return collapsed(judged)
  return dead ? YOUNGER : { ...YOUNGER, maxYear: four(born + 89) }
}

/** What either of two judgements hides. */
export function stricter(one: Lifetime, other: Lifetime): Lifetime {
  return {
    over90: one.over90 || other.over90,
    known90: one.known90 || other.known90,
    minYear: one.minYear > other.minYear ? one.minYear : other.minYear,
    maxYear: one.maxYear < other.maxYear ? one.maxYear : other.maxYear
  }
}

/** Can events change how old the subject is taken to be? Not with the young. */
function hangsOnEvents(patient: Resource | null, now: number): boolean {
  const born = yearOf(patient?.['birthDate'])
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
function laterEvent(record: Resource, last: number, now: number): number {
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
