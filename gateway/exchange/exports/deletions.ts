/**
 * What a recipient is to delete: surrogates it was given, of patients who said no since. Decides the file of the bulk manifest's `deleted` (FHIR Bulk Data
 * Access: Bundles of type transaction whose entries are DELETE requests, one a line): one surrogate a line, in the order of random keys, without a reason. A
 * surrogate stands for all records of its Patient. What is to be deleted is told whatever became of the agreement. Each access is an entry that counts, and names nobody.
 */

import { Readable } from 'node:stream'
import { sha256 } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import { unwrapLocal } from '../../seal/local.ts'
import { sourceOf } from '../../store/disclosures.ts'
import type { ExportRow } from '../../store/exports.ts'
import { countDeleted, deletedBetween } from '../../store/withdrawals.ts'
import { deletedPlace } from '../consent/withdraw.ts'
import { crossingScope } from '../crosswalk.ts'
import type { Download, ExportFile } from '../doors.ts'
import type { House } from '../house.ts'
import { appendAnew } from '../log/log.ts'

export const DELETED = 'deleted.ndjson'

function scopeOf({ agreement, party }: Pick<ExportRow, 'agreement' | 'party'>): string {
  return crossingScope({ agreement, recipient: party })
}

function lineOf(surrogate: string): string {
  const entry = [{ request: { method: 'DELETE', url: `Patient/${surrogate}` } }]
  return `${JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })}\n`
}

/** How many there are. Whoever has any was the recipient, whatever became of the agreement. */
export async function deletionsSince({ pool }: House, asked: Pick<ExportRow, 'agreement' | 'party' | 'since'>): Promise<number> {
  return countDeleted(pool, scopeOf(asked), asked.since, null)
}

/** For the manifest of an export that is complete up to `until`: one file, or none. */
export async function deletedFiles(house: House, job: ExportRow, until: Date): Promise<ExportFile[]> {
  const count = await countDeleted(house.pool, scopeOf(job), job.since, until)
  return count === 0 ? [] : [{ name: DELETED, type: 'Bundle', count, bytes: lineOf('0'.repeat(32)).length * count, dataset: '' }]
}

/** The file. RequestError not-found where there is nothing to delete. */
export async function deletedFile(house: House, job: ExportRow): Promise<Download> {
  const scope = scopeOf(job)
  const rows = job.finished_at === null ? [] : await deletedBetween(house.pool, scope, job.since, job.finished_at)
  if (rows.length === 0) throw new RequestError('not-found')
  const source = await sourceOf(house.pool, job.agreement, job.party)
  const surrogates = rows.map(({ key, sealed }) => unwrapLocal(house.ring.wrapping, deletedPlace(scope, key), sealed).toString('utf8'))
  const text = Buffer.from(surrogates.map(lineOf).join(''), 'utf8')
  const start = async (offset: number): Promise<Readable> => {
    if (offset < 0 || offset >= text.length) throw new RequestError('range-not-satisfiable')
    const told = { export: job.id, agreement: job.agreement, source, recipient: job.party, surrogates: rows.length }
    await appendAnew(house.pool, { v: 1, kind: 'deletions-named', at: house.now().toISOString(), ...told })
    return Readable.from([text.subarray(offset)], { objectMode: false })
  }
  return { start, bytes: text.length, contentType: 'application/fhir+ndjson', encoding: 'identity', etag: sha256(text).toString('hex') }
}
