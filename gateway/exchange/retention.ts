/**
 * Retention: a dataset is destroyed so many days after its release as its agreement says. Decides by the policy it was released under. The
 * statement, its entry and the counts stay; the sealed files go, after the commit that says so.
 */
import { removeStored } from '../store/directory.ts'
import { moveDisclosure, outlivedDatasets } from '../store/disclosures.ts'
import { transaction } from '../store/pool.ts'
import { forgetShardFiles } from '../store/results.ts'
import type { House } from './house.ts'
import { append } from './log.ts'

/** Destroys what has outlived its retention; how many datasets. */
export async function expireDatasets(house: Pick<House, 'pool' | 'folder' | 'now'>): Promise<number> {
  const files: string[] = []
  const expired = await transaction(house.pool, async (client) => {
    const at = house.now()
    const outlived = await outlivedDatasets(client, at)
    for (const row of outlived) {
      await moveDisclosure(client, row.id, ['ready', 'recalled'], 'expired', 'retention')
      files.push(...(await forgetShardFiles(client, row.id)))
      const told = {
        v: 1,
        kind: 'dataset-expired',
        at: at.toISOString(),
        dataset: row.id,
        agreement: row.agreement,
        policy: row.agreement_hash
      } as const
      await append(client, `dataset-expired:${row.id}`, told, row.id)
    }
    return outlived.length
  })
  await removeStored(house.folder, 'shards', files)
  return expired
}
