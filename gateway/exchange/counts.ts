/**
 * The counts of a dataset: received = released + withheld(by reason) + rejected(by reason) + held, exactly. Decides under which reason a
 * record that stays back is counted, and that few of a sensitive category are not told apart. Refuses counts that do not add up: such a dataset is not released.
 */
import { isCategoryCode } from '../core/agreement/categories/categories.ts'
import { type Code, IntegrityError } from '../core/errors.ts'
import type { Db } from '../store/pool.ts'
import type { BucketRow } from '../store/results.ts'
import { uploadsOfDisclosure } from '../store/uploads.ts'
import { SUPPRESSED } from './levels.ts'
import type { BucketSubjects } from './subjects.ts'
import { rejectedOf, total } from './tallies.ts'
import type { DisclosureCounts } from './views.ts'

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
  out: ReadonlySet<string>
): { byType: Record<string, number>; keptBack: Record<string, number> } {
  const byType: Record<string, number> = {}
  const keptBack: Record<string, number> = {}
  judged.forEach(({ rows }, b) => {
    rows.subjects.forEach((row, n) => {
      const reason: Code | null =
        levels[b]?.[n] !== SUPPRESSED ? null : row.consents.some((name) => out.has(name)) ? 'opted-out' : 'too-few-like-them'
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
 * Counts by sensitive category below the floor tell of a person: they become one count of all, and that too, if it is small, one of records that could not be released.
 */
function aboveFloor(withheld: Readonly<Record<string, number>>): Record<string, number> {
  const told: Record<string, number> = {}
  let few = 0
  for (const [code, n] of Object.entries(withheld)) {
    if (isCategoryCode(code) && n < FLOOR) few += n
    else addTo(told, code, n)
  }
  const together: Code = few >= FLOOR ? 'category-any' : 'not-releasable'
  if (few > 0) addTo(told, together, few)
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
function optedOutIn(judged: readonly Judged[], out: ReadonlySet<string>): number {
  return judged.reduce((sum, { bucket, rows }) => {
    const since = rows.subjects.filter(({ consents }) => consents.some((name) => out.has(name)))
    return sum + (bucket.counts.optedOut ?? 0) + since.length
  }, 0)
}

/** The counts once every subject has its level; `out`: those who opted out since the bucket pass. IntegrityError internal. */
export async function countsOf(
  db: Db,
  disclosure: string,
  judged: readonly Judged[],
  levels: readonly Uint8Array[],
  out: ReadonlySet<string>
): Promise<DisclosureCounts> {
  const uploads = await uploadsOfDisclosure(db, disclosure)
  const rejected = rejectedOf(uploads)
  const { byType, keptBack } = tally(judged, levels, out)
  for (const { bucket } of judged) {
    for (const [code, n] of Object.entries(bucket.counts.withheld)) addTo(keptBack, code, n)
  }
  const withheld = aboveFloor(keptBack)
  const received = uploads.reduce((sum, upload) => sum + upload.received, 0)
  const counts = { received, released: total(byType), held: 0, withheld, rejected, byType, optedOut: optedOutIn(judged, out) }
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
