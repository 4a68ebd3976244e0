/**
 * The tree as static files (C2SP tlog-tiles): 256 hashes a tile, 256 leaves an entry bundle. Decides which path names which tile, and which tiles a tree of a
 * size has. Refuses every second spelling of a path: leading zeros, empty groups, a full tile written as a partial one.
 */

const TILE_WIDTH = 256
const TILE_HEIGHT = 8
const MAX_LEVEL = 63
const MAX_ENTRY = 0xff_ff

/** A tile of hashes, or of entries (as wide as a tile of level 0). `width`: 1 to 256, less than 256 for a partial one. */
export interface Tile {
  readonly level: number
  readonly index: bigint
  readonly width: number
}

/** The level of a tile of hashes as its path spells it, or null. */
export function parseTileLevel(text: string): number | null {
  return /^(?:0|[1-9]\d?)$/.test(text) && Number(text) <= MAX_LEVEL ? Number(text) : null
}

/** The tile that the path elements after the level name (`x001`, `x234`, `067.p`, `8`), or null when they name none. */
export function parseTilePath(level: number, elements: readonly string[]): Tile | null {
  const [last = '', before = ''] = elements.toReversed()
  const partial = before.endsWith('.p')
  const width = partial ? parseWidth(last) : TILE_WIDTH
  const groups = partial ? [...elements.slice(0, -2), before.slice(0, -2)] : elements
  const index = parseIndex(groups)
  return width === null || index === null ? null : { level, index, width }
}

function parseWidth(text: string): number | null {
  return /^[1-9]\d{0,2}$/.test(text) && Number(text) < TILE_WIDTH ? Number(text) : null
}

/** 20 digits hold any 64-bit number: seven groups of three. */
function parseIndex(groups: readonly string[]): bigint | null {
  const digits = groups.map((group, at) => (at < groups.length - 1 ? /^x(\d{3})$/ : /^(\d{3})$/).exec(group)?.[1])
  if (digits.length === 0 || digits.length > 7 || digits.includes(undefined) || (digits.length > 1 && digits[0] === '000')) return null
  return BigInt(digits.join(''))
}

/** Is the tile there in a tree of `size` leaves? A partial one is, for every width that the tree fills. */
export function hasTile(size: bigint, { level, index, width }: Tile): boolean {
  return index * BigInt(TILE_WIDTH) + BigInt(width) <= size >> BigInt(level * TILE_HEIGHT)
}

/** Where the hashes of a tile stand in the tree: `count` perfect subtrees of a level (0: leaves) from an index on. */
export function hashesOfTile({ level, index, width }: Tile): { readonly level: number; readonly first: bigint; readonly count: number } {
  return { level: level * TILE_HEIGHT, first: index * BigInt(TILE_WIDTH), count: width }
}

export function isFullTile(tile: Tile): boolean {
  return tile.width === TILE_WIDTH
}

/** Entries as one bundle: each behind its length in 16 bits, big-endian. RangeError when one is longer than that can say. */
export function entryBundle(entries: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = []
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY) throw new RangeError('an entry of a bundle has at most 65,535 bytes')
    parts.push(Buffer.of(entry.length >> 8, entry.length & 0xff), entry)
  }
  return Buffer.concat(parts)
}
