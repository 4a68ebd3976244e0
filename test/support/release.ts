/** The record profiles that ship, as a command loads them, and a subject to put through one. */
import { readdirSync } from 'node:fs'
import { locateProfile } from '../../gateway/cli/deidentify/locate.ts'
import type { Engine } from '../../gateway/core/deidentify/compile.ts'
import type { Profile } from '../../gateway/core/deidentify/profile.ts'
import { releaseSubject, type SubjectRelease } from '../../gateway/core/deidentify/subject.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'

const PROFILES = new URL('../../policies/profiles/', import.meta.url)
const RECORD_MODES: ReadonlySet<string> = new Set(['safe-harbor', 'limited-data-set', 'expert-determination'])

/** Every profile that releases records. */
export function recordProfiles(): readonly Profile[] {
  return readdirSync(PROFILES)
    .map((name) => locateProfile(name).profile)
    .filter((profile) => RECORD_MODES.has(profile.mode))
}

export interface Way {
  /** Logical id of the subject's Patient in the records. */
  readonly patient?: string
  readonly at?: string
}

export const SURROGATE = 'f'.repeat(32)

/** Releases the records as one subject's, under secrets that are always the same. */
export function releaseAs(engine: Engine, records: readonly Resource[], way: Way = {}): SubjectRelease {
  return releaseSubject(engine, {
    at: way.at ?? '2026-01-15T00:00:00Z',
    secret: new Uint8Array(32).fill(3),
    sharedSecret: new Uint8Array(32).fill(4),
    surrogate: SURROGATE,
    identity: { party: 'test', base: '', type: 'Patient', id: way.patient ?? 'p1' },
    shiftDays: 100,
    ownBases: [],
    records: records.map((resource) => ({
      identity: { party: 'test', base: '', type: resource.resourceType, id: resource.id ?? '#' },
      resource
    }))
  })
}
