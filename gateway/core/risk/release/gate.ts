/**
 * The risk gate: k-anonymity over a whole dataset (Sweeney 2002), with a declared fallback. Decides for each subject: released in full
 * (level 0), generalised (level 1) or suppressed (level 2), and for the dataset: release, hold or, where the agreement says so, refuse. A held dataset
 * waits for an officer, and whoever was too rare is at level 2 there too, so that even an officer's release never lets a small group out.
 */

export interface GateInput {
  /** Per subject its class at level 0 and at level 1; null = its characteristics could not be determined, so it is never released. */
  readonly classes: readonly (readonly [full: string, generalized: string] | null)[]
  /**
   * Per level, class → number of distinct subjects released earlier under the agreement at that level, not counting subjects of this
   * release: the recipient has them side by side with the new ones.
   */
  readonly earlier: readonly [full: ReadonlyMap<string, number>, generalized: ReadonlyMap<string, number>]
  /**
   * Per subject the level at which the recipient already knows it (0, 1), or NEVER; null when nobody was released before. A subject keeps
   * that level or is suppressed: moving one of a generalised group to level 0 would leave the others behind in a smaller group.
   */
  readonly known: Uint8Array | null
  readonly k: number
  readonly belowK: readonly ('generalize' | 'suppress' | 'refuse')[]
  /** 0..1, share of the subjects */
  readonly suppressionLimit: number
}

export interface GateResult {
  /** per subject, in the order given: 0 full, 1 generalised, 2 suppressed */
  readonly levels: Uint8Array
  readonly verdict: 'release' | 'hold' | 'refuse'
  /** the smallest released group, earlier subjects counted; 0 when nobody is released */
  readonly smallestGroup: number
  /** how many subjects stand in groups of which size, per level; at level 2 the size that was too small */
  readonly groups: readonly GroupCount[]
  /** 0..1 */
  readonly suppressedShare: number
}

export interface GroupCount {
  readonly level: 0 | 1 | 2
  readonly size: number
  readonly subjects: number
}

/** In GateInput.known: this subject was not released before. */
export const NEVER = 255

const LEVELS = [0, 1] as const
const SUPPRESSED = 2

/** Time and memory O(subjects). The order of subjects does not matter. A level-1 group counts only records released at level 1. */
export function gate(input: GateInput): GateResult {
  const { classes, k, belowK, suppressionLimit } = input
  const levels = new Uint8Array(classes.length).fill(SUPPRESSED)
  const sizes = new Float64Array(classes.length)
  for (const level of LEVELS) {
    if (level === 0 || belowK.includes('generalize')) settle(level, input, levels, sizes)
  }
  const groups = tableOfGroups(levels, sizes)
  const released = groups.filter((group) => group.level !== SUPPRESSED)
  const suppressed = groups.reduce((sum, group) => (group.level === SUPPRESSED ? sum + group.subjects : sum), 0)
  const suppressedShare = classes.length === 0 ? 0 : suppressed / classes.length
  const permitted = suppressed === 0 || (belowK.includes('suppress') && suppressedShare <= suppressionLimit)
  const smallestGroup = released.reduce((least, group) => Math.min(least, group.size), Number.POSITIVE_INFINITY)
  // The promise is checked on the result, not assumed: a released group below k holds the dataset.
  const kept = released.length === 0 || smallestGroup >= k
  return {
    levels,
    verdict: permitted && kept ? 'release' : kept && belowK.includes('refuse') ? 'refuse' : 'hold',
    smallestGroup: released.length === 0 ? 0 : smallestGroup,
    groups,
    suppressedShare
  }
}

/** Puts every subject that is not placed yet, and whose group at this level is large enough, at this level. Notes the size of each group judged. */
function settle(level: 0 | 1, input: GateInput, levels: Uint8Array, sizes: Float64Array): void {
  const { classes, earlier, known, k } = input
  const counts = new Map<string, number>()
  const candidate = (subject: number): string | null => {
    const before = known === null ? NEVER : known[subject]
    if (levels[subject] !== SUPPRESSED || (before !== NEVER && before !== level)) return null
    return classes[subject]?.[level] ?? null
  }
  for (let subject = 0; subject < classes.length; subject += 1) {
    const name = candidate(subject)
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (let subject = 0; subject < classes.length; subject += 1) {
    const name = candidate(subject)
    if (name === null) continue
    const size = (counts.get(name) ?? 0) + (earlier[level].get(name) ?? 0)
    sizes[subject] = size
    if (size >= k) levels[subject] = level
  }
}

/** Counts subjects by level and group size, smallest first. Levels above 2 are coarser ones, too. */
export function tableOfGroups(levels: Uint8Array, sizes: Float64Array | Int32Array): GroupCount[] {
  const counts = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()] as const
  levels.forEach((level, subject) => {
    const size = sizes[subject] ?? 0
    const own = counts[level === 0 || level === SUPPRESSED ? level : 1]
    own.set(size, (own.get(size) ?? 0) + 1)
  })
  return ([0, 1, 2] as const).flatMap((level) =>
    [...counts[level]].sort(([a], [b]) => a - b).map(([size, subjects]) => ({ level, size, subjects }))
  )
}
