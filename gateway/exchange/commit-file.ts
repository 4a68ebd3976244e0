/**
 * The commit that names a stored file. Decides what becomes of the file when the commit does not say yes: removed when the transaction
 * rolled back, left alone when the database failed. MUST NOT remove it then: the commit may stand although its answer was lost, and the
 * sweep decides by the rows.
 */
import { UpstreamError } from '../core/errors.ts'
import { type Room, removeStored } from '../store/directory.ts'

/** Runs `commit`; it resolves to null when it named no file after all. */
export async function commitFile<T>(folder: string, room: Room, file: string, commit: () => Promise<T | null>): Promise<T | null> {
  let named: T | null
  try {
    named = await commit()
  } catch (error) {
    if (!(error instanceof UpstreamError)) await removeStored(folder, room, [file])
    throw error
  }
  if (named === null) await removeStored(folder, room, [file])
  return named
}
