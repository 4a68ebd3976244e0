/**
 * The profiles of a folder, each with what it extends laid under it, and hashed as that whole. Decides which document a name and version mean;
 * refuses two of one name and version, and every fault the schema, the overlay or the rules show.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type HashedProfile, profileKey } from '../core/agreement/policies.ts'
import { type FindProfile, resolveProfile } from '../core/deidentify/profile/extend.ts'
import { profileFaults } from '../core/deidentify/profile/faults.ts'
import { contentHash, type Json } from '../core/digest.ts'
import type { Fault } from '../core/errors.ts'
import type { Profile as ProfileDocument } from '../generated/policy.ts'
import type { Reader } from './policy-file.ts'

/** What one document gave; null when it cannot be run at all. */
export interface ReadProfile {
  readonly found: HashedProfile | null
  readonly faults: readonly Fault[]
}

/** One document and all that is wrong with it; `find` gives what it extends. */
export function inspectDocument(document: ProfileDocument, find: FindProfile): ReadProfile {
  const resolved = resolveProfile(document, find)
  if ('faults' in resolved) return { found: null, faults: resolved.faults }
  const { profile } = resolved
  return { found: { profile, hash: contentHash(profile as unknown as Json) }, faults: profileFaults(profile) } // JSON by its reader
}

/** By profileKey; faults with the file they are in. */
export function inspectProfiles(
  dir: string,
  files: readonly string[],
  read: Reader<ProfileDocument>
): { readonly profiles: ReadonlyMap<string, HashedProfile>; readonly faults: readonly (Fault & { readonly file: string })[] } {
  const faults: (Fault & { readonly file: string })[] = []
  const add = (file: string, more: readonly Fault[]): void => {
    for (const fault of more) faults.push({ file, ...fault })
  }
  const documents = new Map<string, { readonly file: string; readonly document: ProfileDocument }>()
  for (const file of files) {
    const found = read(join(dir, file))
    if ('faults' in found) {
      add(file, found.faults)
      continue
    }
    const { document } = found
    const key = profileKey(document)
    if (documents.has(key)) add(file, [{ path: '/version', message: `there is another profile ${key}` }])
    documents.set(key, { file, document })
  }
  const find: FindProfile = (name, version) => documents.get(profileKey({ name, version }))?.document ?? null
  const profiles = new Map<string, HashedProfile>()
  for (const [key, { file, document }] of documents) {
    const inspected = inspectDocument(document, find)
    add(file, inspected.faults)
    if (inspected.found !== null) profiles.set(key, inspected.found)
  }
  return { profiles, faults }
}

/** Looks for a profile in folders of profiles (`<folder>/<name>/profile.json`), the first that has it. */
export function finderIn(folders: readonly string[], read: Reader<ProfileDocument>): FindProfile {
  return (name, version) => {
    for (const path of folders.flatMap(profilesIn)) {
      const found = read(path)
      if ('document' in found && found.document.name === name && found.document.version === version) return found.document
    }
    return null
  }
}

function profilesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name, 'profile.json'))
    .filter((path) => existsSync(path))
}
