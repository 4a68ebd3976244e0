/** Finds the profile a command names (a file, its folder, or the name of one that ships) and reads it. Refuses one with faults, all listed. */
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPolicyReaders } from '../../config/policy-file.ts'
import { finderIn, inspectDocument } from '../../config/profiles.ts'
import { isRecordProfile, type Profile, type RecordProfile } from '../../core/deidentify/profile/profile.ts'
import { type Fault, PolicyError } from '../../core/errors.ts'

/** The folder of the profiles that ship. */
export const SHIPPED = fileURLToPath(new URL('../../../policies/profiles/', import.meta.url))

export interface LocatedProfile<Kind extends Profile = Profile> {
  readonly path: string
  readonly profile: Kind
  readonly hash: string
}

export type ProfileInspection = {
  readonly path: string
  readonly found: LocatedProfile | null
  readonly faults: readonly Fault[]
}

/** PolicyError policy-invalid with every fault. */
export function locateProfile(name: string): LocatedProfile {
  const { found, faults } = inspectProfile(name)
  if (found === null || faults.length > 0) throw new PolicyError('policy-invalid', faults)
  return found
}

/** One under which records leave. PolicyError policy-invalid with every fault. */
export function locateRecordProfile(name: string): LocatedProfile<RecordProfile> {
  const { path, profile, hash } = locateProfile(name)
  if (isRecordProfile(profile)) return { path, profile, hash }
  throw new PolicyError('policy-invalid', [{ path: '/mode', message: 'no record leaves under aggregate-only' }])
}

/** What it extends is looked for beside its folder, then among those that ship. */
export function inspectProfile(name: string): ProfileInspection {
  const path = pathOf(name)
  const reader = createPolicyReaders().profile
  const read = reader(path)
  if ('faults' in read) return { path, found: null, faults: read.faults }
  const { found, faults } = inspectDocument(read.document, finderIn([dirname(dirname(path)), SHIPPED], reader))
  return { path, found: found === null ? null : { path, ...found }, faults }
}

function pathOf(name: string): string {
  if (existsSync(name)) return statSync(name).isDirectory() ? join(name, 'profile.json') : name
  const shipped = join(SHIPPED, name, 'profile.json')
  return /^[a-z0-9-]+$/.test(name) && existsSync(shipped) ? shipped : name
}
