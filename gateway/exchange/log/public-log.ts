/**
 * What anyone may read of the log: checkpoint, tiles, proofs. Decides by the newest signed checkpoint: what it does not cover is not there. Leaves say when
 * and what kind, and commit to the rest: what entries say is never read here. Null stands for what is not there.
 */
import type { Pool } from 'pg'
import { IntegrityError } from '../../core/errors.ts'
import { receiptText } from '../../core/log/receipt.ts'
import { entryBundle, hashesOfTile, hasTile, type Tile } from '../../core/log/tiles.ts'
import { type CheckpointRow, checkpointOfSize, findLeaves, indexOfLeaf, latestCheckpoint, readHashes, readLeaves } from '../../store/log.ts'
import { proveConsistency, proveInclusions } from './log-proofs.ts'
import { together } from './together.ts'

export interface PublicLog {
  /** The newest signed checkpoint, a note. */
  checkpoint(): Promise<string | null>
  /** Hashes, one behind the other. */
  hashTile(tile: Tile): Promise<Buffer | null>
  /** An entry bundle: leaves, never what they say. */
  entryTile(tile: Tile): Promise<Buffer | null>
  /** C2SP tlog-proof with the leaf as its extra data, under the signed checkpoint of `size` (the newest when null). `of`: an index, or a leaf hash of 32 bytes. */
  inclusion(of: bigint | Buffer, size: bigint | null): Promise<string | null>
  /** The hashes of the proof that the tree of `from` is a prefix of that of `to`, one a line, base64. */
  consistency(from: bigint, to: bigint): Promise<string | null>
}

/** A checkpoint is asked for anew after so long, or as soon as more is wanted than it covers. */
const KNOWN_FOR_MS = 250
/** Proofs made by one statement. */
const TOGETHER = 32

type Newest = (atLeast: bigint) => Promise<CheckpointRow | null>

function newestOf(pool: Pool): Newest {
  const known: { at: number; row: CheckpointRow | null } = { at: Number.NEGATIVE_INFINITY, row: null }
  return async (atLeast) => {
    if (known.row === null || known.row.size < atLeast || performance.now() - known.at > KNOWN_FOR_MS) {
      known.row = await latestCheckpoint(pool)
      known.at = performance.now()
    }
    return known.row !== null && known.row.size >= atLeast ? known.row : null
  }
}

async function coversTile(newest: Newest, tile: Tile): Promise<boolean> {
  const { level, first, count } = hashesOfTile(tile)
  const row = await newest((first + BigInt(count)) << BigInt(level))
  return row !== null && hasTile(row.size, tile)
}

async function hashTile(pool: Pool, newest: Newest, tile: Tile): Promise<Buffer | null> {
  if (!(await coversTile(newest, tile))) return null
  const hashes = await readHashes(pool, hashesOfTile(tile))
  if (hashes.length !== tile.width * 32) throw new IntegrityError('log-altered', { tile: `${tile.level}/${tile.index}` })
  return hashes
}

async function entryTile(pool: Pool, newest: Newest, tile: Tile): Promise<Buffer | null> {
  if (!(await coversTile(newest, tile))) return null
  const leaves = await readLeaves(pool, hashesOfTile(tile).first, tile.width)
  if (leaves.length !== tile.width) throw new IntegrityError('log-altered', { tile: `entries/${tile.index}` })
  return entryBundle(leaves)
}

interface Claim {
  readonly index: bigint
  readonly under: CheckpointRow
}

/** Receipts that bring their entries along: one statement for the nodes of all, one for the leaves. */
async function receiptsOf(pool: Pool, claims: readonly Claim[]): Promise<string[]> {
  const leaves = claims.map(({ index, under }) => ({ index, size: under.size }))
  const [proofs, entries] = await Promise.all([proveInclusions(pool, leaves), findLeaves(pool, leaves)])
  return claims.map(({ index, under }, at) => {
    const [proof, entry] = [proofs[at], entries.get(index)]
    if (proof === undefined || entry === undefined) throw new IntegrityError('log-altered', { entry: String(index) })
    return receiptText({ index, entry, proof, checkpoint: under.note })
  })
}

type Receipts = (claim: Claim) => Promise<string>

async function inclusion(pool: Pool, newest: Newest, receipts: Receipts, of: bigint | Buffer, size: bigint | null): Promise<string | null> {
  const index = typeof of === 'bigint' ? of : await indexOfLeaf(pool, of)
  if (index === null) return null
  const row = await newest(size ?? index + 1n)
  const under = row === null || size === null || size === row.size ? row : await checkpointOfSize(pool, size)
  return under === null || index >= under.size ? null : receipts({ index, under })
}

async function consistency(pool: Pool, newest: Newest, from: bigint, to: bigint): Promise<string | null> {
  if (from > to || (await newest(to)) === null) return null
  return (await proveConsistency(pool, from, to)).map((hash) => `${hash.toString('base64')}\n`).join('')
}

export function openPublicLog(pool: Pool): PublicLog {
  const newest = newestOf(pool)
  const receipts = together((claims: readonly Claim[]) => receiptsOf(pool, claims), TOGETHER)
  return {
    checkpoint: async () => (await newest(0n))?.note ?? null,
    hashTile: (tile) => hashTile(pool, newest, tile),
    entryTile: (tile) => entryTile(pool, newest, tile),
    inclusion: (of, size) => inclusion(pool, newest, receipts, of, size),
    consistency: (from, to) => consistency(pool, newest, from, to)
  }
}
