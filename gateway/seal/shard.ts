/**
 * Shards: the files of a dataset as they are sealed. Decides what a shard is bound to (dataset, name, type) and measures it, sealed
 * and plain, for the statement. Refuses, in opening, a shard of which the last tag or any size or hash does not agree, with one code;
 * open.ts keeps what was opened out of sight until then.
 */
import { createHash } from 'node:crypto'
import { lengthPrefixed } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import type { ShardRow } from '../core/log/statement.ts'
import { ChunkedOpener, ChunkedSealer } from './chunked.ts'

/** The context under which a shard is sealed: it opens as no other shard of no other dataset. */
export function shardContext(dataset: string, name: string, type: string): Buffer {
  return lengthPrefixed(dataset, name, type)
}

/** Sizes in bytes; hashes in hex. What the statement says of a shard. */
export type ShardMeasure = Pick<ShardRow, 'bytes' | 'sha256' | 'plainBytes' | 'plainSha256'>

/** Bytes in, bytes out, and the last bytes at the end: what seals or opens, whatever the sealed form. */
export interface Stage {
  push(bytes: Uint8Array): Uint8Array
  end(): Uint8Array
}

/** Transport-only: bytes pass as they are, and only the hashes speak. */
export function passing(): Stage {
  return { push: (bytes) => bytes, end: () => Buffer.alloc(0) }
}

/** Seals a shard in the form c2sp. `dataKey`: 32 bytes, of this dataset. */
export function shardSealer(dataKey: Uint8Array, dataset: string, shard: Pick<ShardRow, 'name' | 'type'>): Stage {
  return new ChunkedSealer(dataKey, shardContext(dataset, shard.name, shard.type))
}

/** Opens a shard in the form c2sp. */
export function shardOpener(dataKey: Uint8Array, dataset: string, shard: Pick<ShardRow, 'name' | 'type'>): Stage {
  return new ChunkedOpener(dataKey, shardContext(dataset, shard.name, shard.type))
}

/** Seals one attempt at one shard, and measures it. Owns the stage given: use both once. */
export class ShardSealer {
  readonly #stage: Stage
  readonly #sealed = createHash('sha256')
  readonly #plain = createHash('sha256')
  #bytes = 0
  #plainBytes = 0

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Bytes to write now, perhaps none. */
  push(plain: Uint8Array): Uint8Array {
    this.#plain.update(plain)
    this.#plainBytes += plain.length
    return this.#count(this.#stage.push(plain))
  }

  /** The last bytes to write, and the measure of the whole. */
  end(): { readonly last: Uint8Array; readonly measure: ShardMeasure } {
    const last = this.#count(this.#stage.end())
    const measure = {
      bytes: this.#bytes,
      sha256: this.#sealed.digest('hex'),
      plainBytes: this.#plainBytes,
      plainSha256: this.#plain.digest('hex')
    }
    return { last, measure }
  }

  #count(sealed: Uint8Array): Uint8Array {
    this.#sealed.update(sealed)
    this.#bytes += sealed.length
    return sealed
  }
}

/**
 * Plain bytes of a sealed file, checked against its measure: sizes and hashes, sealed and plain. The bytes before the end are authentic
 * but not known to be whole: keep them out of sight until the generator returns. Throws IntegrityError seal-broken, whatever went wrong.
 */
export async function* openedBytes(source: AsyncIterable<Uint8Array>, opener: Stage, measure: ShardMeasure): AsyncGenerator<Uint8Array> {
  const sealedHash = createHash('sha256')
  const plainHash = createHash('sha256')
  let [bytes, plainBytes] = [0, 0]
  for await (const sealed of source) {
    bytes += sealed.length
    // Longer than stated: stop, instead of opening without end.
    if (bytes > measure.bytes) throw new IntegrityError('seal-broken')
    sealedHash.update(sealed)
    const plain = opener.push(sealed)
    plainBytes += plain.length
    plainHash.update(plain)
    if (plain.length > 0) yield plain
  }
  const last = opener.end()
  plainBytes += last.length
  plainHash.update(last)
  if (last.length > 0) yield last
  const agrees =
    bytes === measure.bytes &&
    plainBytes === measure.plainBytes &&
    sealedHash.digest('hex') === measure.sha256 &&
    plainHash.digest('hex') === measure.plainSha256
  if (!agrees) throw new IntegrityError('seal-broken')
}
