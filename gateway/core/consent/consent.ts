/**
 * Whether a patient's choice stops a disclosure. What it denies overrides every agreement; nothing overrides a denial. The list holds keyed
 * hashes, never identities, so that it can be kept and counted without naming anyone.
 */
import type { KeyObject } from 'node:crypto'
import { hmac, type Json } from '../digest.ts'
import { nameOf, type Referred } from '../fhir/identity.ts'
import type { Identity, Resource } from '../fhir/resource.ts'
import { type Reach, type Rule, reachOf, type Terms } from './rule.ts'

/** The name under which a subject stands in the opt-out list: 64 hex digits. Two hospitals' Patient/123 differ, as does each server base. */
export function optOutKey(secret: KeyObject, subject: Identity): string {
  return hmac(secret, 'opt-out', subject.party, subject.base, subject.type, subject.id).toString('hex')
}

/** One thing that one patient says. */
export interface Said {
  /** hex: the patient's name in the list */
  readonly name: string
  /** hex; '' for the rule of everything. A Consent's is of its identity, so that its next version takes its place */
  readonly place: string
  /** null: nothing any more */
  readonly rule: Rule | null
  /** the patient, for an officer's eyes */
  readonly label: string
  /** of a Consent: when it was written, in milliseconds; null: it does not say */
  readonly asOf?: number | null
  /** of a Consent that one party sent in the name of another: the place of the source's own, which stays */
  readonly source?: string
  /** on which line it came */
  readonly line?: number
}

/** When a Consent was written: `meta.lastUpdated`, else `dateTime`; a partial one is its first moment. */
export function writtenAt(consent: Resource): number | null {
  const { meta, dateTime } = consent
  const { lastUpdated } = Object(meta) as { lastUpdated?: unknown } // looked at here
  const moments = [lastUpdated, dateTime].flatMap((date) => (typeof date === 'string' ? [Date.parse(date)] : []))
  return moments.find((moment) => !Number.isNaN(moment)) ?? null
}

/** Was it written before what stands in its place? One that does not say is: in doubt the denial that stands is the later word. */
export function isOlder(asOf: number | null, standing: number | null): boolean {
  return standing !== null && (asOf === null || asOf < standing)
}

/** Whom a Patient's links name, whatever they say of it: replaced by, replaces, refer, see also. A Bundle's name (`urn:uuid:`), too. */
export function linksOf({ link }: Resource, ownBases: readonly string[]): readonly Referred[] {
  const links: readonly Json[] = Array.isArray(link) ? link : []
  return links.flatMap((one) => {
    const { other } = Object(one) as { other?: Json }
    const { reference } = Object(other) as { reference?: Json } // members are looked at here
    const named = typeof reference === 'string' && !reference.includes('?') ? nameOf(reference, 'Patient', ownBases) : null
    return named === null ? [] : [named]
  })
}

/** How far all rules of a subject together reach its records: the farthest of them wins. */
export function consentFor(rules: readonly Rule[], terms: Terms): Reach {
  const reaches = new Set(rules.map((rule) => reachOf(rule, terms)))
  return reaches.has('everything') ? 'everything' : reaches.has('some') ? 'some' : 'nothing'
}
