/**
 * Secret files on disk: readable by their owner alone (0600, folder 0700), whole or not there at all (fsync, then a link or a rename, then fsync of the
 * folder). Refuses to write over a key by adding one: what it opened would be lost.
 */
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PolicyError } from '../core/errors.ts'

/** Writes files by name into a folder, all or none that is there already. The paths written. PolicyError config-invalid. */
export function writeSecretFiles(folder: string, files: ReadonlyMap<string, string>): string[] {
  const taken = [...files.keys()].map((name) => join(folder, name)).filter((path) => existsSync(path))
  if (taken.length > 0) throw neverOverwritten(taken)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return [...files].map(([name, text]) => {
    const path = join(folder, name)
    addSecretFile(path, text)
    return path
  })
}

/** One new file. PolicyError config-invalid when it is there. */
export function addSecretFile(path: string, text: string): void {
  const draft = draftOf(path, text)
  try {
    linkSync(draft, path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw neverOverwritten([path])
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(dirname(path))
}

/** The file with another text, or the old one whole: what it held must stand elsewhere by now. */
export function replaceSecretFile(path: string, text: string): void {
  const draft = draftOf(path, text)
  try {
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  syncFolder(dirname(path))
}

export function removeSecretFile(path: string): void {
  rmSync(path, { force: true })
  syncFolder(dirname(path))
}

function draftOf(path: string, text: string): string {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.part`)
  rmSync(draft, { force: true }) // of a command that was killed, whose number came again
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } catch (error) {
    rmSync(draft, { force: true }) // half a key is a key that nobody looks after
    throw error
  } finally {
    closeSync(file)
  }
  return draft
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function neverOverwritten(paths: readonly string[]): PolicyError {
  return new PolicyError(
    'config-invalid',
    paths.map((path) => ({ path, message: 'is there already, and a key is never overwritten' }))
  )
}
