/** What a command remembers between runs so that it can go on where it stopped: a JSON file, written whole or not at all. Holds no PHI and no key. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
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

export function writeState(path: string, state: unknown): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
