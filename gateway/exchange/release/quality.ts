/**
 * QUALITY: what the records of a bucket tell of the submissions they came in, counted while they are read for the release, and what all buckets come to
 * before the gate. Decides by core/quality what becomes of a dataset below what its agreement promises. Keeps counts only; of people whose records are not
 * read (opted out, too large) it counts nothing.
 */
import { type Json, lengthPrefixed } from '../../core/digest.ts'
import type { Code } from '../../core/errors.ts'
import type { Resource } from '../../core/fhir/resource.ts'
import type { ToldShortfall } from '../../core/log/statement.ts'
import { type AtDoor, type Figures, figuresOf, gravest, type Promised, type Shortfall, shortfalls } from '../../core/quality/figures.ts'
import { compileQuality, type Looked, measureSubject } from '../../core/quality/measure.ts'
import { addName, addNames, type Names, noNames } from '../../core/quality/names.ts'
import { nameOf } from '../../core/quality/references.ts'
import { createSame, withoutId } from '../../core/quality/same.ts'
import { addTally, newTally, type Tally } from '../../core/quality/tally.ts'
import type { Agreement } from '../../generated/policy.ts'
import { openSegment, sealSegment } from '../../seal/segment.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import type { Db } from '../../store/pool.ts'
import { keepQuality, type QualityRow, qualityOf } from '../../store/quality.ts'
import { type BucketRow, bucketPages } from '../../store/results.ts'
import { type UploadRow, uploadsOfDisclosure } from '../../store/uploads.ts'
import { BUCKETS, pack, unpack } from '../frames.ts'
import { lineOf, readKept, readLine } from '../kept.ts'
import { rejectedOf, total } from '../tallies.ts'
import type { Group, Kept } from './gather.ts'

/** The counts of a bucket, as they rest. */
export interface BucketTallies {
  readonly submissions: Record<string, Tally>
  readonly shared: Names
}

/** A bucket while it is read. */
export interface BucketQuality {
  /** null: nothing is promised, so nothing is looked at */
  readonly promised: Promised | null
  readonly looked: Looked
  readonly tallies: BucketTallies
}

/** A group of the bucket while it is read. */
export interface GroupQuality {
  /** Reads a record, and looks at it the first time. */
  read(kept: Kept): Resource
  /** When all records of the group have been read. */
  end(): void
}

function elementsOf({ quality }: Pick<Agreement, 'quality'>): string[] {
  return Object.keys(quality?.completeness ?? {})
}

export function beginQuality(agreement: Pick<Agreement, 'quality' | 'resources'>): BucketQuality {
  const { quality: promised = null, resources } = agreement
  return { promised, looked: compileQuality(Object.keys(resources), promised ?? {}), tallies: { submissions: {}, shared: noNames() } }
}

function tallyOf({ tallies, promised }: BucketQuality, submission: string): Tally {
  const known = tallies.submissions[submission]
  if (known !== undefined) return known
  const made = newTally(Object.keys(promised?.completeness ?? {}).length)
  tallies.submissions[submission] = made
  return made
}

/**
 * The group's records are looked at as they are read: no record is read for this alone. What the agreement does not reach is not counted, so that no figure
 * tells of it; `ownBases`: the sender's.
 */
export function groupQuality(
  bucket: BucketQuality,
  group: Group,
  ownBases: readonly string[],
  scope: (record: Resource) => Code | null
): GroupQuality {
  const { promised } = bucket
  if (promised === null) return { read: readKept, end: () => undefined }
  const measure = measureSubject({ looked: bucket.looked, party: group.party, ownBases, came: group.records })
  const seen = new Set<Kept>()
  const same = createSame<Kept>({ from: ({ from }) => from.submission, text: textWithoutId })
  return {
    read(kept) {
      const line = lineOf(kept)
      const resource = readLine(line, kept)
      if (seen.has(kept)) return resource
      seen.add(kept)
      if (group.subject === null) addName(bucket.tallies.shared, nameOf(kept.identity), 1)
      if (scope(resource) !== null) return resource
      const tally = tallyOf(bucket, kept.from.submission)
      measure.see({ identity: kept.identity, resource, arrived: kept.from.arrived, tally })
      if (promised.duplicates !== undefined && same(line, resource.id, kept)) tally.same += 1
      return resource
    },
    end() {
      for (const [submission, again] of group.again) tallyOf(bucket, submission).again += again
      measure.end()
    }
  }
}

function textWithoutId(kept: Kept): string {
  const line = lineOf(kept)
  return withoutId(line, readLine(line, kept).id)
}

function placeOf(disclosure: string, bucket: number): Buffer {
  return lengthPrefixed('bucket quality', disclosure, String(bucket))
}

