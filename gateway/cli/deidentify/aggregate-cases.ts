/**
 * The golden cases beside an aggregate-only profile: records of made-up subjects → what the MeasureReports tell, by the code that releases. A subject can
 * be given in many copies, and what was released before can stand in front. In an expected table null is a number kept back.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { aggregate } from '../../core/aggregate/aggregate.ts'
import type { Told } from '../../core/aggregate/behind.ts'
import { type Contribution, contributionOf } from '../../core/aggregate/contribution.ts'
import type { Json } from '../../core/digest.ts'
import type { Resource } from '../../core/fhir/resource.ts'
import type { AggregateProfile } from '../../generated/policy.ts'
import { differences } from '../profile/differences.ts'
import { type Numbers, numbersIn } from './numbers.ts'

interface Subjects {
  /** names them over the releases of the case */
  readonly name: string
  readonly copies: number
  readonly records: readonly Resource[]
}

export interface AggregateCase {
  /** The rule and its source. */
  readonly rule: string
  readonly at: string
  /** The agreement's; the profile's floor when absent. */
  readonly k?: number
  /** Subjects of earlier releases, each laid beside the later ones. */
  readonly earlier?: readonly (readonly Subjects[])[]
  readonly subjects: readonly Subjects[]
  readonly expect: {
    readonly reports?: readonly Json[]
    /** By indicator and cell (`2020 female`, `* *`); cells that are not named are not compared. */
    readonly numbers?: Readonly<Record<string, Readonly<Record<string, Numbers | null>>>>
  }
}

export interface AggregateCaseResult {
  readonly file: string
  readonly rule: string
  readonly passed: boolean
  readonly got: { readonly reports: readonly Resource[] }
  readonly differences: readonly string[]
}

const DATASET = 'dataset'

/** Runs every case in `cases/` beside the profile, in the order of their names. */
export function runAggregateCases(profilePath: string, profile: AggregateProfile): AggregateCaseResult[] {
  const folder = join(dirname(profilePath), 'cases')
  if (!existsSync(folder)) return []
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
  return files.map((file) => runCase(profile, file, JSON.parse(readFileSync(join(folder, file), 'utf8')))) // golden files are ours: their shape shows in the comparison
}

function runCase(profile: AggregateProfile, file: string, golden: AggregateCase): AggregateCaseResult {
  const earlier: Told[] = []
  const release = (groups: readonly Subjects[]): ReturnType<typeof aggregate> =>
    aggregate({ profile, k: golden.k ?? null, subjects: groups.flatMap(copiesOf), earlier, dataset: DATASET, at: golden.at })
  for (const groups of golden.earlier ?? []) earlier.push(release(groups).told)
  const { reports } = release(golden.subjects)
  const found = [
    ...(golden.expect.reports === undefined ? [] : differences([...golden.expect.reports], reports as unknown as Json, 'reports')), // JSON
    ...numberDifferences(golden.expect.numbers ?? {}, reports)
  ]
  return { file, rule: golden.rule, passed: found.length === 0, got: { reports }, differences: found }
}

function copiesOf({ name, copies, records }: Subjects): Contribution[] {
  return Array.from({ length: copies }, (_, n) => contributionOf(`${name}-${n}`, records, () => true))
}

function numberDifferences(expected: NonNullable<AggregateCase['expect']['numbers']>, reports: readonly Resource[]): string[] {
  return Object.entries(expected).flatMap(([indicator, cells]) => {
    const report = reports.find(({ id }) => id === `${indicator}-${DATASET}`)
    const numbers = report === undefined ? new Map<string, Numbers>() : numbersIn(report)
    return Object.entries(cells).flatMap(([cell, want]) => differences(want, numbers.get(cell) ?? null, `${indicator} ${cell}`))
  })
}
