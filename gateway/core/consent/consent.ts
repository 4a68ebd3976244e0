/**
 * Whether a patient's choice stops a disclosure. What it denies overrides every agreement; nothing overrides a denial. The list holds keyed
 * hashes, never identities, so that it can be kept and counted without naming anyone.
 */
import type { KeyObject } from 'node:crypto'
import { hmac } from '../digest.ts'
import type { Identity } from '../fhir/resource.ts'
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
}

/** How far all rules of a subject together reach its records: the farthest of them wins. */
export function consentFor(rules: readonly Rule[], terms: Terms): Reach {
  const reaches = new Set(rules.map((rule) => reachOf(rule, terms)))
  return reaches.has('everything') ? 'everything' : reaches.has('some') ? 'some' : 'nothing'
}
