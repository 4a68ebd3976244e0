/** The record profiles that ship, as a command loads them, and a subject to put through one. */
import { readdirSync } from 'node:fs'
import { locateProfile } from '../../gateway/cli/deidentify/locate.ts'
import type { Engine } from '../../gateway/core/deidentify/compile/compile.ts'
import { isRecordProfile, type RecordProfile } from '../../gateway/core/deidentify/profile/profile.ts'
import { releaseSubject, type SubjectRelease } from '../../gateway/core/deidentify/subject.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'

const PROFILES = new URL('../../policies/profiles/', import.meta.url)

/** Every profile that releases records. */
export function recordProfiles(): readonly RecordProfile[] {
  return readdirSync(PROFILES)
    .map((name) => locateProfile(name).profile)
    .filter(isRecordProfile)
}

export interface Way {
  /** Logical id of the subject's Patient in the records. */
  readonly patient?: string
  readonly at?: string
}

/** How far the dates of every subject here go back. */
export const SHIFT_DAYS = 100

export const SURROGATE = 'f'.repeat(32)

/** Releases the records as one subject's, under secrets that are always the same. */
export function releaseAs(engine: Engine, records: readonly Resource[], way: Way = {}): SubjectRelease {
  return releaseSubject(engine, {
    at: way.at ?? '2026-01-15T00:00:00Z',
    secret: new Uint8Array(32).fill(3),
    sharedSecret: new Uint8Array(32).fill(4),
    surrogate: SURROGATE,
    shiftDays: SHIFT_DAYS,
    identity: { party: 'test', base: '', type: 'Patient', id: way.patient ?? 'p1' },
    ownBases: [],
    records: records.map((resource) => ({
      identity: { party: 'test', base: '', type: resource.resourceType, id: resource.id ?? '#' },
      resource
    }))
  })
}
