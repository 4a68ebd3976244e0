/**
 * The counts of a dataset: received = released + withheld(by reason) + rejected(by reason) + held, exactly. Decides under which reason a
 * record that stays back is counted. Refuses counts that do not add up: such a dataset is not released.
 */
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
  const withheld = keptBack
  for (const { bucket } of judged) {
    for (const [code, n] of Object.entries(bucket.counts.withheld)) addTo(withheld, code, n)
  }
  const received = uploads.reduce((sum, upload) => sum + upload.received, 0)
  const counts = { received, released: total(byType), held: 0, withheld, rejected, byType }
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
