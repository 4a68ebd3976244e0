/**
 * The names of a Bundle: which `urn:uuid:` entry is of which type, in a table that threads share. Decides the type a
 * reference points to; an unknown name has none. Rows are 17 bytes (16 of SHA-256 of the name, one type number), open
 * addressing: 550,000 entries take 19 MB once, not a Map in every thread.
 */
import { sha256 } from '../digest.ts'

const KEY = 16
const ROW = KEY + 1

/** A row for each name: what a worker reports of the entries it read. `types` is the fixed list both sides number by. */
export function nameRows(names: Iterable<readonly [name: string, type: string]>, types: readonly string[]): Uint8Array {
  const rows: Buffer[] = []
  for (const [name, type] of names) {
    const number = types.indexOf(type)
    if (number < 0 || number > 254) continue
    rows.push(sha256(name).subarray(0, KEY), Buffer.of(number + 1))
  }
  return Buffer.concat(rows)
}

/** The table of all rows; a name given twice keeps its first type. */
export function nameTable(chunks: readonly Uint8Array[]): SharedArrayBuffer {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.length / ROW, 0)
  const capacity = Math.max(1, rows * 2)
  const table = Buffer.from(new SharedArrayBuffer(capacity * ROW))
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += ROW) {
      const row = Buffer.from(chunk.buffer, chunk.byteOffset + at, ROW)
      const slot = slotOf(table, capacity, row)
      if (table[slot * ROW + KEY] === 0) row.copy(table, slot * ROW)
    }
  }
  return table.buffer as SharedArrayBuffer // made two lines above
}

/** The type of a name, or undefined. */
export function typeOfName(shared: SharedArrayBuffer, name: string, types: readonly string[]): string | undefined {
  const table = Buffer.from(shared)
  const slot = slotOf(table, table.length / ROW, sha256(name))
  const number = table[slot * ROW + KEY] ?? 0
  return number === 0 ? undefined : types[number - 1]
}

/** The slot that holds the key, or the free one where it would stand. The table is at most half full, so the walk ends. */
function slotOf(table: Buffer, capacity: number, key: Buffer): number {
  let slot = key.readUInt32BE(0) % capacity
  while (table[slot * ROW + KEY] !== 0 && table.compare(key, 0, KEY, slot * ROW, slot * ROW + KEY) !== 0) slot = (slot + 1) % capacity
  return slot
}
