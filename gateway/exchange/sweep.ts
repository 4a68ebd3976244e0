/** Orphans: files that no row names, left by attempts that died. Decides by the database, and leaves young files alone: their row may be on its way. */
import { oldFiles, ROOMS, removeDraft, removeStored } from '../store/directory.ts'
import { namedFiles } from '../store/files.ts'
import type { House } from './house.ts'

/** Longer than any attempt may take between its first byte and its row. */
const ORPHAN_SECONDS = 24 * 3600

/** Removes orphans older than a day. How many. */
export async function sweepFiles(house: Pick<House, 'pool' | 'folder' | 'now'>): Promise<number> {
  let removed = 0
  for (const room of ROOMS) {
    const old = await oldFiles(house.folder, room, ORPHAN_SECONDS, house.now())
    const named = await namedFiles(
      house.pool,
      room,
      old.map((file) => file.id)
    )
    for (const { id, draft } of old) {
      if (draft) await removeDraft(house.folder, room, id)
      else if (named.has(id)) continue
      else await removeStored(house.folder, room, [id])
      removed += 1
    }
  }
  return removed
}
