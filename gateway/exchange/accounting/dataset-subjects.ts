/**
 * All subjects of one dataset, each row held against the tree that the dataset's statement commits to. Refuses tiles that do not make its root, a row that is
 * missing, altered or moved, a row whose key is another party's, is not there though nobody destroyed it, or was destroyed too early, and names that no longer lead to
 * it; told by dataset and row.
 */
import { type DisclosedSubject, rowLeaf } from '../../core/accounting/row.ts'
import { tileKey, treeOf } from '../../core/accounting/tiles.ts'
import { IntegrityError } from '../../core/errors.ts'
import { hashesIn } from '../../core/log/merkle.ts'
import type { DatasetStatement } from '../../core/log/statement.ts'
import type { Db } from '../../store/pool.ts'
import {
  countAliases,
  countSubjectKeys,
  rowsOfDataset,
  type SubjectRowAt,
  subjectKeysById,
  tilesOfDataset
} from '../../store/subject-rows.ts'
import type { Rooms } from '../house.ts'
import { openRow } from './proven-subjects.ts'
import { isOver } from './shred.ts'
import { subjectMac } from './subject-rows.ts'

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

/** A subject whose other names no longer lead to its key would be missing from an accounting by them. */
async function requireNames({ pool, ring }: Rooms, where: Place, found: readonly (Found | null)[]): Promise<void> {
  const names = found.flatMap((one) => {
    if (one === null) return []
    const { base, ids } = one.told.patient
    return ids.slice(1).map((id) => ({ mac: subjectMac(ring, { party: where.party, base, type: 'Patient', id }), subject: one.key }))
  })
  if (names.length > 0 && (await countAliases(pool, names)) < names.length)
    throw new IntegrityError('proof-invalid', { dataset: where.dataset, rows: `${where.first} and on`, names: 'not there' })
}

interface Place {
  readonly dataset: string
  readonly party: string
  readonly first: number
  /** its year is over for so long that keys may be destroyed */
  readonly over: boolean
}

interface Found {
  readonly told: DisclosedSubject
  /** number of the subject's key */
  readonly key: number
}

/** The rows of a page, each what its leaf commits to; null for one whose key was destroyed. */
async function provenPage(rooms: Rooms, { dataset, party, first, over }: Place, leaves: readonly Buffer[]): Promise<(Found | null)[]> {
  const rows = await rowsOfDataset(rooms.pool, dataset, first, leaves.length)
  const keys = new Map((await keysOf(rooms.pool, dataset, rows)).map((key) => [key.id, key]))
  return leaves.map((leaf, n) => {
    const row = rows[n]
    const where = { dataset, row: String(first + n) }
    if (row?.position !== first + n) throw new IntegrityError('proof-invalid', { ...where, is: 'not there' })
    const key = keys.get(row.subject)
    if (key === undefined && !over) throw new IntegrityError('key-missing', { ...where, is: 'destroyed before six years have passed' })
    if (key === undefined) return null
    if (key.party !== party) throw new IntegrityError('proof-invalid', { ...where, key: "another party's" })
    const opened = openRow(rooms.ring, party, key, row)
    if (!rowLeaf(opened.bytes).equals(leaf)) throw new IntegrityError('proof-invalid', where)
    return { told: opened.subject, key: key.id }
  })
}

/** Each subject, in the order of the tree; null for one whose key was destroyed, as it may be by `at`. */
export async function* subjectsOfDataset(
  rooms: Rooms,
  dataset: string,
  told: DatasetStatement,
  at: Date
): AsyncGenerator<DisclosedSubject | null> {
  const leaves = await provenLeaves(rooms.pool, dataset, told)
  for (let first = 0; first < leaves.length; first += PAGE) {
    const place = { dataset, party: told.source, first, over: isOver(new Date(told.at).getUTCFullYear(), at) }
    const found = await provenPage(rooms, place, leaves.slice(first, first + PAGE))
    await requireNames(rooms, place, found)
    for (const one of found) yield one?.told ?? null
  }
}
