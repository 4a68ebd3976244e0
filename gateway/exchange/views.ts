/** How submissions, files and disclosures look to the hospital that sent them. Counts and states only; decides nothing. */
import type { Pool } from 'pg'
import { type DisclosureRow, disclosuresOfSubmission } from '../store/disclosures.ts'
import { type QualityRow, qualityOfSubmission } from '../store/quality.ts'
import type { SubmissionRow } from '../store/submissions.ts'
import { listUploads, type UploadRow } from '../store/uploads.ts'
import type { DisclosureView, SubmissionView, UploadView } from './doors.ts'
import { rejectedOf } from './tallies.ts'

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

function disclosureView(row: DisclosureRow & { buckets_total: number }, quality: QualityRow | undefined): DisclosureView {
  const counts = { ...NO_COUNTS, ...(row.counts as Partial<DisclosureCounts>) } // written by the gate step only
  const { received, released, held, withheld, rejected } = counts
  return {
    agreement: row.agreement,
    state: row.state,
    dataset: row.id,
    due: row.due_at.toISOString(),
    received,
    released,
    held,
    withheld,
    rejected,
    progress: progressOf(row),
    quality: quality === undefined ? null : { figures: quality.figures, shortfalls: quality.shortfalls }
  }
}

export function uploadView(row: UploadRow): UploadView {
  const state = row.state === 'kept' || row.state === 'receiving' ? row.state : 'failed'
  return { name: row.label, state, bytes: row.bytes, received: row.received, rejected: row.rejected }
}

export async function submissionView(pool: Pool, row: SubmissionRow): Promise<SubmissionView> {
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
    agreements: disclosures.map((one) => disclosureView(one, quality.get(one.id)))
  }
}
