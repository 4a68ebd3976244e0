/**
 * The lattice of generalisations: a node is a level for each quasi-identifier, numbered in mixed radix; one above another has no level lower. Decides
 * nothing: it walks, and remembers what was said of nodes.
 */
import type { Ladder } from './hierarchies.ts'

export interface Lattice {
  readonly nodes: number
  levelsOf(node: number): number[]
  /** the nodes one level higher in one column */
  above(node: number): number[]
  /** the nodes one level lower in one column */
  below(node: number): number[]
}

export function latticeSize(ladders: readonly Ladder[]): number {
  return ladders.reduce((product, { levels }) => product * levels.length, 1)
}

export function createLattice(ladders: readonly Ladder[]): Lattice {
  const heights = ladders.map(({ levels }) => levels.length)
  const strides = heights.map((_, index) => heights.slice(0, index).reduce((product, height) => product * height, 1))
  const levelsOf = (node: number): number[] => strides.map((stride, index) => Math.floor(node / stride) % (heights[index] ?? 1))
  return {
    nodes: latticeSize(ladders),
    levelsOf,
    above: (node) => levelsOf(node).flatMap((level, index) => (level + 1 < (heights[index] ?? 1) ? [node + (strides[index] ?? 0)] : [])),
    below: (node) => levelsOf(node).flatMap((level, index) => (level > 0 ? [node - (strides[index] ?? 0)] : []))
  }
}

/** Marks a node and all that `next` leads to. What is marked already has been followed before, so all calls together visit a node once. */
export function markFrom(marks: Uint8Array, mark: number, start: number, next: (node: number) => readonly number[]): void {
  const waiting = [start]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (marks[node] === mark) continue
    marks[node] = mark
    waiting.push(...next(node))
  }
}
