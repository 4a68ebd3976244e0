/**
 * How submissions, files and disclosures look to the hospital that sent them: counts and states only. Decides that a party which sent in another's name is not told what
 * others sent for the same dataset.
 */
import type { Pool } from 'pg'
import { type DisclosureRow, disclosuresOfSubmission, submissionIds } from '../../store/disclosures.ts'
import { type QualityRow, qualityOfSubmission } from '../../store/quality.ts'
import type { SubmissionRow } from '../../store/submissions.ts'
import { listUploads, type UploadRow } from '../../store/uploads.ts'
import type { DisclosureTotals, DisclosureView, SubmissionView, UploadView } from '../doors.ts'
import { rejectedOf } from '../tallies.ts'

/** What a disclosure's `counts` column holds once the gate has judged: received = released + withheld + rejected + held. */
export interface DisclosureCounts {
  readonly received: number
  readonly released: number
  readonly held: number
  readonly withheld: Record<string, number>
  readonly rejected: Record<string, number>
  readonly byType: Record<string, number>
  /** subjects of whom all or some stay back because they said so: for the gate, not among what is told */
  readonly optedOut?: number
  /** aggregate-only: what the gateway made out of records that stay, by type; not among the others */
  readonly made?: Record<string, number>
}

export const NO_COUNTS: DisclosureCounts = { received: 0, released: 0, held: 0, withheld: {}, rejected: {}, byType: {} }

/** How far a disclosure is, 0..1: the bucket pass is most of the work. */
function progressOf(row: DisclosureRow & { buckets_total: number }): number {
  const left = row.buckets_left ?? 0
  switch (row.state) {
    case 'waiting':
      return 0
    case 'releasing':
      return row.buckets_total + left === 0 ? 0 : (0.7 * row.buckets_total) / (row.buckets_total + left)
    case 'gating':
      return 0.7
    case 'sealing':
      return 0.8
    case 'recording':
      return 0.95
    case 'recorded':
      return 0.99
    case 'held':
    case 'ready':
    case 'refused':
    case 'empty':
    case 'withdrawn':
    case 'recalled':
    case 'expired':
      return 1
  }
}

function totalsOf(row: DisclosureRow): DisclosureTotals {
  const counts = { ...NO_COUNTS, ...(row.counts as Partial<DisclosureCounts>) } // written by the gate step only
  const { received, released, held, withheld, rejected } = counts
  return { received, released, held, withheld, rejected }
}

function disclosureView(
  row: DisclosureRow & { buckets_total: number },
  quality: QualityRow | undefined,
  totals: DisclosureTotals | null
): DisclosureView {
  return {
    agreement: row.agreement,
    state: row.state,
    dataset: row.id,
    due: row.due_at.toISOString(),
    ...totals,
    progress: progressOf(row),
    quality: quality === undefined ? null : { figures: quality.figures, shortfalls: quality.shortfalls }
  }
}

export function uploadView(row: UploadRow): UploadView {
  const state = row.state === 'kept' || row.state === 'receiving' ? row.state : 'failed'
  return { name: row.label, state, bytes: row.bytes, received: row.received, rejected: row.rejected }
}

/** Who sent may subtract what it sent: of a dataset with more in it, what remains is of others. */
async function totalsFor(pool: Pool, viewer: string, { party }: SubmissionRow, row: DisclosureRow): Promise<DisclosureTotals | null> {
  return viewer === party || (await submissionIds(pool, row.id)).length === 1 ? totalsOf(row) : null
}

/** As `viewer` may see it: the party it is of, or one that sent it in that party's name. */
export async function submissionView(pool: Pool, row: SubmissionRow, viewer: string): Promise<SubmissionView> {
  const files = await listUploads(pool, row.id)
  const disclosures = await disclosuresOfSubmission(pool, row.id)
  const quality = new Map((await qualityOfSubmission(pool, row.id)).map((one) => [one.disclosure, one]))
  const ended = disclosures.length > 0 && disclosures.every((d) => progressOf(d) === 1 && d.state !== 'held')
  return {
    id: row.id,
    state: row.state === 'closed' && ended ? 'released' : row.state,
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    received: files.reduce((sum, file) => sum + file.received, 0),
    rejected: rejectedOf(files),
    files: files.map(uploadView),
    agreements: await Promise.all(
      disclosures.map(async (one) => disclosureView(one, quality.get(one.id), await totalsFor(pool, viewer, row, one)))
    )
  }
}
