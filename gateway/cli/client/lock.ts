/**
 * One program at a time in a folder of state: a file that holds the number of the program that made it. Decides whether whoever left it still runs. Refuses
 * a second one. A file system has no better word for it everywhere, so the one who holds it looks again before each write.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorHint } from '../../core/errors.ts'

export interface FolderLock {
  /** Throws OperatorHint when another has taken the folder over. */
  check(): void
  release(): void
}

/** Takes the folder, made when it is not there. Throws OperatorHint when a program that runs holds it. */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'lock')
  const mine = `${process.pid} ${randomUUID()}\n`
  const other = read(path)
  if (other !== null && isAlive(Number.parseInt(other, 10))) throw taken(path)
  // left by a program that was killed
  if (other !== null) rmSync(path, { force: true })
  try {
    writeFileSync(path, mine, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw taken(path)
    throw error
  }
  return {
    check: () => {
      if (read(path) !== mine) throw taken(path)
    },
    release: () => {
      if (read(path) === mine) rmSync(path, { force: true })
    }
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function taken(path: string): OperatorHint {
  return new OperatorHint(`another program works in this folder (${path}): stop it, or name another folder`)
}
