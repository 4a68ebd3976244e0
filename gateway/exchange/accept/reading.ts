/**
 * From a body to an encrypted file: cut into parts, read by the worker threads, sealed segments appended as they come back.
 * Decides the order of work and how much may be under way. Consents are taken up as their parts are read, before the upload's
 * commit: a no is in force even where the upload fails. A Bundle is read twice: once for the names of its entries, once for the records; up to 16 MiB it waits in memory in between, beyond that encrypted on disk. Memory is bounded whatever the size.
 */
import { randomUUID } from 'node:crypto'
import { lengthPrefixed } from '../../core/digest.ts'
import { createCutter, type Part } from '../../core/fhir/cut.ts'
import { nameTable } from '../../core/fhir/names.ts'
import { openSegment, sealSegment } from '../../seal/segment.ts'
import { Draft, openStored, readExactly, removeStored } from '../../store/directory.ts'
import { takeConsents } from '../consent/submitted-consents.ts'
import type { IssueRow } from '../doors.ts'
import type { SegmentPlace } from '../frames.ts'
import { type House, MAX_ISSUES, type PartResult, type PartTask } from '../house.ts'

/** A Bundle up to this size waits in memory for its names. */
const MEMORY_BUNDLE = 16 * 1024 * 1024

export interface Reading {
  readonly received: number
  readonly rejected: Record<string, number>
  readonly issues: readonly Omit<IssueRow, 'file'>[]
  readonly places: readonly SegmentPlace[]
}

/** Who sends, and under which key it is kept. */
export type ReadingOrder = Pick<PartTask, 'party' | 'sentBy' | 'ownBases' | 'submission' | 'sealedKey' | 'upload'> & {
  readonly key: Buffer
}

/** What comes back from the workers, put together; appends are made one after the other. */
class Gathering {
  readonly places: SegmentPlace[] = []
  readonly issues: Omit<IssueRow, 'file'>[] = []
  readonly rejected: Record<string, number> = {}
  received = 0
  readonly #draft: Draft
  #last: Promise<void> = Promise.resolve()

  constructor(draft: Draft) {
    this.#draft = draft
  }

  reject({ rejected, issues }: Pick<PartResult, 'rejected' | 'issues'>): void {
    for (const [code, n] of Object.entries(rejected)) this.rejected[code] = (this.rejected[code] ?? 0) + n
    this.tell(issues)
  }

  tell(issues: PartResult['issues']): void {
    this.issues.push(...issues.slice(0, MAX_ISSUES - this.issues.length))
  }

  append(sealed: Uint8Array, places: readonly SegmentPlace[]): Promise<void> {
    this.#last = this.#last.then(async () => {
      await this.#draft.append(sealed)
      this.places.push(...places)
    })
    return this.#last
  }
}

/** At most `size` tasks under way; the first failure stops the rest. */
class Window {
  readonly #size: number
  readonly #pending = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null

  constructor(size: number) {
    this.#size = size
  }

  async add(task: () => Promise<void>): Promise<void> {
    while (this.#pending.size >= this.#size && this.#failure === null) await Promise.race(this.#pending)
    this.#rethrow()
    const running: Promise<void> = task().then(
      () => {
        this.#pending.delete(running)
      },
      (error: unknown) => {
        this.#pending.delete(running)
        this.#failure ??= { error }
      }
    )
    this.#pending.add(running)
  }

  async settle(): Promise<void> {
    await Promise.all(this.#pending)
    this.#rethrow()
  }

  #rethrow(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}

/** Bundle entries put aside until all names are known: in memory while small, sealed on disk when large. */
class Aside {
  readonly #house: House
  readonly #order: ReadingOrder
  readonly #spool = randomUUID()
  readonly #places: { readonly length: number; readonly part: Omit<Part, 'bytes' | 'rejects'> }[] = []
  #memory: Part[] = []
  #bytes = 0
  #draft: Draft | null = null
  readonly names: Uint8Array[] = []

  constructor(house: House, order: ReadingOrder) {
    this.#house = house
    this.#order = order
  }

  get any(): boolean {
    return this.#memory.length > 0 || this.#places.length > 0
  }

  async add(part: Part): Promise<void> {
    this.names.push(
      await this.#house.crew.readNames({ kind: part.kind, firstLine: part.firstLine, bytes: part.bytes.slice(), offsets: part.offsets })
    )
    this.#memory.push(part)
    this.#bytes += part.bytes.length
    if (this.#bytes <= MEMORY_BUNDLE) return
    this.#draft ??= await Draft.begin(this.#house.folder, 'uploads', this.#spool)
    for (const kept of this.#memory) {
      const sealed = sealSegment(this.#order.key, this.#place(this.#places.length), kept.bytes)
      await this.#draft.append(sealed)
      this.#places.push({ length: sealed.length, part: { kind: kept.kind, firstLine: kept.firstLine, offsets: kept.offsets } })
    }
    this.#memory = []
  }

  async *parts(): AsyncGenerator<Omit<Part, 'rejects'>> {
    if (this.#draft !== null) {
      await this.#draft.keep()
      const handle = await openStored(this.#house.folder, 'uploads', this.#spool)
      try {
        let offset = 0
        for (const [n, { length, part }] of this.#places.entries()) {
          const bytes = openSegment(this.#order.key, this.#place(n), await readExactly(handle, offset, length))
          offset += length
          yield { ...part, bytes: new Uint8Array(bytes) }
        }
      } finally {
        await handle.close()
      }
    }
    yield* this.#memory
  }

  async drop(): Promise<void> {
    await this.#draft?.drop()
    await removeStored(this.#house.folder, 'uploads', [this.#spool])
  }

  #place(n: number): Buffer {
    return lengthPrefixed('bundle aside', this.#order.upload, String(n))
  }
}

/** Reads all chunks into `draft`. RequestError truncated when a Bundle ends early; UpstreamError when the disk is full. */
export async function readInto(house: House, order: ReadingOrder, chunks: AsyncIterable<Uint8Array>, draft: Draft): Promise<Reading> {
  const gathering = new Gathering(draft)
  const window = new Window(house.crew.size * 2)
  const aside = new Aside(house, order)
  let parts = 0
  const read = (part: Omit<Part, 'rejects'>, names: SharedArrayBuffer | null): Promise<void> => {
    const { key: _, ...rest } = order
    const task: PartTask = {
      ...rest,
      part: parts++,
      kind: part.kind,
      firstLine: part.firstLine,
      bytes: part.bytes,
      offsets: part.offsets,
      names
    }
    return window.add(async () => {
      const result = await house.crew.readPart(task)
      gathering.received += result.received
      gathering.reject(result)
      gathering.tell(await takeConsents(house, order, result.said))
      await gathering.append(result.sealed, result.places)
    })
  }
  const take = async (cut: readonly Part[]): Promise<void> => {
    for (const part of cut) {
      gathering.received += part.rejects.length
      for (const { line, code } of part.rejects) gathering.reject({ rejected: { [code]: 1 }, issues: [{ line, code, path: '' }] })
      if (part.offsets.length === 0) continue
      if (part.kind === 'lines') await read(part, null)
      else await aside.add(part)
    }
  }
  try {
    const cutter = createCutter(house.limits)
    for await (const chunk of chunks) await take(cutter.push(chunk))
    await take(cutter.end())
    if (aside.any) {
      const names = nameTable(aside.names)
      for await (const part of aside.parts()) await read(part, names)
    }
    await window.settle()
  } catch (error) {
    await window.settle().catch(() => undefined)
    throw error
  } finally {
    await aside.drop()
  }
  return gathering
}
