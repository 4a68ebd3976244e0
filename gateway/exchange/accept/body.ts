/**
 * The bytes of an upload on their way in. Decides whether they are gzip (by header or magic number), hashes them as they
 * came, and unpacks them within bounds. Refuses a body that ends early, is not the gzip it says it is, or expands like a bomb.
 */
import { createHash } from 'node:crypto'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { RequestError } from '../../core/errors.ts'

/** Bytes a gzip may expand to whatever its ratio: small files of one long run are no bomb. */
const FREE_EXPANSION = 64 * 1024 * 1024

export interface BodyReader {
  /** the unpacked bytes, to be read to the end */
  readonly chunks: AsyncIterable<Uint8Array>
  /** SHA-256 of the body as it came, and its length: known once the chunks are read */
  digest(): { readonly sha256: Buffer; readonly bytes: number }
}

/** Counts and hashes what comes; a sender that goes away in the middle becomes 'truncated'. */
async function* arriving(body: Readable, seen: (chunk: Buffer) => void, maximum: number): AsyncGenerator<Buffer> {
  let total = 0
  try {
    for await (const chunk of body) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array) // a binary stream gives nothing else
      total += bytes.length
      if (total > maximum) throw new RequestError('too-large')
      seen(bytes)
      yield bytes
    }
  } catch (error) {
    throw error instanceof RequestError
      ? error
      : new RequestError('truncated', 'Send the file again under the same Idempotency-Key.', error)
  }
}

/** The chunks with the first one peeked at. */
async function startOf(chunks: AsyncGenerator<Buffer>): Promise<{ magic: boolean; all: AsyncGenerator<Buffer> }> {
  const head: Buffer[] = []
  let length = 0
  while (length < 2) {
    const next = await chunks.next()
    if (next.done === true) break
    head.push(next.value)
    length += next.value.length
  }
  const first = Buffer.concat(head)
  async function* all(): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first
    yield* chunks
  }
  return { magic: first.length >= 2 && first[0] === 0x1f && first[1] === 0x8b, all: all() }
}

async function* unpacked(packed: AsyncGenerator<Buffer>, expansion: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  const out = new PassThrough({ highWaterMark: 1024 * 1024 })
  const flow = pipeline(packed, gunzip, out)
  // The reading loop below meets the same failure; this keeps it from counting as unhandled before the loop gets there.
  flow.catch(() => undefined)
  let total = 0
  try {
    for await (const chunk of out) {
      const bytes = chunk as Buffer // a PassThrough of Buffers gives Buffers
      total += bytes.length
      if (total > FREE_EXPANSION && total > gunzip.bytesWritten * expansion) throw new RequestError('decompression-bomb')
      yield bytes
    }
    await flow
  } catch (error) {
    throw gzipFault(error)
  }
}

function gzipFault(error: unknown): unknown {
  if (error instanceof RequestError) return error
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'Z_BUF_ERROR') return new RequestError('truncated', 'The gzip ends early: send the file again.', error)
  return typeof code === 'string' && code.startsWith('Z_') ? new RequestError('not-gzip', undefined, error) : error
}

/** `gzip` true when the sender said so; a body that begins like gzip is unpacked anyway. */
export async function readBody(
  body: Readable,
  said: { readonly gzip: boolean },
  limits: { readonly expansion: number; readonly uploadBytes: number }
): Promise<BodyReader> {
  const hash = createHash('sha256')
  let bytes = 0
  const seen = (chunk: Buffer): void => {
    hash.update(chunk)
    bytes += chunk.length
  }
  const { magic, all } = await startOf(arriving(body, seen, limits.uploadBytes))
  if (said.gzip && !magic) throw new RequestError('not-gzip')
  return { chunks: magic ? unpacked(all, limits.expansion) : all, digest: () => ({ sha256: hash.digest(), bytes }) }
}
