/**
 * The tree of a dataset's subjects as it is kept: in tiles of up to 256 hashes (the layout of C2SP tlog-tiles). Decides which tiles a proof is made of, so
 * that one patient's proof reads a few kilobytes, however many subjects the dataset has. Refuses a proof from tiles that are not there or cut short.
 */
import { emptyRoot, HASH_BYTES, hashesIn, joinSpan, type NodeId, nodeHash } from '../log/merkle.ts'
import { inclusionPlan, proofFrom } from '../log/proofs.ts'

export interface TileName {
  readonly level: number
  readonly index: number
}

export interface Tile extends TileName {
  /** hashes of 32 bytes, one behind the other */
  readonly hashes: Buffer
}

const HEIGHT = 8
const WIDTH = 1 << HEIGHT

/** The root (RFC 6962) and the tiles of a tree of these leaf hashes. */
export function treeOf(leaves: readonly Buffer[]): { readonly root: Buffer; readonly tiles: readonly Tile[] } {
  const tiles: Tile[] = []
  const perfect: Buffer[] = []
  let hashes = leaves
  for (let level = 0; hashes.length > 0; level++) {
    for (let at = 0; level % HEIGHT === 0 && at < hashes.length; at += WIDTH)
      tiles.push({ level: level / HEIGHT, index: at / WIDTH, hashes: Buffer.concat(hashes.slice(at, at + WIDTH)) })
    // what has no partner is a perfect subtree of the ragged right edge
    if (hashes.length % 2 === 1) perfect.push(hashes.at(-1) as Buffer)
    hashes = pairs(hashes)
  }
  return { root: perfect.length === 0 ? emptyRoot() : joinSpan(perfect.reverse()), tiles }
}

/** The parents of complete pairs. */
function pairs(hashes: readonly Buffer[]): Buffer[] {
  return Array.from({ length: hashes.length >> 1 }, (_, n) => nodeHash(hashes[2 * n] as Buffer, hashes[2 * n + 1] as Buffer)) // in bounds
}

/** 'level/index' of a tile, as a Map key. */
export function tileKey({ level, index }: TileName): string {
  return `${level}/${index}`
}

/** The tile a perfect subtree is computed from, and which of its hashes. */
function placeOf({ level, index }: NodeId): TileName & { readonly first: number; readonly count: number } {
  const inside = level % HEIGHT
  const first = Number(index) * 2 ** inside
  return { level: (level - inside) / HEIGHT, index: Math.floor(first / WIDTH), first: first % WIDTH, count: 2 ** inside }
}

/** The tiles that the proof of a leaf, and the leaf itself, are read from. */
export function tilesFor(position: number, size: number): TileName[] {
  const nodes: NodeId[] = [{ level: 0, index: BigInt(position) }, ...inclusionPlan(BigInt(position), BigInt(size)).flat()]
  return [...new Map(nodes.map(placeOf).map(({ level, index }) => [tileKey({ level, index }), { level, index }])).values()]
}

/** The leaf at `position` and its inclusion proof, from tiles by tileKey. null when a tile that is needed is not there, or too short. */
export function proofIn(
  tiles: ReadonlyMap<string, Buffer>,
  position: number,
  size: number
): { readonly leaf: Buffer; readonly proof: readonly Buffer[] } | null {
  const lookup = (node: NodeId): Buffer => {
    const place = placeOf(node)
    const found = hashesIn(tiles.get(tileKey(place)) ?? Buffer.alloc(0)).slice(place.first, place.first + place.count)
    if (found.length !== place.count || found.some(({ length }) => length !== HASH_BYTES))
      throw new RangeError('a tile is not there, or cut short')
    return treeOf(found).root
  }
  try {
    return { leaf: lookup({ level: 0, index: BigInt(position) }), proof: proofFrom(inclusionPlan(BigInt(position), BigInt(size)), lookup) }
  } catch {
    return null
  }
}
