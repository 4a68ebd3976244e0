/**
 * Whether a session of an officer still stands, and what a sign-in must have shown. Decides by times, by the registry and by what the cookie held; refuses one that is
 * idle, too old, of an officer who may not sign in any more or whose subject is another by now, and one of which any earlier cookie comes back: somebody has a copy.
 */
import { timingSafeEqual } from 'node:crypto'
import { lengthPrefixed, sha256 } from '../digest.ts'
import { activeOfficer, type Registry } from './registry.ts'

/** In milliseconds. */
export interface SessionLimits {
  readonly idle: number
  readonly absolute: number
  /** so old a cookie is replaced by the next request */
  readonly rotate: number
}

/** Requests that were under way when a cookie was replaced still bring the one before. */
export const OVERLAP_MS = 30_000

/** As it is kept. */
export interface KeptSession {
  readonly officer: string
  readonly secret_sha256: Buffer
  readonly before_sha256: Buffer | null
  readonly before_until: Date | null
  readonly subject_sha256: Buffer
  readonly made: Date
  readonly rotated: Date
  readonly seen: Date
  readonly ends: Date
}

/** copied: the session MUST be ended, whoever brings it. */
export type SessionStanding = 'live' | 'over' | 'copied'

/** Names a subject of an issuer, or a session there, where neither need be known. */
export function namedAt(issuer: string, name: string): Buffer {
  return sha256(lengthPrefixed(issuer, name))
}

export function same(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

export interface Asking {
  readonly registry: Registry
  /** of the provider that is configured now */
  readonly issuer: string
  readonly limits: SessionLimits
  readonly at: Date
}

/** `presented`: the SHA-256 of what the cookie holds. */
export function standingOf(session: KeptSession, presented: Buffer, { registry, issuer, limits, at }: Asking): SessionStanding {
  const now = at.getTime()
  if (now >= session.ends.getTime() || now >= session.seen.getTime() + limits.idle) return 'over'
  const officer = activeOfficer(registry, session.officer, at)
  if (officer?.subject === undefined || !same(namedAt(issuer, officer.subject), session.subject_sha256)) return 'over'
  if (session.made.getTime() < (registry.notBefore.get(session.officer) ?? 0)) return 'over'
  if (same(presented, session.secret_sha256)) return 'live'
  const isBefore = session.before_sha256 !== null && same(presented, session.before_sha256)
  return isBefore && now < (session.before_until?.getTime() ?? 0) ? 'live' : 'copied'
}

/** Is it time for another cookie? Only the one in force is replaced. */
export function isDue(session: KeptSession, presented: Buffer, limits: SessionLimits, at: Date): boolean {
  return same(presented, session.secret_sha256) && at.getTime() >= session.rotated.getTime() + limits.rotate
}

/** Of what the provider says of a sign-in: how. */
export interface Strength {
  readonly acr: string | null
  readonly amr: readonly string[]
}

/** Any of `acr`, and every one of `amr`; an empty list asks for nothing. */
export interface StrengthRules {
  readonly acr: readonly string[]
  readonly amr: readonly string[]
}

export function isStrong({ acr, amr }: Strength, rules: StrengthRules): boolean {
  return (rules.acr.length === 0 || (acr !== null && rules.acr.includes(acr))) && rules.amr.every((one) => amr.includes(one))
}

/** Where a sign-in may end: our own paths, one by one, so that no address of others can stand there. */
export const RETURN_TO: readonly string[] = [
  '/session',
  '/sessions',
  '/agreements',
  '/quality',
  '/fhir/AuditEvent',
  '/accountings/suspensions',
  '/incidents'
]
