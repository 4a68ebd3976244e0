/**
 * ACCEPT, one part: bytes → validated records → grouped by subject bucket → compressed, sealed segments. Runs in a worker thread.
 * Decides nothing by itself: core/fhir reads, identifies and refuses. What leaves the thread is encrypted.
 */
import type { Code } from '../core/errors.ts'
import { nameRows, typeOfName } from '../core/fhir/names.ts'
import { namesOf, readPart } from '../core/fhir/part.ts'
import { TYPES } from '../core/fhir/types.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { unwrapLocal } from '../seal/local.ts'
import { bucketOf, packSegment, type SegmentPlace, writeFrame } from './frames.ts'
import { GrowingBytes } from './growing.ts'
import type { PartResult, PartTask, ReadLimits } from './house.ts'

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

interface Filling {
  readonly frames: GrowingBytes
  records: number
}

/** Reads, validates, identifies, groups and seals the records of a part. */
export function readPartTask(ring: KeyRing, limits: ReadLimits, task: PartTask): PartResult {
  const buckets = new Map<number, Filling>()
  const rejected: { line: number; path: string; code: Code }[] = []
  let received = 0
  const { names } = task
  const numberOf = rememberedBuckets()
  const sender = { party: task.party, ownBases: task.ownBases }
  readPart(task, limits, sender, (name) => (names === null ? undefined : typeOfName(names, name, RESOURCE_TYPES)), {
    keep({ identity, belonging, text }) {
      received += 1
      const number = numberOf(identity, belonging)
      let bucket = buckets.get(number)
      if (bucket === undefined) {
        bucket = { frames: new GrowingBytes(16 * 1024), records: 0 }
        buckets.set(number, bucket)
      }
      const subject = belonging.of === 'subject' ? { base: belonging.subject.base, id: belonging.subject.id } : null
      writeFrame(bucket.frames, { subject, base: identity.base, type: identity.type, id: identity.id }, text)
      bucket.records += 1
    },
    refuse(refused) {
      received += 1
      rejected.push(refused)
    }
  })
  return { ...seal(ring, task, buckets), received, rejected }
}

function seal(ring: KeyRing, task: PartTask, buckets: ReadonlyMap<number, Filling>): Pick<PartResult, 'sealed' | 'places'> {
  const key = unwrapLocal(ring.wrapping, ['submission', task.submission], task.sealedKey)
  const sealed: Buffer[] = []
  const places: SegmentPlace[] = []
  for (const [bucket, { frames, records }] of [...buckets].sort(([a], [b]) => a - b)) {
    const segment = packSegment(key, task.upload, task.part, bucket, frames.bytes)
    sealed.push(segment)
    places.push({ bucket, part: task.part, length: segment.length, records })
  }
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
