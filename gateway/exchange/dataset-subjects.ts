/**
 * All subjects of one dataset, each row held against the tree that the dataset's statement commits to. Refuses tiles that do not make its root, a row that is
 * missing, altered or moved, and a row whose key is not there though nobody destroyed it; named by dataset and row.
 */
import { type DisclosedSubject, rowLeaf } from '../core/accounting/row.ts'
import { hashesIn, tileKey, treeOf } from '../core/accounting/tiles.ts'
import { IntegrityError } from '../core/errors.ts'
import type { DatasetStatement } from '../core/log/statement.ts'
import type { Db } from '../store/pool.ts'
import { countSubjectKeys, rowsOfDataset, type SubjectRowAt, subjectKeysById, tilesOfDataset } from '../store/subject-rows.ts'
import type { Rooms } from './house.ts'
import { openRow } from './proven-subjects.ts'

const PAGE = 500

/** The leaves of a dataset, from tiles that its statement bears out. */
async function provenLeaves(db: Db, dataset: string, told: DatasetStatement): Promise<Buffer[]> {
  const tiles = await tilesOfDataset(db, dataset)
  const leaves = tiles.filter(({ level }) => level === 0).flatMap(({ hashes }) => hashesIn(hashes))
  const tree = treeOf(leaves)
  const again = new Map(tree.tiles.map((tile) => [tileKey(tile), tile.hashes]))
  const same = again.size === tiles.length && tiles.every((tile) => again.get(tileKey(tile))?.equals(tile.hashes) === true)
  if (!same || leaves.length !== told.subjects.released || `sha256:${tree.root.toString('hex')}` !== told.subjectsRoot)
    throw new IntegrityError('proof-invalid', { dataset, tiles: 'not what the entry commits to' })
  return leaves
}

async function keysOf(db: Db, dataset: string, rows: readonly SubjectRowAt[]): ReturnType<typeof subjectKeysById> {
  const ids = [...new Set(rows.map(({ subject }) => subject))]
  const keys = await subjectKeysById(db, ids)
  if (keys.length < ids.length && (await countSubjectKeys(db, ids)) < ids.length)
    throw new IntegrityError('key-missing', { dataset, rows: `${rows[0]?.position} and on` })
  return keys
}

/** Each subject, in the order of the tree; null for one whose key was destroyed. */
export async function* subjectsOfDataset(rooms: Rooms, dataset: string, told: DatasetStatement): AsyncGenerator<DisclosedSubject | null> {
  const leaves = await provenLeaves(rooms.pool, dataset, told)
  for (let first = 0; first < leaves.length; first += PAGE) {
    const rows = await rowsOfDataset(rooms.pool, dataset, first, PAGE)
    const keys = new Map((await keysOf(rooms.pool, dataset, rows)).map((key) => [key.id, key]))
    for (const [n, leaf] of leaves.slice(first, first + PAGE).entries()) {
      const row = rows[n]
      const where = { dataset, row: String(first + n) }
      if (row?.position !== first + n) throw new IntegrityError('proof-invalid', { ...where, is: 'not there' })
      const key = keys.get(row.subject)
      const opened = key === undefined ? null : openRow(rooms.ring, told.source, key, row)
      if (opened !== null && !rowLeaf(opened.bytes).equals(leaf)) throw new IntegrityError('proof-invalid', where)
      yield opened?.subject ?? null
    }
  }
}
