/**
 * The report as data: sizes, risks, what each quasi-identifier does, whether what was asked holds, and the cheapest generalisation. Holds names of
 * columns, sizes and counts; never a value of any row, so that a small group stays unknown.
 */

import { RequestError } from '../../core/errors.ts'
import { type Contribution, contributionsOf } from '../../core/risk/measure/contributions.ts'
import { closeness, type Distance, type Diversity, measureDiversity } from '../../core/risk/measure/diversity.ts'
import {
  type Histogram,
  histogramOf,
  journalistRisk,
  measureSizes,
  prosecutorRisk,
  type Risk,
  type SizeMeasures
} from '../../core/risk/measure/measures.ts'
import { type PopulationUniqueness, populationUniqueness } from '../../core/risk/measure/population.ts'
import type { Table } from '../../core/risk/measure/table.ts'
import { wildcardHistogram } from '../../core/risk/measure/wildcard.ts'
import { automaticHierarchy } from '../../core/risk/search/automatic.ts'
import { type Ladder, ladderOf } from '../../core/risk/search/hierarchies.ts'
import { bottomOf, type Grouped } from '../../core/risk/search/rollup.ts'
import { type Search, searchFor } from './best.ts'
import type { Plan } from './plan.ts'
import type { ReadData } from './source.ts'

export interface Report {
  readonly data: {
    readonly files: number
    readonly rows: number
    /** rows that came with * in every quasi-identifier */
    readonly suppressed: number
    readonly rejected: number
    readonly firstRejected: ReadData['firstRejected']
    /** FHIR records that are no row */
    readonly others: number
    /** files that hold another table */
    readonly leftOut: number
  }
  readonly missing: Plan['missing']
  /** members of which missing is a value of its own all the same */
  readonly missingIsValueIn: readonly (keyof Report)[]
  readonly groups: SizeMeasures & { readonly histogram: Histogram }
  readonly risk: {
    readonly threshold: number
    readonly prosecutor: Risk
    /** null where the population is not told */
    readonly journalist: Risk | null
    readonly marketer: number
    readonly population: (PopulationUniqueness & { readonly size: number }) | null
  }
  readonly quasiIdentifiers: readonly QuasiIdentifier[]
  readonly sensitive: readonly SensitiveReport[]
  readonly asked: readonly Answer[]
  /** what was asked holds, and every row could be read */
  readonly holds: boolean
  readonly search: Search | null
}

export interface QuasiIdentifier extends Contribution {
  /** what may be left of a value, level by level, and in how many classes */
  readonly levels: readonly { readonly label: string; readonly classes: number }[]
}

export interface SensitiveReport extends Diversity {
  readonly name: string
  readonly distance: Distance
}

export interface Answer {
  readonly measure: 'k' | 'l' | 'entropy l' | 't'
  readonly wanted: number
  readonly found: number
  readonly holds: boolean
}

/** Counted in groups that do not overlap; of `risk` the estimate for the population is, too. */
const OF_CLASSES = ['quasiIdentifiers', 'sensitive', 'search'] as const

export function reportOf(read: ReadData, plan: Plan): Report {
  const { table } = read
  refuseFewer(plan, table)
  const bottom = bottomOf(table, 'cells')
  const classes = histogramOf(bottom.sizes)
  const histogram = plan.missing === 'wildcard' ? wildcardHistogram(table) : classes
  const groups = { ...measureSizes(histogram), histogram }
  const ladders = table.quasi.map((column) => ladderOf(column, plan.hierarchies.get(column.name) ?? automaticHierarchy(column)))
  const sensitive = sensitiveOf(table, bottom, plan)
  const asked = answers(plan, groups.k, sensitive, groups.rows === 0 && read.rejected === 0 ? 'no rows' : 'rows')
  return {
    data: dataOf(read),
    missing: plan.missing,
    missingIsValueIn: plan.missing === 'wildcard' ? OF_CLASSES : [],
    groups,
    risk: risksOf(histogram, classes, plan),
    quasiIdentifiers: contributionsOf(table).map((each, index) => ({ ...each, levels: levelsOf(ladders[index]) })),
    sensitive,
    asked,
    holds: read.rejected === 0 && asked.every(({ holds }) => holds),
    search: plan.search ? searchFor(table, ladders, plan) : null
  }
}

function refuseFewer({ population }: Plan, { rows, suppressed }: Table): void {
  if (population !== null && population < rows + suppressed)
    throw new RequestError(
      'bad-request',
      'The population is smaller than the rows that were drawn from it: say with --population how many people it has.'
    )
}

function dataOf({ table, ...counts }: ReadData): Report['data'] {
  return { rows: table.rows, suppressed: table.suppressed, ...counts }
}

function risksOf(histogram: Histogram, classes: Histogram, { threshold, population }: Plan): Report['risk'] {
  const prosecutor = prosecutorRisk(histogram, threshold)
  const journalist = population === null ? null : journalistRisk(histogram, threshold, population)
  return {
    threshold,
    prosecutor,
    journalist,
    marketer: (journalist ?? prosecutor).average,
    population: population === null ? null : { size: population, ...populationUniqueness(classes, population) }
  }
}

function levelsOf(ladder: Ladder | undefined): QuasiIdentifier['levels'] {
  return (ladder?.levels ?? []).map(({ label, size }) => ({ label, classes: size }))
}

function sensitiveOf(table: Table, { cells, sizes }: Grouped, plan: Plan): SensitiveReport[] {
  return table.sensitive.flatMap((column, index) => {
    const [cell, distance] = [cells[index], plan.sensitive[index]?.distance ?? 'equal']
    return cell === undefined ? [] : [{ name: column.name, distance, ...measureDiversity(cell, sizes, closeness(column, distance)) }]
  })
}

/** Equal shares computed two ways differ in the last bits. */
const EPSILON = 1e-9

/** Of no rows everything holds, but where there were some and none could be read. */
function answers({ asked }: Plan, k: number, sensitive: readonly SensitiveReport[], of: 'rows' | 'no rows'): Answer[] {
  const least = (measure: (each: SensitiveReport) => number): number => Math.min(...sensitive.map(measure))
  const atLeast = (measure: Answer['measure'], wanted: number | undefined, found: number): Answer[] =>
    wanted === undefined ? [] : [{ measure, wanted, found, holds: of === 'no rows' || found >= wanted - EPSILON }]
  return [
    ...atLeast('k', asked.k, k),
    ...atLeast(
      'l',
      asked.l,
      least((each) => each.distinct)
    ),
    ...atLeast(
      'entropy l',
      asked.entropyL,
      least((each) => each.entropy)
    ),
    ...(asked.t === undefined ? [] : [closeTo(asked.t, Math.max(...sensitive.map((each) => each.t)))])
  ]
}

function closeTo(wanted: number, found: number): Answer {
  return { measure: 't', wanted, found, holds: found <= wanted + EPSILON }
}
