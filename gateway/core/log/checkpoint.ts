/**
 * The text of a checkpoint (C2SP tlog-checkpoint): origin, tree size, root hash. Decides what a signed note must say to be one.
 * Refuses other origins, sizes with leading zeros, hashes not in canonical base64, carriage returns; extension lines are kept, unread.
 */

export interface Checkpoint {
  readonly origin: string
  readonly size: bigint
  readonly root: Buffer
}

const SIZE = /^(?:0|[1-9][0-9]{0,19})$/

/** The note text of a checkpoint: three lines, each ended by a newline. Throws RangeError when the origin is not one line. */
export function checkpointText(checkpoint: Checkpoint): string {
  if (!/^[!-~]+$/.test(checkpoint.origin) || checkpoint.origin.includes('+')) throw new RangeError('an origin is a schema-less URL')
  return `${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString('base64')}\n`
}

/** The checkpoint a note text holds, or null when it is not one. The text must have been verified before. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const lines = text.split('\n')
  const [origin, size, root] = lines
  if (origin === undefined || size === undefined || root === undefined || lines.length < 4) return null
  const ended = lines.at(-1) === '' && lines.slice(0, -1).every((line) => line !== '')
  const hash = base64Of(root, 32)
  const treeSize = parseSize(size)
  if (!ended || hash === null || treeSize === null || text.includes('\r')) return null
  return { origin, size: treeSize, root: hash }
}

/** A 64-bit size or index in decimal without leading zeros, or null. */
export function parseSize(text: string): bigint | null {
  if (!SIZE.test(text)) return null
  const size = BigInt(text)
  return size < 1n << 64n ? size : null
}

/** Bytes from canonical standard base64 (RFC 4648 §4) of exactly `bytes` bytes (any number when null), or null: no second spelling of a hash. */
export function base64Of(text: string, bytes: number | null): Buffer | null {
  const decoded = Buffer.from(text, 'base64')
  if (decoded.toString('base64') !== text) return null
  return bytes === null || decoded.length === bytes ? decoded : null
}
