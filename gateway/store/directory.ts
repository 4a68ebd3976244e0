/**
 * The folder of encrypted files: uploads on their way in, bucket results, sealed shards. A file is named by a random id and
 * nothing else. MUST: a file named in a committed row is durable (fsync file, rename, fsync folder, then the row); a file no
 * row names is an orphan and is swept. Refuses names that are not ids.
 */
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { IntegrityError, UpstreamError } from '../core/errors.ts'
import { isOwnId } from '../core/own-id.ts'

export const ROOMS = ['uploads', 'buckets', 'shards'] as const
export type Room = (typeof ROOMS)[number]

/** A full disk or an exhausted quota is the operator's; anything else as it came. */
export function diskFault(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' ? new UpstreamError('storage-full', 30, error) : error
}

function pathOf(root: string, room: Room, id: string): string {
  if (!isOwnId(id)) throw new IntegrityError('internal', { file: 'not an id' })
  return join(root, room, id)
}

/** Makes the rooms, readable by this account only. */
export async function makeRooms(root: string): Promise<void> {
  for (const room of ROOMS) await mkdir(join(root, room), { recursive: true, mode: 0o700 })
}

/** A file being written: appended to, then kept (durable, in place) or dropped. */
export class Draft {
  readonly #handle: FileHandle
  readonly #root: string
  readonly #room: Room
  readonly #id: string
  #offset = 0

  private constructor(handle: FileHandle, root: string, room: Room, id: string) {
    this.#handle = handle
    this.#root = root
    this.#room = room
    this.#id = id
  }

  static async begin(root: string, room: Room, id: string): Promise<Draft> {
    try {
      return new Draft(await open(`${pathOf(root, room, id)}.part`, 'w', 0o600), root, room, id)
    } catch (error) {
      throw diskFault(error)
    }
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#offset
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      let at = 0
      while (at < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, this.#offset)
        at += bytesWritten
        this.#offset += bytesWritten
      }
    } catch (error) {
      throw diskFault(error)
    }
  }

  /** Durable and in place when this resolves, not before. */
  async keep(): Promise<void> {
    const path = pathOf(this.#root, this.#room, this.#id)
    try {
      await this.#handle.sync()
      await this.#handle.close()
      await rename(`${path}.part`, path)
      const folder = await open(join(this.#root, this.#room), 'r')
      try {
        await folder.sync()
      } finally {
        await folder.close()
      }
    } catch (error) {
      await this.drop()
      throw diskFault(error)
    }
  }

  async drop(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
    await rm(`${pathOf(this.#root, this.#room, this.#id)}.part`, { force: true })
  }
}

export async function openStored(root: string, room: Room, id: string): Promise<FileHandle> {
  try {
    return await open(pathOf(root, room, id), 'r')
  } catch (error) {
    throw new IntegrityError('internal', { room, file: id }, error)
  }
}

/** Reads exactly `length` bytes at `offset`; a shorter file is an integrity fault. */
export async function readExactly(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  while (at < length) {
    const { bytesRead } = await handle.read(bytes, at, length - at, offset + at)
    if (bytesRead === 0) throw new IntegrityError('seal-broken', { file: 'shorter than its index' })
    at += bytesRead
  }
  return bytes
}

export async function removeStored(root: string, room: Room, ids: readonly string[]): Promise<void> {
  for (const id of ids) await rm(pathOf(root, room, id), { force: true })
}

/** Ids of files in a room last written more than `seconds` ago, drafts included: candidates for sweeping. */
export async function oldFiles(root: string, room: Room, seconds: number, now: Date): Promise<{ id: string; draft: boolean }[]> {
  const found: { id: string; draft: boolean }[] = []
  for (const name of await readdir(join(root, room))) {
    const draft = name.endsWith('.part')
    const id = draft ? name.slice(0, -'.part'.length) : name
    if (!isOwnId(id)) continue
    const { mtime } = await stat(join(root, room, name)).catch(() => ({ mtime: now }))
    if (now.getTime() - mtime.getTime() > seconds * 1000) found.push({ id, draft })
  }
  return found
}

export async function removeDraft(root: string, room: Room, id: string): Promise<void> {
  await rm(`${pathOf(root, room, id)}.part`, { force: true })
}
