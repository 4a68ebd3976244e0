/**
 * A roster that comes with a submission: the FHIR Group of the id that the agreement names, among the records that were sent. Decides, when the submission is closed and
 * in that transaction, who is on it: nothing that is sent later changes that. Fails closed: without such a Group, with two of them that differ, or with one that cannot
 * be understood (core/agreement/roster.ts), nobody is.
 */
import { membersNamed } from '../../core/agreement/roster.ts'
import { optOutKey } from '../../core/consent/consent.ts'
import { IntegrityError } from '../../core/errors.ts'
import { unwrapLocal } from '../../seal/local.ts'
import { openStored, readExactly } from '../../store/directory.ts'
import type { Db } from '../../store/pool.ts'
import { addSubmitted } from '../../store/rosters.ts'
import type { SubmissionRow } from '../../store/submissions.ts'
import { keptIndexes } from '../../store/uploads.ts'
import { bucketOf, type Frame, framesOf, segmentsOf, unpackSegment } from '../frames.ts'
import type { House } from '../house.ts'
import { readLine } from '../kept.ts'

/** Keys given to the database at a time. */
const BATCH = 10_000

type Standing = Pick<House, 'ring' | 'folder' | 'policies' | 'now'>

/** What was sent in the party's name is looked at, by itself or by who sends for it, under the party's own bases. */
export async function takeRoster(house: Standing, db: Db, submission: SubmissionRow, roster: string): Promise<void> {
  const texts = await groupsSent(house, db, submission, roster)
  const [text, ...others] = texts
  if (text === undefined || others.length > 0) return
  const { party } = submission
  const ownBases = house.policies.parties.get(party)?.fhirBases ?? []
  const members = membersNamed(readLine(text, { exact: false }), house.now().toISOString().slice(0, 10), ownBases)
  const secret = house.ring.names()
  for (let from = 0; from < members.length; from += BATCH) {
    const keys = members.slice(from, from + BATCH).map((named) => Buffer.from(optOutKey(secret, { party, ...named }), 'hex'))
    await addSubmitted(db, submission.id, roster, keys)
  }
}

/** The different texts under that name: one segment in memory at a time. */
async function groupsSent({ ring, folder }: Standing, db: Db, submission: SubmissionRow, roster: string): Promise<ReadonlySet<string>> {
  const { id, party, sealed_key: sealed } = submission
  if (sealed === null) throw new IntegrityError('key-missing', { submission: id })
  const key = unwrapLocal(ring.wrapping, ['submission', id], sealed)
  const bucket = bucketOf({ party, base: '', type: 'Group', id: roster }, { of: 'shared' })
  const texts = new Set<string>()
  for (const upload of await keptIndexes(db, id)) {
    const segments = segmentsOf(upload.index, bucket)
    if (segments.length === 0) continue
    const file = await openStored(folder, 'uploads', upload.id)
    try {
      for (const { offset, length, part } of segments) {
        const frames = framesOf(unpackSegment(key, upload.id, part, bucket, await readExactly(file, offset, length)))
        for (const frame of frames) if (isOf(frame, roster)) texts.add(Buffer.from(frame.text).toString('utf8'))
      }
    } finally {
      await file.close()
    }
  }
  return texts
}

function isOf({ subject, base, type, id }: Frame, roster: string): boolean {
  return subject === null && base === '' && type === 'Group' && id === roster
}
