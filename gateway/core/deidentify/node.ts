/**
 * A node of the lattice of generalisations, as the engine does it: one level for each quasi-identifier and pattern of the profile, in the order they are
 * declared, 0 as it leaves by the other rules. Decides what is done to a record at it. A column has no more levels than can be done to records: bands
 * of counts and intervals have one, for they are only looked at.
 */
import type { Coarsening } from './coarsen.ts'
import type { Goes } from './listed.ts'
import type { RiskLevel, RiskRule } from './profile/profile.ts'

export interface RiskColumn {
  readonly name: string
  /** those above level 0 */
  readonly levels: readonly RiskLevel[]
  /** whether ages tell what is made coarser */
  readonly birth: boolean
  /** whether texts do: in notes places are covered, ages under 90, sex, race and death are not */
  readonly told: boolean
  /** which no element holds at a level above 0, but for those that the level makes coarser */
  readonly codes: readonly string[]
}

export const BIRTH = 'Patient.birthDate'

export function columnsOf({ quasiIdentifiers, patterns = [] }: RiskRule): RiskColumn[] {
  return [
    ...quasiIdentifiers.map(({ name, levels, from, codes = [] }) => ({
      name,
      levels,
      birth: from.includes(BIRTH),
      told: !from.every(isArea),
      codes
    })),
    // a rare code is told by the words for it
    ...patterns.map((pattern) => ({
      name: pattern.name,
      levels: pattern.kind === 'rare-code' ? pattern.levels : [],
      birth: false,
      told: true,
      codes: pattern.kind === 'rare-code' ? pattern.codes : []
    }))
  ]
}

export function coarseningAt(columns: readonly RiskColumn[], node: readonly number[]): Coarsening {
  const chosen = columns.flatMap((column, index) => {
    const level = column.levels[(node[index] ?? 0) - 1]
    return level === undefined ? [] : [{ column, level }]
  })
  return {
    rules: Object.assign({}, ...chosen.map(({ level }) => level.rules)),
    ages: chosen.some(({ column }) => column.birth) ? 'go' : 'stay',
    texts: chosen.some(({ column }) => column.told) ? 'go' : 'stay',
    codes: chosen.map(({ column, level }) => goesAt(column.codes, level))
  }
}

/** What elements may not hold any more at the level. */
export function goesAt(codes: readonly string[], { rules }: RiskLevel): Goes {
  return { codes, at: Object.keys(rules) }
}

function isArea(path: string): boolean {
  return /^Patient\.address(?:\.|$)/.test(path)
}

/** What is left of each column that is not as it was: birth → 5 years. */
export function labelsAt(columns: readonly RiskColumn[], node: readonly number[]): Record<string, string> {
  return Object.fromEntries(
    columns.flatMap(({ name, levels }, index) => {
      const level = levels[(node[index] ?? 0) - 1]
      return level === undefined ? [] : [[name, level.label]]
    })
  )
}