export function sealQuality(key: Uint8Array, disclosure: string, bucket: number, { promised, tallies }: BucketQuality): Buffer | null {
  if (promised === null) return null
  return sealSegment(key, placeOf(disclosure, bucket), pack(Buffer.from(JSON.stringify(tallies), 'utf8')))
}

function openQuality(key: Uint8Array, { disclosure, bucket, quality }: BucketRow): BucketTallies | null {
  if (quality === null || quality === undefined) return null
  return JSON.parse(unpack(openSegment(key, placeOf(disclosure, bucket), quality)).toString('utf8')) as BucketTallies // sealed by sealQuality only
}

/** What a dataset's submissions come to. */
export interface Quality {
  readonly submissions: readonly { readonly submission: string; readonly figures: Figures; readonly shortfalls: readonly Shortfall[] }[]
  /** what follows; an officer who released the dataset has decided what was to be held */
  readonly word: 'release' | 'hold' | 'refuse'
}

export function noTallies(): BucketTallies {
  return { submissions: {}, shared: noNames() }
}

/** Adds the counts of a bucket to `sum`. */
export function addTallies(sum: BucketTallies, tallies: BucketTallies, agreement: Pick<Agreement, 'quality'>): void {
  addNames(sum.shared, tallies.shared)
  for (const [submission, tally] of Object.entries(tallies.submissions)) {
    const into = sum.submissions[submission] ?? newTally(elementsOf(agreement).length)
    sum.submissions[submission] = into
    addTally(into, tally)
  }
}

/** The figures of each submission, and the promises that they do not keep. `doors`: what was counted of each at the door. */
export function figuresBy(
  { submissions, shared }: BucketTallies,
  doors: ReadonlyMap<string, AtDoor>,
  agreement: Pick<Agreement, 'quality'>
): Quality['submissions'] {
  const { quality } = agreement
  return [...doors].map(([submission, door]) => {
    const figures = figuresOf(submissions[submission] ?? newTally(elementsOf(agreement).length), door, quality ?? {}, shared)
    return { submission, figures, shortfalls: shortfalls(figures, quality) }
  })
}

/**
 * The figures of each submission of the dataset, and what follows from them by the agreement; none of one that is cut again: it was judged before, and the
 * figures would count whoever said no since. `key`: of the dataset's segments.
 */
export async function judgeQuality(
  db: Db,
  { id: disclosure, recut_of }: Pick<DisclosureRow, 'id' | 'recut_of'>,
  key: Uint8Array,
  agreement: Pick<Agreement, 'quality' | 'resources'>
): Promise<Quality> {
  if (recut_of !== null) return { submissions: [], word: 'release' }
  const sum = noTallies()
  for await (const bucket of bucketPages(db, disclosure, 0, BUCKETS - 1)) {
    const tallies = openQuality(key, bucket)
    if (tallies !== null) addTallies(sum, tallies, agreement)
  }
  const accepted = (await qualityOf(db, disclosure)).some((row) => row.accepted_by !== null)
  const uploads = Map.groupBy(await uploadsOfDisclosure(db, disclosure), (upload) => upload.submission)
  const judged = figuresBy(sum, new Map([...uploads].map(([submission, own]) => [submission, atDoor(own)])), agreement)
  const word = gravest(judged.flatMap((one) => one.shortfalls)) ?? 'warn'
  return { submissions: judged, word: word === 'warn' || (word === 'hold' && accepted) ? 'release' : word }
}

function atDoor(uploads: readonly UploadRow[]): { received: number; rejected: number } {
  return { received: uploads.reduce((sum, upload) => sum + upload.received, 0), rejected: total(rejectedOf(uploads)) }
}

/** Keeps what was judged, in the transaction of the gate. */
export async function keepJudged(
  db: Db,
  disclosure: { readonly id: string; readonly agreement: string },
  { submissions }: Quality
): Promise<void> {
  for (const one of submissions) await keepQuality(db, { disclosure: disclosure.id, agreement: disclosure.agreement, ...one })
}

/** A member for an entry; none where every promise was kept. */
export function toldOf({ submissions }: Pick<Quality, 'submissions'>): { readonly [member: string]: Json } {
  const told = toldShortfalls(submissions)
  return told.length === 0 ? {} : { quality: told as unknown as Json } // plain data by its type
}

/** What was not kept, told: in the statement and in entries. */
export function toldShortfalls(judged: readonly Pick<QualityRow, 'submission' | 'shortfalls'>[]): ToldShortfall[] {
  return judged.flatMap(({ submission, shortfalls: found }) =>
    found.map((one) => ({ submission, ...one, figure: Math.round(one.figure * 1000) / 1000 }))
  )
}
