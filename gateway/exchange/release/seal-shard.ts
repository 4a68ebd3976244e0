/**
 * RELEASE, one shard: the bucket files become one sealed file of one resource type, suppressed subjects cut out by index, generalised
 * ones coarsened. Runs in a worker thread. Only what the gate cleared gets here: the levels are read from the rows it committed.
 * A shard is gzip members one behind the other (RFC 1952 §2.2), one a bucket; each attempt is a new file under a fresh salt.
 */
import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { createCoarsener } from '../../core/deidentify/coarsen.ts'
import { coarseningAt, columnsOf } from '../../core/deidentify/node.ts'
import { Cleared } from '../../core/disclosure.ts'
import { IntegrityError } from '../../core/errors.ts'
import type { Agreement } from '../../generated/policy.ts'
import { cmsSealer } from '../../seal/cms.ts'
import type { PublicJwk } from '../../seal/keyring.ts'
import { openSegment } from '../../seal/segment.ts'
import { ShardSealer, type Stage, shardSealer } from '../../seal/shard.ts'
import { Draft, openStored, readExactly } from '../../store/directory.ts'
import { findDisclosure, moveDisclosure, shardDone } from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import { type BucketRow, bucketPages, findShard, keepShard, type Segment, type ShardRow } from '../../store/results.ts'
import { addWork, finishWork } from '../../store/work.ts'
import { commitFile } from '../commit-file.ts'
import { type DatasetKeys, datasetKeys } from '../dataset-keys.ts'
import { unpack } from '../frames.ts'
import type { SpareBytes } from '../growing.ts'
import type { ShardTask } from '../house.ts'
import { type Enforced, enforced } from '../policy-cache.ts'
import type { Bench } from './bucket.ts'
import { FULL, GENERALIZED, nodeIndex, SUPPRESSED } from './levels.ts'
import { linesPlace, openSubjects } from './subjects.ts'

const NEWLINE = 0x0a

/** The level of each line of `type` in the bucket's file: lines lie in the order of the subjects. */
function levelsOfLines(bucket: BucketRow, key: Uint8Array, type: string): Uint8Array {
  const { types, subjects } = openSubjects(key, bucket.disclosure, bucket.bucket, bucket.subjects)
  if (bucket.levels === null || bucket.levels.length !== subjects.length)
    throw new IntegrityError('internal', { bucket: String(bucket.bucket), gate: 'not judged' })
  const t = types.indexOf(type)
  const levels: number[] = []
  subjects.forEach((row, n) => {
    for (let line = 0; line < (row.lines[t] ?? 0); line += 1) levels.push(bucket.levels?.[n] ?? SUPPRESSED)
  })
  return Uint8Array.from(levels)
}

/** The gzip member of what is released of a bucket's lines, and how many lines that is. Lines that leave as they are are never made strings. */
export function released(
  spare: SpareBytes,
  coarsen: (line: string, level: number) => string,
  plain: Buffer,
  levels: Uint8Array
): { member: Buffer; records: number } {
  const out = spare.take()
  try {
    let records = 0
    let at = 0
    for (const level of levels) {
      const end = plain.indexOf(NEWLINE, at)
      if (end < 0) throw new IntegrityError('internal', { shard: 'lines and index differ' })
      if (level === FULL) out.append(plain.subarray(at, end + 1))
      else if (level !== SUPPRESSED) out.text(`${coarsen(plain.toString('utf8', at, end), level)}\n`)
      if (level !== SUPPRESSED) records += 1
      at = end + 1
    }
    if (at !== plain.length) throw new IntegrityError('internal', { shard: 'lines and index differ' })
    return { member: records === 0 ? Buffer.alloc(0) : gzipSync(out.bytes, { level: 1 }), records }
  } finally {
    spare.give(out)
  }
}

async function readSegment(bench: Bench, file: string, segment: Segment): Promise<Buffer> {
  const handle = await openStored(bench.folder, 'buckets', file)
  try {
    return await readExactly(handle, segment.offset, segment.length)
  } finally {
    await handle.close()
  }
}

interface Sealed {
  readonly records: number
  readonly bytes: number
  readonly sha256: Buffer
  readonly plainBytes: number
  readonly plainSha256: Buffer
}

/** What is sealed, and the recipient's key where the form is sealed to it. */
interface Piece {
  readonly shard: ShardRow
  readonly recipientKey: PublicJwk | null
}

