/**
 * The bytes of a shard as they leave: what is sealed for the recipient as it lies there, what is transport-only opened as it goes. Decides nothing; takes only
 * what the log holds.
 */
import { Readable } from 'node:stream'
import type { Recorded } from '../../core/disclosure.ts'
import type { Agreement } from '../../generated/policy.ts'
import { openedBytes, shardOpener } from '../../seal/shard.ts'
import { openStored } from '../../store/directory.ts'
import type { ShardRow } from '../../store/results.ts'
import { datasetKeys } from '../dataset-keys.ts'
import type { House } from '../house.ts'

/** The bytes of a shard as they leave. Takes only what the log holds. */
export function forwardShard(
  house: House,
  recorded: Recorded,
  shard: ShardRow,
  offset: number,
  form: Agreement['sealedForm']
): Promise<Readable> {
  return form === 'transport-only' ? clearStream(house, recorded, shard, offset) : sealedStream(house, shard, offset)
}

async function sealedStream(house: House, shard: ShardRow, offset: number): Promise<Readable> {
  const handle = await openStored(house.folder, 'shards', shard.file ?? '')
  return handle.createReadStream({ start: offset, highWaterMark: 256 * 1024 })
}

/** The gzip of a transport-only shard, opened as it goes; the first `offset` bytes are opened and dropped. */
async function clearStream(house: House, recorded: Recorded, shard: ShardRow, offset: number): Promise<Readable> {
  const source = await sealedStream(house, shard, 0)
  const opener = shardOpener(datasetKeys(house.ring, recorded.row).data, recorded.dataset, shard)
  const measure = {
    bytes: shard.bytes ?? 0,
    sha256: shard.sha256?.toString('hex') ?? '',
    plainBytes: shard.plain_bytes ?? 0,
    plainSha256: shard.plain_sha256?.toString('hex') ?? ''
  }
  async function* from(): AsyncGenerator<Uint8Array> {
    let left = offset
    for await (const plain of openedBytes(source, opener, measure)) {
      const skip = Math.min(left, plain.length)
      left -= skip
      if (skip < plain.length) yield plain.subarray(skip)
    }
  }
  return Readable.from(from(), { objectMode: false, highWaterMark: 256 * 1024 })
}
