/**
 * Retention: a dataset is destroyed so many days after its release as its agreement says. Decides by the policy it was released under. The
 * statement, its entry and the counts stay; the sealed files go, after the commit that says so. What aggregates told is remembered as long as the
 * recipient may have them, for the next is laid beside them: the days of the gateway, in which they can be fetched, and then those of the recipient.
 */
import { dropTold } from '../../store/aggregates.ts'
import { removeStored } from '../../store/directory.ts'
import { moveDisclosure, outlivedDatasets } from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import { forgetShardFiles } from '../../store/results.ts'
import { abandonedSubmissions, closeSubmission, lockSubmission } from '../../store/submissions.ts'
import { aboutDisclosure } from '../audit/audit.ts'
import type { House } from '../house.ts'
import { append } from '../log/log.ts'
import { addDestroy, destroyKey } from './destroy.ts'

/** A submission nobody sent to or closed for so long is given up: raw records must not lie about for ever, encrypted or not. */
const ABANDONED_DAYS = 30

/** Closes submissions that were left open and destroys their keys; nothing of them is released. How many. */
export async function destroyAbandoned(house: Pick<House, 'pool' | 'folder' | 'now'>): Promise<number> {
  const before = new Date(house.now().getTime() - ABANDONED_DAYS * 24 * 3600 * 1000)
  const ids = await abandonedSubmissions(house.pool, before)
  for (const id of ids) {
    const files = await transaction(house.pool, async (client) => {
      if ((await lockSubmission(client, id))?.state !== 'open') return []
      await closeSubmission(client, id)
      return destroyKey(house, client, id, 'abandoned')
    })
    await removeStored(house.folder, 'uploads', files)
  }
  return ids.length
}

/** Forgets who was counted in aggregates that nobody may have any more, or never had; of how many datasets. */
export function forgetTold({ pool, now }: Pick<House, 'pool' | 'now'>): Promise<number> {
  return dropTold(pool, now())
}

/** Destroys what has outlived its retention; how many datasets. */
export async function expireDatasets(house: Pick<House, 'pool' | 'folder' | 'now'>): Promise<number> {
  const files: string[] = []
  const expired = await transaction(house.pool, async (client) => {
    const at = house.now()
    const outlived = await outlivedDatasets(client, at)
    for (const row of outlived) {
      await moveDisclosure(client, row.id, ['ready', 'recalled'], 'expired', 'retention')
      files.push(...(await forgetShardFiles(client, row.id)))
      await addDestroy(client, row.id)
      const told = {
        v: 1,
        kind: 'dataset-expired',
        at: at.toISOString(),
        ...aboutDisclosure(row)
      } as const
      await append(client, `dataset-expired:${row.id}`, told)
    }
    return outlived.length
  })
  await removeStored(house.folder, 'shards', files)
  return expired
}
