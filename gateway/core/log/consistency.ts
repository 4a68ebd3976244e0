/**
 * How a checkpoint stands to one that was seen before, and whether a proof leads from the one to the other. Decides what is a fork and what is
 * growth. Refuses proofs that are not lines of canonical base64, each of one hash; an empty body is the empty proof.
 */
import { base64Of, type Checkpoint } from './checkpoint.ts'
import { verifyConsistency } from './proofs.ts'

/** A tree of 2^64 leaves has no longer one. */
const MAX_HASHES = 65

/** same: size and root; forked: one size, two roots, which no proof can mend. */
export type Standing = 'same' | 'grown' | 'shorter' | 'forked'

/** How `seen` stands to `kept`. */
export function standingOf(kept: Checkpoint, seen: Checkpoint): Standing {
  if (seen.size !== kept.size) return seen.size > kept.size ? 'grown' : 'shorter'
  return seen.root.equals(kept.root) ? 'same' : 'forked'
}

/** The hashes of a consistency proof as the gateway sends them, one a line; null when it is none. */
export function parseConsistency(text: string): Buffer[] | null {
  if (text === '') return []
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length > MAX_HASHES) return null
  const hashes = lines.map((line) => base64Of(line, 32))
  return hashes.every((hash) => hash !== null) ? hashes : null
}

/** Is the smaller of two trees the beginning of the larger? */
export function areConsistent(one: Checkpoint, other: Checkpoint, proof: readonly Buffer[]): boolean {
  const [first, second] = one.size <= other.size ? [one, other] : [other, one]
  return verifyConsistency({ size1: first.size, size2: second.size, root1: first.root, root2: second.root, proof })
}
