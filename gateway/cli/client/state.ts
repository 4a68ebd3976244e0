/** What a command remembers between runs so that it can go on where it stopped: a JSON file, written whole or not at all. Holds no PHI and no key. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { OperatorHint } from '../../core/errors.ts'

/** The state in a file, null when there is none. `parse` refuses what is not the state of that command. Throws OperatorHint. */
export function readState<T>(path: string, parse: (value: unknown) => T | null): T | null {
  if (!existsSync(path)) return null
  try {
    const state = parse(JSON.parse(readFileSync(path, 'utf8')))
    if (state !== null) return state
  } catch {
    // told below
  }
  throw new OperatorHint(`${path} is not what this command left there: remove it to begin anew`)
}

/** Durable once this returns; before, the file is what it was. Readable by its owner only. */
export function writeState(path: string, state: unknown): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  rmSync(`${path}.new`, { force: true })
  const file = openSync(`${path}.new`, 'wx', 0o600)
  try {
    writeSync(file, `${JSON.stringify(state, null, 2)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
  syncFolder(dirname(path))
}

function syncFolder(folder: string): void {
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
