/**
 * CLOSE: the hospital says that a submission is complete. Decides, in one transaction with its entry, which disclosures it joins and when they
 * are due by their release windows. Refuses a submission without a kept file; closing one again answers as before. One that no agreement serves
 * any more is refused with an entry, and its records are destroyed.
 */
import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { type HashedAgreement, profileOf } from '../../core/agreement/policies.ts'
import { nextRelease } from '../../core/agreement/window.ts'
import { PolicyError, RequestError } from '../../core/errors.ts'
import { newKey, wrapLocal } from '../../seal/local.ts'
import { removeStored } from '../../store/directory.ts'
import { joinWaiting, lastRelease } from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import * as submissions from '../../store/submissions.ts'
import * as uploads from '../../store/uploads.ts'
import { takeRoster } from '../consent/submitted-roster.ts'
import type { Caller } from '../doors.ts'
import type { House } from '../house.ts'
import { append } from '../log/log.ts'
import { destroyKey } from '../release/destroy.ts'
import { rejectedOf } from '../tallies.ts'

/** Closes the caller's submission, once. */
export async function closeSubmission(house: House, caller: Caller, id: string): Promise<void> {
  const closed = await transaction(house.pool, async (client) => {
    const row = await submissions.lockSubmission(client, id)
    if (row === null) throw new RequestError('not-found')
    if (row.state !== 'open') return null
    const files = (await uploads.listUploads(client, id)).filter((file) => file.state === 'kept')
    if (files.length === 0) throw new RequestError('empty-body', 'Upload a file before closing the submission.')
    await submissions.closeSubmission(client, id)
    const received = files.reduce((sum, file) => sum + file.received, 0)
    const joined = await joinDisclosures(house, client, caller, row)
    for (const roster of submittedRosters(joined)) await takeRoster(house, client, row, roster)
    const at = house.now().toISOString()
    const rejected = rejectedOf(files)
    await append(client, `submission-received:${id}`, {
      v: 1,
      kind: 'submission-received',
      at,
      submission: id,
      party: caller.party,
      received,
      rejected,
      policies: joined.map((entry) => entry.hash)
    })
    return { agreements: joined.length, gone: joined.length === 0 ? await destroyKey(house, client, id, 'unserved') : [] }
  })
  if (closed === null) return
  house.observe.submissionClosed({ submission: id, party: caller.party, agreements: closed.agreements })
  await removeStored(house.folder, 'uploads', closed.gone)
}

/** The Groups that decide whose records these agreements reach. */
function submittedRosters(joined: readonly HashedAgreement[]): ReadonlySet<string> {
  return new Set(joined.flatMap(({ agreement: { roster } }) => (roster !== undefined && 'submitted' in roster ? [roster.submitted] : [])))
}

/**
 * Each agreement gets the submission into its next release; one that is not in force then gets a recorded refusal when released. One that is gone,
 * or of others by now, has no release to come: the refusal is recorded here.
 */
async function joinDisclosures(
  house: House,
  client: PoolClient,
  caller: Caller,
  row: submissions.SubmissionRow
): Promise<HashedAgreement[]> {
  const joined: HashedAgreement[] = []
  for (const id of row.agreements) {
    const entry = house.policies.agreements.get(id)
    if (entry === undefined || entry.agreement.source !== caller.party) {
      const told = {
        v: 1,
        kind: 'submission-refused',
        at: house.now().toISOString(),
        party: caller.party,
        reason: 'agreement-unknown'
      } as const
      await append(client, `submission-refused:${row.id}:${id}`, { ...told, submission: row.id, agreement: id })
      continue
    }
    const profile = profileOf(house.policies, entry.agreement)
    if (profile === undefined) throw new PolicyError('profile-mismatch')
    const now = house.now()
    const last = await lastRelease(client, id)
    const due = nextRelease(entry.agreement, last?.toISOString() ?? null, now.toISOString())
    const dataset = randomUUID()
    await joinWaiting(
      client,
      {
        id: dataset,
        agreement: id,
        agreementHash: entry.hash,
        profileHash: profile.hash,
        recipient: entry.agreement.recipient,
        source: entry.agreement.source,
        dueAt: due === 'now' ? now : new Date(due),
        sealedKey: wrapLocal(house.ring.wrapping, ['dataset', dataset], newKey())
      },
      row.id
    )
    joined.push(entry)
  }
  return joined
}
