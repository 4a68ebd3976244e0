/**
 * The newest signed checkpoint, kept in the folder of files as well: a backup of the database that is restored takes log and checkpoint back together, and
 * only what lies outside can show it. One small file named by origin and size, so that a replica that was held up never writes over a newer one. MUST be
 * durable before the checkpoint is published; until its row is known to be committed the file is named otherwise, so that a row that is gone can be told from
 * one that never was.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../core/digest.ts'
import { diskFault } from './directory.ts'

const ROOM = 'checkpoints'
const DIGITS = 20
/** Behind the name of one whose row is perhaps not committed. */
const UNTOLD = '.untold'
const NAME = /^\d{20}(?:\.untold)?$/

export interface KeptNote {
  readonly note: string
  /** whether its row was committed */
  readonly told: 'yes' | 'perhaps not'
}

function prefixOf(origin: string): string {
  return `${sha256(origin).toString('hex').slice(0, 16)}.`
}

async function names(folder: string, origin: string): Promise<string[]> {
  const all = await readdir(join(folder, ROOM)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw diskFault(error)
  })
  const prefix = prefixOf(origin)
  return all.filter((name) => name.startsWith(prefix) && NAME.test(name.slice(prefix.length))).sort()
}

function told(name: string): KeptNote['told'] {
  return name.endsWith(UNTOLD) ? 'perhaps not' : 'yes'
}

/** The newest note kept for the log of this origin, or null. */
export async function newestKept(folder: string, origin: string): Promise<KeptNote | null> {
  // another replica may take a name away for a newer one between the two steps: then look again
  for (let looks = 0; ; looks += 1) {
    const all = await names(folder, origin)
    const newest = all.findLast((name) => told(name) === 'yes' || !all.includes(name.slice(0, -UNTOLD.length)))
    if (newest === undefined) return null
    const note = await readFile(join(folder, ROOM, newest), 'utf8').catch(() => null)
    if (note !== null) return { note, told: told(newest) }
    if (looks === 3) throw diskFault(new Error('a kept checkpoint cannot be read'))
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function nameOf(origin: string, size: bigint): string {
  return `${prefixOf(origin)}${String(size).padStart(DIGITS, '0')}`
}

/** Its row is committed. Another replica may have kept a newer one meanwhile, and taken this away. */
export async function toldCheckpoint(folder: string, origin: string, size: bigint): Promise<void> {
  const file = join(folder, ROOM, nameOf(origin, size))
  await rename(`${file}${UNTOLD}`, file).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw diskFault(error)
  })
}

/** Durable when this resolves, as one whose row is perhaps not committed; older ones are gone then. */
export async function keepCheckpoint(folder: string, origin: string, size: bigint, note: string): Promise<void> {
  const room = join(folder, ROOM)
  const name = `${nameOf(origin, size)}${UNTOLD}`
  const draft = join(room, `${name}.${process.pid}.part`)
  try {
    await mkdir(room, { recursive: true, mode: 0o700 })
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(note, 'utf8')
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, join(room, name))
    await syncFolder(room)
  } catch (error) {
    await rm(draft, { force: true })
    throw diskFault(error)
  }
  for (const older of (await names(folder, origin)).filter((other) => other < nameOf(origin, size)))
    await rm(join(room, older), { force: true })
}
