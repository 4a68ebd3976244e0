/**
 * DESTROY: when every disclosure a submission serves has come to its end, its key is destroyed and its files removed; the bucket files
 * of an ended disclosure go, too, and the shards of one that is never released. Decides nothing: the database says what has ended. MUST remove
 * files only after the commit.
 */
import type { PoolClient } from 'pg'
import { removeStored } from '../../store/directory.ts'
import { type DisclosureRow, findDisclosure, submissionIds } from '../../store/disclosures.ts'
import { type Db, transaction } from '../../store/pool.ts'
import { deleteBuckets, dropShards, forgetShardFiles } from '../../store/results.ts'
import { destroySubmission } from '../../store/submissions.ts'
import { uploadIds } from '../../store/uploads.ts'
import { dropLedgerBefore, isBeingRecut, isWhollyFetched } from '../../store/withdrawals.ts'
import { addWork, finishWork } from '../../store/work.ts'
import type { House, WorkRef } from '../house.ts'
import { append } from '../log/log.ts'

const ENDED: ReadonlySet<string> = new Set(['recorded', 'ready', 'refused', 'empty', 'withdrawn', 'recalled', 'expired'])
/** Ended before the record: what was sealed by then is nobody's. */
const NEVER_RELEASED: ReadonlySet<string> = new Set(['refused', 'empty'])
/** Not received yet: a patient may say no, and then it is cut again from its bucket files. */
const MAY_BE_CUT_AGAIN: ReadonlySet<string> = new Set(['recorded', 'ready'])

/** Destroys the key of a submission whose every disclosure has ended, with its entry, which says why. Its uploads, whose files MUST go after the commit only. */
export async function destroyKey(
  house: Pick<House, 'now'>,
  client: PoolClient,
  submission: string,
  reason: 'served' | 'unserved' | 'abandoned'
): Promise<string[]> {
  const party = await destroySubmission(client, submission)
  if (party === null) return []
  const told = { v: 1, kind: 'submission-destroyed', at: house.now().toISOString(), submission, party, reason } as const
  await append(client, `submission-destroyed:${submission}`, told)
  return uploadIds(client, submission)
}

/** The submissions of an ended disclosure may be ready to be destroyed. */
export async function addDestroy(db: Db, disclosure: string): Promise<void> {
  await addWork(db, 'destroy', disclosure, [0])
}

/** The bucket files of a dataset that needs them no more, and of the one it was cut from. */
async function dropBuckets(client: PoolClient, { id, state, recut_of }: DisclosureRow): Promise<string[]> {
  const kept = MAY_BE_CUT_AGAIN.has(state) ? !(await isWhollyFetched(client, id)) : await isBeingRecut(client, id)
  const own = kept ? [] : await deleteBuckets(client, id)
  if (!kept) await dropLedgerBefore(client, id)
  return recut_of === null ? own : [...own, ...(await deleteBuckets(client, recut_of))]
}

export async function destroy(house: House, ref: WorkRef): Promise<void> {
  const files = await transaction(house.pool, async (client) => {
    const gone: { submissions: string[]; uploads: string[]; buckets: string[]; shards: string[] } = {
      submissions: [],
      uploads: [],
      buckets: [],
      shards: []
    }
    if ((await finishWork(client, ref.work, ref.replica)) !== 1) return gone
    const disclosure = await findDisclosure(client, ref.disclosure)
    if (disclosure === null || !ENDED.has(disclosure.state)) return gone
    gone.buckets = await dropBuckets(client, disclosure)
    if (disclosure.state === 'withdrawn') gone.shards = await forgetShardFiles(client, disclosure.id)
    if (NEVER_RELEASED.has(disclosure.state)) gone.shards = await dropShards(client, disclosure.id)
    for (const submission of await submissionIds(client, disclosure.id)) {
      const uploads = await destroyKey(house, client, submission, 'served')
      if (uploads.length > 0) gone.submissions.push(submission)
      gone.uploads.push(...uploads)
    }
    return gone
  })
  for (const submission of files.submissions) house.observe.submissionDestroyed({ submission })
  await removeStored(house.folder, 'uploads', files.uploads)
  await removeStored(house.folder, 'buckets', files.buckets)
  await removeStored(house.folder, 'shards', files.shards)
}
