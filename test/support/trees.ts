import { appendLeaves, rangeFrom, rootOf } from '../../gateway/core/log/merkle.ts'

/** The root of a list of leaf hashes (RFC 6962 §2.1). */
export function rootOfLeaves(leaves: readonly Buffer[]): Buffer {
  return rootOf(appendLeaves(rangeFrom(0n, []), leaves).range)
}
