/**
 * How records rest between the two passes. A frame is one record: who it is, whose it is, and its text; a segment is the
 * frames of one part that belong to one subject bucket, compressed and sealed. The index says which segments a file has.
 * Refuses frames that do not add up (an integrity fault: the bytes were authenticated).
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { lengthPrefixed, sha256 } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import { isExact } from '../core/fhir/exact.ts'
import type { Belonging, Identity } from '../core/fhir/resource.ts'
import { openSegment, sealSegment } from '../seal/segment.ts'
import type { GrowingBytes } from './growing.ts'

/** Subjects are spread over this many buckets, so that a worker holds whole subjects and 1/128 of the raw bytes. */
export const BUCKETS = 128

/** One record as kept: `subject` null for shared types. */
export interface Frame {
  readonly subject: { readonly base: string; readonly id: string } | null
  readonly base: string
  readonly type: string
  readonly id: string
  readonly text: Uint8Array
  /** Some number of it must keep its text (core/fhir/exact.ts): asked once, when the record is accepted, not in each release of it. */
  readonly exact: boolean
}

/** The bucket of a record: all records of a subject in one, over all uploads and submissions. */
export function bucketOf(identity: Identity, belonging: Belonging): number {
  const owner = belonging.of === 'subject' ? belonging.subject : identity
  return (sha256(lengthPrefixed(owner.party, owner.base, owner.type, owner.id))[0] as number) % BUCKETS // a digest has 32 bytes
}

/** Writes a frame: u32 length of the head, u32 length of the text, head (JSON), text. */
export function writeFrame(out: GrowingBytes, { subject, base, type, id }: Omit<Frame, 'text' | 'exact'>, text: string): void {
  const at = out.length
  out.uint32(0)
  out.uint32(0)
  out.setUint32(out.text(JSON.stringify([subject?.base ?? null, subject?.id ?? null, base, type, id, isExact(text)])), at)
  out.setUint32(out.text(text), at + 4)
}

/** The frames of an opened segment, their texts views of it. */
export function* framesOf(segment: Buffer): Generator<Frame> {
  let at = 0
  while (at < segment.length) {
    const head = segment.readUInt32LE(at)
    const length = segment.readUInt32LE(at + 4)
    const start = at + 8 + head
    if (start + length > segment.length) throw new IntegrityError('seal-broken', { segment: 'frames do not add up' })
    const parsed: unknown = JSON.parse(segment.toString('utf8', at + 8, start))
    const [subjectBase, subjectId, base, type, id, exact] = parsed as [string | null, string | null, string, string, string, boolean] // written by writeFrame, authenticated since
    const subject = subjectBase === null || subjectId === null ? null : { base: subjectBase, id: subjectId }
    yield { subject, base, type, id, text: segment.subarray(start, start + length), exact }
    at = start + length
  }
}

function placeOf(upload: string, part: number, bucket: number): Buffer {
  return lengthPrefixed('upload segment', upload, String(part), String(bucket))
}

/** Compression of what rests inside the gateway: zstd 1, 690 MB/s against 400 of gzip 1. */
export function pack(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
}

export function unpack(packed: Uint8Array): Buffer {
  return zstdDecompressSync(packed)
}

/** Compresses and seals, bound to upload, part and bucket. */
export function packSegment(key: Uint8Array, upload: string, part: number, bucket: number, frames: Uint8Array): Buffer {
  return sealSegment(key, placeOf(upload, part, bucket), pack(frames))
}

export function unpackSegment(key: Uint8Array, upload: string, part: number, bucket: number, sealed: Uint8Array): Buffer {
  return unpack(openSegment(key, placeOf(upload, part, bucket), sealed))
}

/** One segment of an upload file; segments lie one behind the other in index order. */
export interface SegmentPlace {
  readonly bucket: number
  readonly part: number
  readonly length: number
  readonly records: number
}

const PLACE = 14

export function encodeIndex(places: readonly SegmentPlace[]): Buffer {
  const bytes = Buffer.allocUnsafe(places.length * PLACE)
  places.forEach((place, n) => {
    bytes.writeUInt16LE(place.bucket, n * PLACE)
    bytes.writeUInt32LE(place.part, n * PLACE + 2)
    bytes.writeUInt32LE(place.length, n * PLACE + 6)
    bytes.writeUInt32LE(place.records, n * PLACE + 10)
  })
  return bytes
}

/** The segments of one bucket, each with its offset in the file. */
export function segmentsOf(index: Buffer, bucket: number): (SegmentPlace & { offset: number })[] {
  const found: (SegmentPlace & { offset: number })[] = []
  let offset = 0
  for (let at = 0; at < index.length; at += PLACE) {
    const length = index.readUInt32LE(at + 6)
    if (index.readUInt16LE(at) === bucket)
      found.push({ bucket, part: index.readUInt32LE(at + 2), length, records: index.readUInt32LE(at + 10), offset })
    offset += length
  }
  return found
}

/** Which buckets an index has segments for. */
export function bucketsIn(index: Buffer): Set<number> {
  const buckets = new Set<number>()
  for (let at = 0; at < index.length; at += PLACE) buckets.add(index.readUInt16LE(at))
  return buckets
}
