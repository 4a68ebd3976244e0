/** Finds the profile a command names (a file, its folder, or the name of one that ships) and reads it. Refuses one with faults, all listed. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPolicyReaders } from '../../config/policy-file.ts'
import { profileFaults } from '../../core/deidentify/faults.ts'
import type { Profile } from '../../core/deidentify/profile.ts'
import { contentHash, type Json } from '../../core/digest.ts'
import { type Fault, PolicyError } from '../../core/errors.ts'

const SHIPPED = new URL('../../../policies/profiles/', import.meta.url)

export interface LocatedProfile {
  readonly path: string
  readonly profile: Profile
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

export function inspectProfile(name: string): ProfileInspection {
  const path = pathOf(name)
  const read = createPolicyReaders().profile(path)
  if ('faults' in read) return { path, found: null, faults: read.faults }
  const profile: Profile = read.document
  return {
    path,
    found: {
      path,
      profile,
      hash: contentHash(read.document as unknown as Json)
    },
    faults: profileFaults(profile)
  } // JSON by its reader
}

function pathOf(name: string): string {
  if (existsSync(name)) return statSync(name).isDirectory() ? join(name, 'profile.json') : name
  const shipped = join(fileURLToPath(SHIPPED), name, 'profile.json')
  return /^[a-z0-9-]+$/.test(name) && existsSync(shipped) ? shipped : name
}
