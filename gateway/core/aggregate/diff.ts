/** What more or less is told under one aggregate profile than under another. Decides by indicators, strata and the least number of patients in a cell. */
import type { AggregateProfile } from '../../generated/policy.ts'
import { type Change, type Direction, type ProfileDiff, summed } from '../deidentify/explain/diff.ts'

export function diffAggregates(old: AggregateProfile, next: AggregateProfile): ProfileDiff {
  return summed([
    ...names('indicator', measuresOf(old), measuresOf(next)),
    ...names('stratum', Object.keys(old.strata), Object.keys(next.strata)),
    ...floors(old.cells.floor, next.cells.floor)
  ])
}

function measuresOf({ measures }: AggregateProfile): string[] {
  return measures.map(({ name }) => name)
}

function names(list: string, before: readonly string[], after: readonly string[]): Change[] {
  const told = (direction: Direction, rows: readonly string[], what: string): Change[] =>
    rows.map((name) => ({ direction, sentence: `The ${list} ${name} is ${what}.`, where: [name] }))
  return [
    ...told(
      'widens',
      after.filter((name) => !before.includes(name)),
      'told now'
    ),
    ...told(
      'narrows',
      before.filter((name) => !after.includes(name)),
      'told no more'
    )
  ]
}

function floors(before: number, after: number): Change[] {
  if (before === after) return []
  const sentence = `A number is told from ${after} patients on, not from ${before}.`
  return [{ direction: after < before ? 'widens' : 'narrows', sentence, where: [] }]
}
