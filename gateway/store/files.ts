/** Which files of the folder are named by a row that still needs them. One statement for each room. */
import type { Room } from './directory.ts'
import { type Db, rows } from './pool.ts'

const STATEMENTS: { readonly [room in Room]: string } = {
  uploads:
    "SELECT u.id FROM upload u JOIN submission s ON s.id = u.submission WHERE u.id = ANY($1::uuid[]) AND u.state IN ('receiving', 'kept') AND s.state <> 'destroyed'",
  buckets: 'SELECT file AS id FROM bucket_result WHERE file = ANY($1::uuid[])',
  shards: 'SELECT file AS id FROM shard WHERE file = ANY($1::uuid[])'
}

export async function namedFiles(db: Db, room: Room, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  return new Set((await rows<{ id: string }>(db, STATEMENTS[room], [ids])).map((row) => row.id))
}
