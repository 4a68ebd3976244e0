/**
 * ACCEPT, one part: bytes → validated records → grouped by subject bucket → compressed, sealed segments. Runs in a worker thread.
 * Decides nothing by itself: core/fhir reads, identifies and refuses. What leaves the thread is encrypted.
 */
import type { Said } from '../../core/consent/consent.ts'
import type { Code } from '../../core/errors.ts'
import { nameRows, typeOfName } from '../../core/fhir/names.ts'
import { namesOf, readPart } from '../../core/fhir/part.ts'
import { TYPES } from '../../core/fhir/types.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { unwrapLocal } from '../../seal/local.ts'
import { saidInRecord } from '../consent/submitted-consents.ts'
import { bucketOf, packSegment, type SegmentPlace, writeFrame } from '../frames.ts'
import type { GrowingBytes, SpareBytes } from '../growing.ts'
import { MAX_ISSUES, type PartResult, type PartTask, type ReadLimits } from '../house.ts'

/** The resource types, in the one order both sides number them by. */
const RESOURCE_TYPES: readonly string[] = [...TYPES.values()].filter((type) => type.kind === 'resource').map((type) => type.name)

/** bucketOf, remembered for a part: its records are of few subjects. */
function rememberedBuckets(): typeof bucketOf {
  const known = new Map<string, number>()
  return (identity, belonging) => {
    const owner = belonging.of === 'subject' ? belonging.subject : identity
    const name = `${owner.base}\n${owner.type}\n${owner.id}`
    let number = known.get(name)
    if (number === undefined) {
      number = bucketOf(identity, belonging)
      known.set(name, number)
    }
    return number
  }
}

/** Where the frames of a bucket stand in the part's one buffer: start and end of each. */
interface Filling {
  readonly spans: number[]
  records: number
}

/** Reads, validates, identifies, groups and seals the records of a part. */
export function readPartTask(ring: KeyRing, limits: ReadLimits, spare: SpareBytes, task: PartTask): PartResult {
  const frames = spare.take()
  try {
    const buckets = new Map<number, Filling>()
    const read = readFrames(ring, limits, task, frames, buckets)
    return { ...seal(ring, task, frames.bytes, buckets), ...read }
  } finally {
    spare.give(frames)
  }
}

function readFrames(
  ring: KeyRing,
  limits: ReadLimits,
  task: PartTask,
  frames: GrowingBytes,
  buckets: Map<number, Filling>
): Pick<PartResult, 'received' | 'rejected' | 'issues' | 'said'> {
  const rejected: Record<string, number> = {}
  const issues: { line: number; path: string; code: Code }[] = []
  const said: Said[] = []
  let received = 0
  const { names, sentBy, ownBases } = task
  const numberOf = rememberedBuckets()
  const sender = { party: task.party, ownBases: task.ownBases }
  readPart(task, limits, sender, (name) => (names === null ? undefined : typeOfName(names, name, RESOURCE_TYPES)), {
    keep({ line, identity, belonging, resource, text }) {
      received += 1
      const number = numberOf(identity, belonging)
      let bucket = buckets.get(number)
      if (bucket === undefined) {
        bucket = { spans: [], records: 0 }
        buckets.set(number, bucket)
      }
      const subject = belonging.of === 'subject' ? { base: belonging.subject.base, id: belonging.subject.id } : null
      const start = frames.length
      writeFrame(frames, { subject, base: identity.base, type: identity.type, id: identity.id }, text)
      bucket.spans.push(start, frames.length)
      bucket.records += 1
      if (belonging.of === 'subject')
        said.push(...saidInRecord(ring, { identity, patient: belonging.subject, consent: resource, sentBy, ownBases, line }))
    },
    refuse(refused) {
      received += 1
      rejected[refused.code] = (rejected[refused.code] ?? 0) + 1
      if (issues.length < MAX_ISSUES) issues.push(refused)
    }
  })
  return { received, rejected, issues, said }
}

/** The frames of a bucket, together; neighbours are not copied one by one. */
function framesOfBucket(frames: Buffer, spans: readonly number[]): Buffer {
  const runs: Buffer[] = []
  for (let at = 0; at < spans.length; ) {
    const start = spans[at] ?? 0
    let end = spans[at + 1] ?? 0
    for (at += 2; spans[at] === end; at += 2) end = spans[at + 1] ?? 0
    runs.push(frames.subarray(start, end))
  }
  return runs.length === 1 ? (runs[0] as Buffer) : Buffer.concat(runs)
}

function seal(ring: KeyRing, task: PartTask, frames: Buffer, buckets: ReadonlyMap<number, Filling>): Pick<PartResult, 'sealed' | 'places'> {
  const key = unwrapLocal(ring.wrapping, ['submission', task.submission], task.sealedKey)
  const sealed: Buffer[] = []
  const places: SegmentPlace[] = []
  for (const [bucket, { spans, records }] of [...buckets].sort(([a], [b]) => a - b)) {
    const segment = packSegment(key, task.upload, task.part, bucket, framesOfBucket(frames, spans))
    sealed.push(segment)
    places.push({ bucket, part: task.part, length: segment.length, records })
  }
  // A buffer of its own, so that it can be handed to the other thread.
  const all = new Uint8Array(sealed.reduce((sum, segment) => sum + segment.length, 0))
  let at = 0
  for (const segment of sealed) {
    all.set(segment, at)
    at += segment.length
  }
  return { sealed: all, places }
}

/** The names of a part of Bundle entries, as rows for the shared table. */
export function readNamesTask(limits: ReadLimits, part: Pick<PartTask, 'kind' | 'firstLine' | 'bytes' | 'offsets'>): Uint8Array {
  return nameRows(namesOf(part, limits), RESOURCE_TYPES)
}
