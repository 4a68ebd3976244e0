/**
 * By when an agreement must be attested anew, and what a day makes of that: nothing, a warning, or its suspension. One word attests the agreement and the profile it
 * names; an expert's certificate is attested by a new one. Decides by days, which begin at 00:00 UTC. An agreement that asks for no re-attestation is warned of its certificate only.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Certificate } from '../deidentify/profile/profile.ts'
import { later } from './window.ts'

export interface Term {
  readonly what: 'agreement' | 'certificate'
  /** the day it was attested */
  readonly since: string
  /** the first day on which it no longer is */
  readonly due: string
  /** what becomes of the agreement on that day; without it the doors refuse by the certificate alone */
  readonly lapsed: 'suspended' | 'refused'
}

/** Days before. */
export type Ahead = 60 | 30 | 7
const AHEAD: readonly Ahead[] = [60, 30, 7]

const DAY_MS = 86_400_000
const LAST_DAY = '9999-12-31'

/** `attested` is the moment of the last word that did, or null: none is known, and it is overdue. */
export function termsOf(
  { reattestation }: Pick<Agreement, 'reattestation'>,
  certificate: Pick<Certificate, 'issued' | 'expires'> | null,
  attested: string | null
): Term[] {
  const since = (attested ?? '1970-01-01').slice(0, 10)
  const lapsed = reattestation === undefined ? 'refused' : 'suspended'
  return [
    ...(reattestation === undefined
      ? []
      : [{ what: 'agreement', since, due: attested === null ? since : dayAfter(since, reattestation.every), lapsed } as const]),
    ...(certificate === null ? [] : [{ what: 'certificate', since: certificate.issued, due: certificate.expires, lapsed } as const])
  ]
}

function dayAfter(day: string, every: string): string {
  const due = later(new Date(day), every)
  return due.getUTCFullYear() > 9999 ? LAST_DAY : due.toISOString().slice(0, 10)
}

/** The term that suspends the agreement on this day; null: none. */
export function overdue(terms: readonly Term[], day: string): Term | null {
  return terms.find(({ due, lapsed }) => lapsed === 'suspended' && day >= due) ?? null
}

/** The nearest warning that is due: one of before it was attested is none, nor is one of a term that is over. */
export function warningOf({ since, due }: Pick<Term, 'since' | 'due'>, day: string): Ahead | null {
  const left = daysBetween(day, due)
  return left <= 0 ? null : (AHEAD.findLast((ahead) => left <= ahead && ahead < daysBetween(since, due)) ?? null)
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS
}
