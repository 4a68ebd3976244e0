/**
 * The risk gate of a profile that declares its quasi-identifiers: of all choices of levels that hold what is asked, the one that costs least is chosen for
 * everybody the recipient does not know yet (global recoding), and what it already knows of the others never becomes more precise: they stay at the levels
 * they are known at, or coarser ones of this choice. Then all are judged together with earlier releases (joint.ts); who is too rare is suppressed. Decides
 * nothing of what follows when too many are: that is the agreement's.
 */
import { createDiverse } from './diverse.ts'
import { type Move, settleMoves } from './joint.ts'
import { type Choice, chooseNode, isFresh } from './node-choice.ts'
import { heldAfter, type Person, type RecodingInput } from './person.ts'

export interface Recoding {
  /** of those who are new, and what it costs them */
  readonly choice: Choice
  /** per person the levels its records leave at; null: suppressed */
  readonly nodes: readonly (readonly number[] | null)[]
  /** per person how many look like it in all that the recipient then holds; of one suppressed, how many would have */
  readonly sizes: Int32Array
  /** view → subjects the recipient then holds in it */
  readonly held: ReadonlyMap<string, number>
  /** per person its view, null where it is suppressed */
  readonly views: readonly (string | null)[]
}

export function recode(input: RecodingInput): Recoding {
  const { people, nameOf } = input
  const choice = chooseNode(input, suppressedAlready(input))
  const moves = people.map((person): Move | null => {
    const after = heldAfter(person, choice.node, nameOf)
    return after === null ? null : { before: person.known?.view ?? null, after: after.view }
  })
  const { released, held } = settleAll(input, moves)
  const wanted = new Map(input.held)
  for (const move of moves) if (move !== null && move.before !== move.after) wanted.set(move.after, (wanted.get(move.after) ?? 0) + 1)
  return {
    choice,
    held,
    nodes: people.map((person, index) => (released[index] === 1 ? sealedAt(person, choice.node) : null)),
    sizes: Int32Array.from(moves, (move, index) => (move === null ? 0 : ((released[index] === 1 ? held : wanted).get(move.after) ?? 0))),
    views: moves.map((move, index) => (move !== null && released[index] === 1 ? move.after : null))
  }
}

/** Nobody who is known becomes known more precisely. */
function sealedAt({ known }: Person, node: readonly number[]): readonly number[] {
  const { node: before = null } = known ?? {}
  return before === null ? node : node.map((level, column) => Math.max(level, before[column] ?? 0))
}

/** Of those who are known under this declaration, or did not come whole: whatever levels are chosen, they are suppressed. */
function suppressedAlready({ people, held, demand, nameOf }: RecodingInput): number {
  const settledBefore = people.filter((person) => !isFresh(person))
  const moves = settledBefore.map((person): Move | null => {
    const after = heldAfter(person, [], nameOf)
    return after === null ? null : { before: person.known?.view ?? null, after: after.view }
  })
  const { released } = settleMoves(moves, held, demand.k)
  return released.reduce((sum, each) => sum + (1 - each), 0)
}

/** Where l or t fails, those who leave the view are suppressed, else those who come to it; then all is asked again, until all hold. */
function settleAll(input: RecodingInput, moves: readonly (Move | null)[]): ReturnType<typeof settleMoves> {
  const failsIn = createDiverse(input)
  let open = moves
  for (;;) {
    const settled = settleMoves(open, input.held, input.demand.k)
    const failing = failsIn(open, settled.released)
    if (failing.size === 0) return settled
    const left = new Set(open.flatMap((move, index) => (leaves(move) && settled.released[index] === 1 ? [move?.before ?? ''] : [])))
    open = open.map((move) => {
      if (move === null) return null
      const undone = leaves(move) && failing.has(move.before ?? '') ? true : failing.has(move.after) && !left.has(move.after)
      return undone ? null : move
    })
  }
}

function leaves(move: Move | null): boolean {
  return move !== null && move.before !== null && move.before !== move.after
}