/** What seals a shard of the agreement's form. */
function stageOf({ sealedForm }: Agreement, dataset: string, { shard, recipientKey }: Piece, keys: DatasetKeys): Stage {
  // transport-only rests sealed, too: under a key the gateway keeps
  if (sealedForm !== 'cms') return shardSealer(keys.data, dataset, shard)
  if (recipientKey === null) throw new IntegrityError('internal', { shard: 'no key to seal to' })
  return cmsSealer(recipientKey)
}

/** A line at the level its subject was cleared for. What was counted is told or hidden: nothing in between was cleared. */
export function coarsenerOf(policies: Enforced, gate: object | null, type: string): (line: string, level: number) => string {
  const neither = (): never => {
    throw new IntegrityError('internal', { gate: 'cannot be generalised' })
  }
  if (policies.kind !== 'records') return neither
  const { engine, profile } = policies
  const generalized = createCoarsener(engine, type)
  const nodes = (gate as { nodes?: readonly (readonly number[])[] } | null)?.nodes ?? [] // written by the gate step only
  const columns = profile.risk === undefined ? [] : columnsOf(profile.risk)
  const atNodes = nodes.map((node) => createCoarsener(engine, type, coarseningAt(columns, node)))
  return (line, level) => {
    const index = nodeIndex(level)
    const coarsen = index === null ? (level === GENERALIZED ? generalized : neither) : (atNodes[index] ?? neither)
    return coarsen(line)
  }
}

/** Writes the sealed shard into `draft`. Takes only what the gate cleared. */
export async function sealInto(bench: Bench, draft: Draft, cleared: Cleared, piece: Piece): Promise<Sealed> {
  const policies = await enforced(bench.cache, bench.pool, cleared.row)
  const keys = datasetKeys(bench.ring, cleared.row)
  const sealer = new ShardSealer(stageOf(policies.agreement, cleared.dataset, piece, keys))
  const { shard } = piece
  const coarsen = coarsenerOf(policies, cleared.row.gate, shard.type)
  let records = 0
  for await (const bucket of bucketPages(bench.pool, cleared.dataset, shard.first_bucket, shard.last_bucket)) {
    const segment = bucket.index.find((entry) => entry.type === shard.type)
    if (segment === undefined) continue
    const packed = openSegment(
      keys.segments,
      linesPlace(cleared.dataset, bucket.bucket, shard.type),
      await readSegment(bench, bucket.file, segment)
    )
    const part = released(bench.spare, coarsen, unpack(packed), levelsOfLines(bucket, keys.segments, shard.type))
    records += part.records
    if (part.member.length > 0) await draft.append(sealer.push(part.member))
  }
  const { last, measure } = sealer.end()
  await draft.append(last)
  const { bytes, plainBytes } = measure
  return { records, bytes, plainBytes, sha256: Buffer.from(measure.sha256, 'hex'), plainSha256: Buffer.from(measure.plainSha256, 'hex') }
}

/** Seals shard `part` and commits its row, or leaves nothing. */
export async function sealShard(bench: Bench, { part, recipientKey, ...ref }: ShardTask): Promise<void> {
  const disclosure = await findDisclosure(bench.pool, ref.disclosure)
  const shard = await findShard(bench.pool, ref.disclosure, part)
  if (disclosure === null || disclosure.state !== 'sealing' || shard === null) {
    await finishWork(bench.pool, ref.work, ref.replica)
    return
  }
  const file = randomUUID()
  const draft = await Draft.begin(bench.folder, 'shards', file)
  let sealed: Sealed
  try {
    sealed = await sealInto(bench, draft, Cleared.parse(disclosure), { shard, recipientKey })
    await draft.keep()
  } catch (error) {
    await draft.drop()
    throw error
  }
  await commitFile(bench.folder, 'shards', file, () =>
    transaction(bench.pool, async (client) => {
      if ((await finishWork(client, ref.work, ref.replica)) !== 1) return null
      if ((await keepShard(client, { disclosure: disclosure.id, part, file, ...sealed })) !== 1) return null
      if ((await shardDone(client, disclosure.id)) === 0) {
        await moveDisclosure(client, disclosure.id, ['sealing'], 'recording')
        await addWork(client, 'record', disclosure.id, [0])
      }
      return file
    })
  )
}
