/**
 * The counts of a dataset: received = released + withheld(by reason) + rejected(by reason) + held, exactly. Decides under which reason a
 * record that stays back is counted, and that few of a sensitive category are not told apart. Refuses counts that do not add up: such a dataset is not released.
 */
import { isCategoryCode } from '../../core/agreement/categories/categories.ts'
import { type Code, IntegrityError } from '../../core/errors.ts'
import type { Db } from '../../store/pool.ts'
import type { BucketRow } from '../../store/results.ts'
import { uploadsOfDisclosure } from '../../store/uploads.ts'
import type { DisclosureCounts } from '../accept/views.ts'
import type { WhyOut } from '../consent/out-since.ts'
import { rejectedOf, total } from '../tallies.ts'
import { SUPPRESSED } from './levels.ts'
import type { BucketSubjects } from './subjects.ts'

/** A bucket's row and what is sealed in it. */
export interface Judged {
  readonly bucket: BucketRow
  readonly rows: BucketSubjects
}

function addTo(counts: Record<string, number>, name: string, n: number): void {
  counts[name] = (counts[name] ?? 0) + n
}

/** Lines of released types, and of those kept back, by reason; records that were only counted are kept back, too. */
function tally(
  judged: readonly Judged[],
  levels: readonly Uint8Array[],
  whyOut: WhyOut
): { byType: Record<string, number>; keptBack: Record<string, number> } {
  const byType: Record<string, number> = {}
  const keptBack: Record<string, number> = {}
  judged.forEach(({ rows }, b) => {
    rows.subjects.forEach((row, n) => {
      const reason: Code | null = levels[b]?.[n] === SUPPRESSED ? (whyOut(row) ?? 'too-few-like-them') : null
      if (row.counted !== undefined) addTo(keptBack, reason ?? 'aggregate-only', row.counted.records)
      rows.types.forEach((type, t) => {
        const lines = row.lines[t] ?? 0
        if (lines === 0) return
        if (reason !== null) addTo(keptBack, reason, lines)
        else addTo(byType, type, lines)
      })
    })
  })
  return { byType, keptBack }
}

/**
 * Records of a sensitive category are told of where they are of eleven people or more, however many there are. Those of fewer become one count of all, and that too, if
 * its people are few, one of records that could not be released. `people`: subjects by the codes that keep records of theirs back, as a bucket counts them.
 */
export function aboveFloor(withheld: Readonly<Record<string, number>>, people: Readonly<Record<string, number>>): Record<string, number> {
  const peopleOf = (asked: readonly string[]): number =>
    Object.entries(people).reduce((sum, [codes, n]) => (codes.split(' ').some((code) => asked.includes(code)) ? sum + n : sum), 0)
  const few = Object.keys(withheld).filter((code) => isCategoryCode(code) && peopleOf([code]) < FLOOR)
  const together: Code = peopleOf(few) >= FLOOR ? 'category-any' : 'not-releasable'
  const told: Record<string, number> = {}
  for (const [code, n] of Object.entries(withheld)) addTo(told, few.includes(code) ? together : code, n)
  return told
}

/** Cells of 1 to 10 are not published: CMS, Cell Size Suppression Policy. */
const FLOOR = 11

/** What a recipient learns of who said no: how many records, where they are of eleven people or more; else they are among those that could not be released. */
export function toldToRecipient({ optedOut = 0, ...counts }: DisclosureCounts): DisclosureCounts {
  const { 'opted-out': records = 0, ...others } = counts.withheld
  if (records === 0 || optedOut >= FLOOR) return counts
  const withheld = { ...others }
  addTo(withheld, 'not-releasable' satisfies Code, records)
  return { ...counts, withheld }
}

/** Subjects who said no: those of the bucket pass, and those who said so since. */
function optedOutIn(judged: readonly Judged[], whyOut: WhyOut): number {
  return judged.reduce((sum, { bucket, rows }) => {
    const since = rows.subjects.filter((row) => whyOut(row) === 'opted-out')
    return sum + (bucket.counts.optedOut ?? 0) + since.length
  }, 0)
}

/** The counts once every subject has its level; `whyOut`: of those who are out since the bucket pass. IntegrityError internal. */
export async function countsOf(
  db: Db,
  disclosure: string,
  judged: readonly Judged[],
  levels: readonly Uint8Array[],
  whyOut: WhyOut
): Promise<DisclosureCounts> {
  const uploads = await uploadsOfDisclosure(db, disclosure)
  const rejected = rejectedOf(uploads)
  const { byType, keptBack } = tally(judged, levels, whyOut)
  const sensitive: Record<string, number> = {}
  for (const { bucket } of judged) {
    for (const [code, n] of Object.entries(bucket.counts.withheld)) addTo(keptBack, code, n)
    for (const [codes, n] of Object.entries(bucket.counts.sensitive ?? {})) addTo(sensitive, codes, n)
  }
  const withheld = aboveFloor(keptBack, sensitive)
  const received = uploads.reduce((sum, upload) => sum + upload.received, 0)
  const counts = { received, released: total(byType), held: 0, withheld, rejected, byType, optedOut: optedOutIn(judged, whyOut) }
  // Every record the door took is somewhere, exactly once; a dataset whose counts do not add up is not released.
  if (received !== counts.released + total(withheld) + total(rejected)) {
    throw new IntegrityError('internal', { disclosure, counts: 'do not add up' })
  }
  return counts
}

/** For officers: texts and attachments that did not leave, by `path reason`; a member of the gate's summary, where there are any. */
export function refusedTextsOf(judged: readonly Judged[]): { readonly refusedTexts?: Readonly<Record<string, number>> } {
  const refusedTexts: Record<string, number> = {}
  for (const { bucket } of judged)
    for (const [place, times] of Object.entries(bucket.counts.refusedTexts ?? {})) addTo(refusedTexts, place, times)
  return Object.keys(refusedTexts).length === 0 ? {} : { refusedTexts }
}
