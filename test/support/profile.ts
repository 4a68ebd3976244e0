/** The profile that ships, and a subject to put through it. */
import { readFileSync } from 'node:fs'
import type { Engine } from '../../gateway/core/deidentify/compile/compile.ts'
import type { RecordProfile } from '../../gateway/core/deidentify/profile/profile.ts'
import { releaseSubject, type SubjectRelease } from '../../gateway/core/deidentify/subject.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'

export const SAFE_HARBOR_PATH = new URL('../../policies/profiles/safe-harbor/profile.json', import.meta.url).pathname

export function safeHarbor(): RecordProfile {
  return JSON.parse(readFileSync(SAFE_HARBOR_PATH, 'utf8'))
}

const SECRET = new Uint8Array(32).fill(3)
const SHARED = new Uint8Array(32).fill(4)

/** Releases records as those of Patient/p1. */
export function releaseAll(engine: Engine, resources: readonly Resource[], at = '2026-01-15T00:00:00Z'): SubjectRelease {
  const records = resources.map((resource) => ({
    identity: {
      party: 'test',
      base: '',
      type: resource.resourceType,
      id: resource.id ?? '#'
    },
    resource
  }))
  const identity = { party: 'test', base: '', type: 'Patient', id: 'p1' }
  return releaseSubject(engine, {
    at,
    secret: SECRET,
    sharedSecret: SHARED,
    surrogate: 'f'.repeat(32),
    identity,
    shiftDays: 100,
    ownBases: [],
    records
  })
}
