/** Secret files on disk: written once, readable by their owner alone (0600, folder 0700). Refuses to overwrite a key: what it opened would be lost. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PolicyError } from '../core/errors.ts'

/** Writes files by name into a folder, all or none that is there already. The paths written. PolicyError config-invalid. */
export function writeSecretFiles(folder: string, files: ReadonlyMap<string, string>): string[] {
  const taken = [...files.keys()].map((name) => join(folder, name)).filter((path) => existsSync(path))
  if (taken.length > 0)
    throw new PolicyError(
      'config-invalid',
      taken.map((path) => ({ path, message: 'is there already, and a key is never overwritten' }))
    )
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return [...files].map(([name, text]) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
    return path
  })
}
