/**
 * One bucket of a disclosure, brought together: the segments of every upload that belong to it, opened, and their records grouped
 * by whose they are. Decides which copy of a record counts: the last sent. Memory is one bucket's raw bytes; records are views.
 */

import { IntegrityError } from '../../core/errors.ts'
import type { Identity } from '../../core/fhir/resource.ts'
import { unwrapLocal } from '../../seal/local.ts'
import { openStored, readExactly } from '../../store/directory.ts'
import { submissionsOfDisclosure } from '../../store/submissions.ts'
import { uploadsOfDisclosure } from '../../store/uploads.ts'
import { type Frame, framesOf, segmentsOf, unpackSegment } from '../frames.ts'
import type { Rooms } from '../house.ts'

const DAY_MS = 86_400_000

/** The submission that a record came in. */
export interface Sent {
  readonly submission: string
  /** days since 1970 */
  readonly arrived: number
}

export interface Kept {
  readonly identity: Identity
  readonly from: Sent
  readonly text: Uint8Array
  readonly exact: boolean
}

/** The records of one subject, or the shared records of one sender (`subject` null). */
export interface Group {
  readonly subject: Identity | null
  readonly party: string
  readonly records: Map<string, Kept>
  /** Patients that a later one of the same name replaced: two people, if a Bundle's name was used twice */
  readonly replaced: Kept[]
  /** copies that a later one of the same record replaced */
  superseded: number
  /** of these, by submission, copies whose later one came in the same */
  readonly again: Map<string, number>
}

/** Adds a record to the group it belongs to. */
export function addFrame(groups: Map<string, Group>, party: string, from: Sent, frame: Frame): void {
  const subject = frame.subject === null ? null : { party, base: frame.subject.base, type: 'Patient', id: frame.subject.id }
  const key = JSON.stringify([party, subject?.base ?? null, subject?.id ?? null])
  let group = groups.get(key)
  if (group === undefined) {
    group = { subject, party, records: new Map(), replaced: [], superseded: 0, again: new Map() }
    groups.set(key, group)
  }
  const record = `${frame.base}\n${frame.type}\n${frame.id}`
  const before = group.records.get(record)
  if (before !== undefined) {
    group.records.delete(record)
    group.superseded += 1
    if (before.from.submission === from.submission) group.again.set(from.submission, (group.again.get(from.submission) ?? 0) + 1)
    if (frame.type === 'Patient') group.replaced.push(before)
  }
  const identity = { party, base: frame.base, type: frame.type, id: frame.id }
  group.records.set(record, { identity, from, text: frame.text, exact: frame.exact })
}

/** All groups of the bucket, over the uploads of the disclosure in the order they were sent. */
export async function gatherBucket(rooms: Rooms, disclosure: string, bucket: number): Promise<Group[]> {
  const groups = new Map<string, Group>()
  const submissions = new Map((await submissionsOfDisclosure(rooms.pool, disclosure)).map((row) => [row.id, row]))
  for (const upload of await uploadsOfDisclosure(rooms.pool, disclosure)) {
    const segments = segmentsOf(upload.index, bucket).sort((a, b) => a.part - b.part)
    if (segments.length === 0) continue
    const submission = submissions.get(upload.submission)
    if (submission === undefined || submission.sealed_key === null)
      throw new IntegrityError('key-missing', { submission: upload.submission })
    const key = unwrapLocal(rooms.ring.wrapping, ['submission', submission.id], submission.sealed_key)
    const from = { submission: submission.id, arrived: Math.floor((upload.kept_at?.getTime() ?? 0) / DAY_MS) }
    const handle = await openStored(rooms.folder, 'uploads', upload.id)
    try {
      for (const segment of segments) {
        const sealed = await readExactly(handle, segment.offset, segment.length)
        for (const frame of framesOf(unpackSegment(key, upload.id, segment.part, bucket, sealed)))
          addFrame(groups, submission.party, from, frame)
      }
    } finally {
      await handle.close()
    }
  }
  return [...groups.values()]
}
