/**
 * What the gate decides of a subject, as the byte that is kept for it: as it is, generalized by the profile, suppressed, or at one of the nodes that the
 * gate's summary lists. Decides nothing.
 */

export const FULL = 0
export const GENERALIZED = 1
export const SUPPRESSED = 2

const FIRST_NODE = 3
/** More different nodes than a byte can name do not occur: there is one for each earlier release that was recoded otherwise. */
const MOST_NODES = 256 - FIRST_NODE

/** Nodes by their bytes, as the gate finds them. */
export function createNodeBytes(): { byteOf(node: readonly number[]): number; readonly nodes: readonly (readonly number[])[] } {
  const nodes: (readonly number[])[] = []
  const bytes = new Map<string, number>()
  const byteOf = (node: readonly number[]): number => {
    if (node.every((level) => level === 0)) return FULL
    const known = bytes.get(node.join())
    if (known !== undefined) return known
    if (nodes.length === MOST_NODES) return SUPPRESSED
    bytes.set(node.join(), FIRST_NODE + nodes.length)
    return FIRST_NODE + nodes.push(node) - 1
  }
  return { byteOf, nodes }
}

/** The place of its node in the list; null for bytes that name none. */
export function nodeIndex(byte: number): number | null {
  return byte < FIRST_NODE ? null : byte - FIRST_NODE
}
