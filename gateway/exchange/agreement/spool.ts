/**
 * Where records wait for the second pass: in memory while they are few, beyond that sealed (AES-256-GCM, a random key that lives only here) in a
 * temporary file that has no name any more once it is open. Decides by bytes alone; whole subjects come back together, bucket by bucket.
 */
import { hash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lengthPrefixed } from '../../core/digest.ts'
import { openSegment, sealSegment } from '../../seal/segment.ts'

const BUCKETS = 128

interface Segment {
  readonly offset: number
  readonly length: number
}

export class Spool {
  readonly #memoryBytes: number
  readonly #key = randomBytes(32)
  readonly #held: string[][] = Array.from({ length: BUCKETS }, () => [])
  readonly #segments: Segment[][] = Array.from({ length: BUCKETS }, () => [])
  #bytes = 0
  #size = 0
  #file: FileHandle | null = null

  /** `memoryBytes`: what may wait in memory. */
  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes
  }

  /** Has anything been written to disk? */
  get spilled(): boolean {
    return this.#file !== null
  }

  /** Keeps a line (no line end in it) with all others of the same subject. */
  async add(subject: string, line: string): Promise<void> {
    this.#held[hash('sha256', subject, 'buffer').readUInt8(0) % BUCKETS]?.push(line)
    this.#bytes += line.length
    if (this.#bytes > this.#memoryBytes) await this.#spill()
  }

  /** The lines of each bucket in the order they came; empty buckets are skipped. */
  async *buckets(): AsyncGenerator<readonly string[]> {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const lines: string[] = []
      for (const [number, segment] of (this.#segments[bucket] ?? []).entries()) {
        for (const line of (await this.#read(bucket, number, segment)).split('\n')) lines.push(line)
      }
      for (const line of this.#held[bucket] ?? []) lines.push(line)
      this.#held[bucket] = []
      if (lines.length > 0) yield lines
    }
  }

  async close(): Promise<void> {
    this.#key.fill(0)
    await this.#file?.close()
    this.#file = null
  }

  async #spill(): Promise<void> {
    this.#file ??= await openNameless()
    for (const [bucket, lines] of this.#held.entries()) {
      if (lines.length === 0) continue
      const segments = this.#segments[bucket] ?? []
      const sealed = sealSegment(this.#key, placeOf(bucket, segments.length), Buffer.from(lines.join('\n'), 'utf8'))
      await this.#file.write(sealed, 0, sealed.length, this.#size)
      segments.push({ offset: this.#size, length: sealed.length })
      this.#size += sealed.length
      this.#held[bucket] = []
    }
    this.#bytes = 0
  }

  async #read(bucket: number, number: number, segment: Segment): Promise<string> {
    const sealed = Buffer.allocUnsafe(segment.length)
    await this.#file?.read(sealed, 0, segment.length, segment.offset)
    return openSegment(this.#key, placeOf(bucket, number), sealed).toString('utf8')
  }
}

function placeOf(bucket: number, number: number): Buffer {
  return lengthPrefixed('spool', String(bucket), String(number))
}

/** A file nobody else can open: its folder is gone before a byte is written. */
async function openNameless(): Promise<FileHandle> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  try {
    return await open(join(folder, 'spool'), 'wx+', 0o600)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
