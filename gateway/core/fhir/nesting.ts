/** Follows brackets and strings of JSON over bytes that arrive in pieces. Decides nothing: brackets of a kind are not told apart, JSON.parse does that. */

const QUOTE = 0x22
const BACKSLASH = 0x5c

export class Nesting {
  depth = 0
  inString = false

  /**
   * Runs over bytes[from, to) until a closing bracket takes the depth down to `floor`; returns the position behind it, or one not before `to` when
   * the bytes ran out (one behind, if a backslash takes a byte not yet there: go on from that position).
   */
  run(bytes: Uint8Array, from: number, to: number, floor: number): number {
    let depth = this.depth
    let i = this.inString ? endOfString(bytes, from, to) : from
    while (i >= 0 && i < to) {
      const c = bytes[i++] ?? 0
      if (c === QUOTE) i = endOfString(bytes, i, to)
      else if (bracketOf(c) === OPEN) depth++
      else if (bracketOf(c) === CLOSE && --depth <= floor) break
    }
    this.depth = depth
    this.inString = i < 0
    return i < 0 ? ~i : i
  }
}

export const OPEN = 0x5b
export const CLOSE = 0x5d

/** OPEN for { and [, CLOSE for } and ], something else for any other byte that JSON may have outside strings. */
export function bracketOf(byte: number): number {
  return byte & 0xdf // 0x7b 0x5b and 0x7d 0x5d differ by this bit only
}

/** The position behind the quote that ends the string; where the bytes ran out before it, the complement (~) of the position to go on from. */
export function endOfString(bytes: Uint8Array, from: number, to: number): number {
  let i = from
  while (i < to) {
    const c = bytes[i++]
    if (c === QUOTE) return i
    if (c === BACKSLASH) i++
  }
  return ~i
}
