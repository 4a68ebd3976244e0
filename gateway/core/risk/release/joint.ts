/**
 * What the recipient knows of each subject once a dataset lies beside all earlier ones of the agreement, as a view: a name for the levels it is known at,
 * its class there, and each earlier class that differed. Subjects of one view look alike. Decides who may be released so that every view the recipient
 * then holds is of k subjects or nobody: those who come to a view, and those a subject leaves behind where something new becomes known of it (differencing).
 * Memory and time follow the subjects; the order of subjects does not matter.
 */

/** What the recipient would know of a subject: `before` null when it was never released. Equal when nothing new becomes known. */
export interface Move {
  readonly before: string | null
  readonly after: string
}

export interface Settled {
  /** per subject 1 when it may be released */
  readonly released: Uint8Array
  /** view → subjects the recipient holds in it, afterwards */
  readonly held: ReadonlyMap<string, number>
}

interface Members {
  /** come to the view, or stay in it */
  readonly arriving: number[]
  readonly leaving: number[]
}

interface State {
  readonly moves: readonly (Move | null)[]
  readonly released: Uint8Array
  readonly held: Map<string, number>
  readonly members: ReadonlyMap<string, Members>
  readonly k: number
}

/** `held`: view → subjects the recipient holds in it now. null: not to be released in any case. All that fail at once go at once, until none fails. */
export function settleMoves(moves: readonly (Move | null)[], held: ReadonlyMap<string, number>, k: number): Settled {
  const state: State = { moves, released: new Uint8Array(moves.length), held: new Map(held), members: membersOf(moves), k }
  moves.forEach((move, subject) => {
    if (move === null) return
    state.released[subject] = 1
    shift(state, move.before, move.after)
  })
  for (let dirty = new Set(state.members.keys()); dirty.size > 0; ) {
    const undone = [...dirty].filter((view) => fails(state, view)).flatMap((view) => undoing(state, view))
    dirty = new Set()
    for (const subject of undone) {
      const move = moves[subject]
      if (move === null || move === undefined || state.released[subject] === 0) continue
      state.released[subject] = 0
      shift(state, move.after, move.before)
      dirty.add(move.after)
      if (move.before !== null) dirty.add(move.before)
    }
  }
  return { released: state.released, held: state.held }
}

function membersOf(moves: readonly (Move | null)[]): Map<string, Members> {
  const members = new Map<string, Members>()
  const of = (view: string): Members => {
    const found = members.get(view) ?? { arriving: [], leaving: [] }
    members.set(view, found)
    return found
  }
  moves.forEach((move, subject) => {
    if (move === null) return
    of(move.after).arriving.push(subject)
    if (move.before !== null && move.before !== move.after) of(move.before).leaving.push(subject)
  })
  return members
}

function shift({ held }: State, from: string | null, to: string | null): void {
  if (from === to) return
  if (from !== null) held.set(from, (held.get(from) ?? 0) - 1)
  if (to !== null) held.set(to, (held.get(to) ?? 0) + 1)
}

function fails({ held, k }: State, view: string): boolean {
  const size = held.get(view) ?? 0
  return size > 0 && size < k
}

/** Whose release makes it fail: those who leave, if that is enough, else those who arrive as well. */
function undoing({ held, members, released, k }: State, view: string): readonly number[] {
  const { arriving = [], leaving = [] } = members.get(view) ?? {}
  const left = leaving.filter((subject) => released[subject] === 1)
  return left.length > 0 && (held.get(view) ?? 0) + left.length >= k ? left : [...left, ...arriving]
}
