/** Files that hold what is known of patients: new, and readable by their owner alone. Refuses to write over anything. */
import { type FileHandle, open, rm } from 'node:fs/promises'
import { RequestError } from '../core/errors.ts'

/** Makes the file before what it will hold, so that nothing is made in vain; it is gone again when that fails. */
export function writePrivate<T>(path: string, make: () => Promise<{ readonly bytes: Uint8Array; readonly made: T }>): Promise<T> {
  return intoPrivate(path, async (file) => {
    const { bytes, made } = await make()
    await file.writeFile(bytes)
    return made
  })
}

/** The same of several files, all gone again when `make` fails: each document goes into the file of its place. */
export async function writeAllPrivate<T extends { readonly documents: readonly Uint8Array[] }>(
  paths: readonly string[],
  make: () => Promise<T>,
  place = 0
): Promise<T> {
  const path = paths[place]
  if (path === undefined) return make()
  return intoPrivate(path, async (file) => {
    const made = await writeAllPrivate(paths, make, place + 1)
    await file.writeFile(made.documents[place] ?? Buffer.of())
    return made
  })
}

/** The same of a file that `write` fills. */
export async function intoPrivate<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new RequestError('bad-request', 'The file is there already: name a new one.')
    throw error
  })
  try {
    const made = await write(file)
    await file.sync()
    return made
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** An option that may be given more than once. */
export function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
