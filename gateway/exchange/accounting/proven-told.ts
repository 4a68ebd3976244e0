/**
 * What entries of one kind say, proved: each body is what its leaf commits to, and each leaf stands under the newest signed checkpoint. What waits for its place
 * is given it first. Decides nothing; refuses all of them when one is not what the log says, naming it by its place.
 */
import type { Json } from '../../core/digest.ts'
import { IntegrityError } from '../../core/errors.ts'
import type { EntryKind } from '../../core/log/kinds.ts'
import { commitsTo, parseLeaf } from '../../core/log/leaf.ts'
import { leafHash } from '../../core/log/merkle.ts'
import { verifyInclusion } from '../../core/log/proofs.ts'
import { openCheckpoint, ownVerifiers } from '../../seal/receipt.ts'
import { type Sought, type ToldEntry, toldEntries } from '../../store/accounting.ts'
import { latestCheckpoint } from '../../store/log.ts'
import type { Rooms } from '../house.ts'
import { sequence } from '../log/log.ts'
import { proveInclusions } from '../log/log-proofs.ts'

export interface ProvenTold {
  /** what made it one entry: the log proves it with what the entry says */
  readonly key: string
  readonly at: string
  /** null once that has expired */
  readonly told: { readonly [member: string]: Json } | null
}

/** Entries that have their place, all under the newest checkpoint; null when one does not. */
async function placed(rooms: Rooms, kind: EntryKind, sought: Sought): Promise<(ToldEntry & { readonly index: number })[] | null> {
  const found = await toldEntries(rooms.pool, kind, sought)
  if (found.length === 0) return []
  const size = (await latestCheckpoint(rooms.pool))?.size ?? 0n
  const all = found.flatMap((entry) => (entry.index !== null && BigInt(entry.index) < size ? [{ ...entry, index: entry.index }] : []))
  return all.length === found.length ? all : null
}

/** Entries of a kind, in the order of the log. IntegrityError proof-invalid. */
export async function provenTold(rooms: Rooms, kind: EntryKind, sought: Sought = {}): Promise<ProvenTold[]> {
  let found = await placed(rooms, kind, sought)
  if (found === null) {
    await sequence(rooms)
    found = await placed(rooms, kind, sought)
  }
  if (found === null) throw new IntegrityError('proof-invalid', { kind, entry: 'not in the log' })
  return provenAmong(rooms, kind, found)
}

/** What these entries of a kind say, each under the newest checkpoint. IntegrityError proof-invalid. */
export async function provenAmong(
  rooms: Rooms,
  kind: EntryKind,
  entries: readonly (ToldEntry & { readonly index: number })[]
): Promise<ProvenTold[]> {
  if (entries.length > 0) await requireIncluded(rooms, entries)
  return entries.map((entry) => toldIn(kind, entry))
}

async function requireIncluded(
  { pool, ring }: Rooms,
  entries: readonly { readonly index: number; readonly entry: Buffer }[]
): Promise<void> {
  const note = (await latestCheckpoint(pool))?.note ?? ''
  const { size, root } = openCheckpoint(note, ownVerifiers(ring))
  const proofs = await proveInclusions(
    pool,
    entries.map(({ index }) => ({ index: BigInt(index), size }))
  )
  for (const [n, { index, entry }] of entries.entries())
    if (!verifyInclusion({ index: BigInt(index), size, leaf: leafHash(entry), proof: proofs[n] ?? [], root }))
      throw new IntegrityError('proof-invalid', { entry: String(index) })
}

function toldIn(kind: EntryKind, { index, key, entry, statement, salt }: ToldEntry): ProvenTold {
  const leaf = parseLeaf(entry)
  const fault = new IntegrityError('proof-invalid', { entry: String(index), body: 'not what the entry commits to' })
  if (leaf === null) throw fault
  if (statement === null || salt === null) return { key, at: leaf.at, told: null }
  if (!commitsTo(leaf, salt, statement)) throw fault
  const told = JSON.parse(statement) as { readonly [member: string]: Json } // the leaf commits to it
  if (told['kind'] !== kind || told['at'] !== leaf.at) throw fault
  return { key, at: leaf.at, told }
}
