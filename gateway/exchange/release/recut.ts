/**
 * RELEASE, one bucket of a dataset that is cut again: the segments of the one that was withdrawn, opened, without the lines of whoever is out by now, sealed
 * for the new. What was sent need not be there any more. Runs in a worker thread; the gate judges all of it anew. Refuses a bucket that is not there.
 */
import { randomUUID } from 'node:crypto'
import { IntegrityError } from '../../core/errors.ts'
import type { Party } from '../../generated/policy.ts'
import { openSegment, sealSegment } from '../../seal/segment.ts'
import { Draft, openStored, readExactly } from '../../store/directory.ts'
import { type DisclosureRow, findDisclosure } from '../../store/disclosures.ts'
import { type BucketRow, type insertBucket, listBuckets, type Segment } from '../../store/results.ts'
import { optedOutAmong, termsOf } from '../consent/consent.ts'
import { datasetKeys } from '../dataset-keys.ts'
import { pack, unpack } from '../frames.ts'
import type { BucketTask, Rooms } from '../house.ts'
import { enforced, type PolicyCache } from '../policy-cache.ts'
import { total } from '../tallies.ts'
import { type BucketSubjects, linesPlace, openSubjects, sealSubjects } from './subjects.ts'

type Row = Parameters<typeof insertBucket>[1]
type Commit = (row: Row) => Promise<void>

/** What cutting again stands on. */
interface Bench extends Rooms {
  readonly cache: PolicyCache
  readonly parties: ReadonlyMap<string, Party>
}

const NEWLINE = 0x0a

/** The lines of those who stay, in their order. `out`: by place in the index. */
function linesLeft(plain: Buffer, { types, subjects }: BucketSubjects, type: string, out: ReadonlySet<number>): Buffer {
  const t = types.indexOf(type)
  const left: Buffer[] = []
  let at = 0
  subjects.forEach(({ lines }, n) => {
    for (let line = 0; line < (lines[t] ?? 0); line += 1) {
      const end = plain.indexOf(NEWLINE, at)
      if (end < 0) throw new IntegrityError('internal', { bucket: 'lines and index differ' })
      if (!out.has(n)) left.push(plain.subarray(at, end + 1))
      at = end + 1
    }
  })
  if (at !== plain.length) throw new IntegrityError('internal', { bucket: 'lines and index differ' })
  return Buffer.concat(left)
}

/** Places in the index of those who are out of the dataset by now. */
async function outOf(bench: Bench, disclosure: DisclosureRow, { subjects }: BucketSubjects, now: string): Promise<Set<number>> {
  const { agreement } = await enforced(bench.cache, bench.pool, disclosure)
  const out = await optedOutAmong(bench.pool, bench.ring, termsOf(disclosure, agreement, bench.parties, now), subjects)
  return new Set(subjects.flatMap(({ consents }, n) => (consents.some((name) => out.has(name)) ? [n] : [])))
}

/** How a bucket is opened, and sealed again under another name. */
interface Keys {
  readonly from: { readonly id: string; readonly key: Uint8Array }
  readonly to: { readonly id: string; readonly key: Uint8Array }
}

async function writeLeft(
  bench: Bench,
  draft: Draft,
  bucket: BucketRow,
  { from, to }: Keys,
  left: (plain: Buffer, type: string) => Buffer
): Promise<Segment[]> {
  const index: Segment[] = []
  if (bucket.index.length === 0) return index
  const stored = await openStored(bench.folder, 'buckets', bucket.file)
  try {
    for (const { type, offset, length } of bucket.index) {
      const packed = openSegment(from.key, linesPlace(from.id, bucket.bucket, type), await readExactly(stored, offset, length))
      const plain = left(unpack(packed), type)
      const sealed = sealSegment(to.key, linesPlace(to.id, bucket.bucket, type), pack(plain))
      const records = plain.reduce((n, byte) => (byte === NEWLINE ? n + 1 : n), 0)
      index.push({ type, offset: draft.size, length: sealed.length, records, plainBytes: plain.length })
      await draft.append(sealed)
    }
  } finally {
    await stored.close()
  }
  return index
}

/** The records of whoever is out, counted as withheld now. */
function countsWithout(bucket: BucketRow, { subjects }: BucketSubjects, out: ReadonlySet<number>): BucketRow['counts'] {
  const dropped = [...out].reduce((sum, n) => {
    const { lines = [], counted } = subjects[n] ?? {}
    return sum + lines.reduce((lineSum, count) => lineSum + count, 0) + (counted?.records ?? 0)
  }, 0)
  const withheld = { ...bucket.counts.withheld, 'opted-out': (bucket.counts.withheld['opted-out'] ?? 0) + dropped }
  const optedOut = (bucket.counts.optedOut ?? 0) + out.size
  return { ...bucket.counts, withheld: total(withheld) === 0 ? {} : withheld, optedOut }
}

/** Cuts one bucket again and commits its row, or leaves nothing. */
export async function recutBucket(bench: Bench, { bucket: number, now }: BucketTask, to: DisclosureRow, commit: Commit): Promise<void> {
  const from = await findDisclosure(bench.pool, to.recut_of ?? '')
  const [bucket] = from === null ? [] : await listBuckets(bench.pool, from.id, number, number)
  if (from === null || bucket === undefined) throw new IntegrityError('internal', { dataset: to.id, bucket: 'nothing to cut' })
  const keys: Keys = {
    from: { id: from.id, key: datasetKeys(bench.ring, from).segments },
    to: { id: to.id, key: datasetKeys(bench.ring, to).segments }
  }
  const rows = openSubjects(keys.from.key, from.id, number, bucket.subjects)
  const out = await outOf(bench, to, rows, now)
  const file = randomUUID()
  const draft = await Draft.begin(bench.folder, 'buckets', file)
  let index: Segment[]
  try {
    index = await writeLeft(bench, draft, bucket, keys, (plain, type) => linesLeft(plain, rows, type, out))
    await draft.keep()
  } catch (error) {
    await draft.drop()
    throw error
  }
  const left = { types: rows.types, subjects: rows.subjects.filter((_row, n) => !out.has(n)) }
  await commit({
    disclosure: to.id,
    bucket: number,
    file,
    index,
    counts: countsWithout(bucket, rows, out),
    subjects: sealSubjects(keys.to.key, to.id, number, left)
  })
}
