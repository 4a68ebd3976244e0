/**
 * What officers are told of a dataset that passed the gate of a profile with quasi-identifiers: numbers only, of what the recipient holds of the
 * agreement once it has it, and of the dataset before anything was made coarser. Decides nothing.
 */

import { type Cells, closeness, distinctValues, entropyValues } from '../measure/diversity.ts'
import { type Histogram, histogramOf, journalistRisk, measureSizes, prosecutorRisk } from '../measure/measures.ts'
import { populationUniqueness } from '../measure/population.ts'
import { tellingGroups } from '../search/demand.ts'
import { bottomOf } from '../search/rollup.ts'
import { columnsOf, tableOfHeld } from './diverse.ts'
import { classAt, type RecodingInput } from './person.ts'
import type { Recoding } from './recoding.ts'

export interface RiskTold {
  /** by the named metric, of those who are new */
  readonly loss: number
  readonly before: Sizes
  readonly after: Sizes
  /** by sensitive attribute */
  readonly sensitive: Readonly<Record<string, { readonly before: Telling; readonly after: Telling }>>
}

/** The worst group in which somebody of this dataset stands, with all whom the recipient then holds in it; l of those in which somebody has a value. null: there is none such. */
export interface Telling {
  readonly l: number | null
  readonly entropyL: number | null
  readonly t: number | null
}

interface Sizes {
  readonly k: number
  readonly groups: number
  readonly sampleUniques: number
  readonly prosecutor: { readonly max: number; readonly average: number }
  /** where the agreement says how many people the subjects stand for */
  readonly population?: {
    readonly journalist: { readonly max: number; readonly average: number }
    /** the share of rows that one who matches all matches right */
    readonly marketer: number
    readonly uniques: number
    readonly model: string
  }
}

/** `population`: people the subjects stand for; null when the agreement does not say. */
export function riskTold(input: RecodingInput, recoding: Recoding, population: number | null): RiskTold {
  const none = input.levels.map(() => 0)
  const asTheyAre = input.people.map(({ came, seen }) => (came === 'without its Patient' ? null : JSON.stringify(classAt(seen, none))))
  const [before, after] = [diversityOf(input, asTheyAre), diversityOf(input, recoding.views)]
  return {
    loss: recoding.choice.cost,
    before: sizesOf(histogramOf(countsOf(asTheyAre.filter((name) => name !== null)).values()), population),
    after: sizesOf(histogramOf(recoding.held.values()), population),
    sensitive: Object.fromEntries(
      input.sensitive.map(({ name }) => [name, { before: before.get(name) ?? NONE, after: after.get(name) ?? NONE }])
    )
  }
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function sizesOf(histogram: Histogram, population: number | null): Sizes {
  const { k, groups, uniques, rows } = measureSizes(histogram)
  const prosecutor = prosecutorRisk(histogram, 1)
  const sizes = { k, groups, sampleUniques: uniques, prosecutor: { max: prosecutor.max, average: prosecutor.average } }
  if (population === null || rows === 0) return sizes
  const people = Math.max(population, rows)
  const journalist = journalistRisk(histogram, 1, people)
  const alone = populationUniqueness(histogram, people)
  return {
    ...sizes,
    population: {
      journalist: { max: journalist.max, average: journalist.average },
      marketer: journalist.average,
      uniques: alone.uniques,
      model: alone.model
    }
  }
}

const NONE: Telling = { l: null, entropyL: null, t: null }

function diversityOf(input: RecodingInput, views: Recoding['views']): ReadonlyMap<string, Telling> {
  if (input.sensitive.length === 0) return new Map()
  const touched = new Set(views.filter((view) => view !== null))
  const moves = views.map((view) => (view === null ? null : { before: null, after: view }))
  const released = Uint8Array.from(views, (view) => (view === null ? 0 : 1))
  const { table } = tableOfHeld(input, moves, released, touched)
  const grouped = bottomOf(table, 'cells')
  const { cells, sizes } = grouped
  const columns = table.sensitive.map((column, index) => {
    const telling = tellingGroups(column, grouped, index, { k: 1, none: 'no secret' })
    const each = cells[index] ?? NO_CELLS
    const told = (values: Float64Array): number[] => [...values].filter((_, group) => telling[group] === 1)
    return {
      name: column.name,
      l: told(distinctValues(each, sizes.length)),
      entropyL: told(entropyValues(each, sizes)),
      t: [...closeness(column, 'equal')(each, sizes)]
    }
  })
  return new Map(
    input.sensitive.map((attribute) => {
      const own = columns.filter(({ name }) => columnsOf(attribute).includes(name))
      const all = (of: 'l' | 'entropyL' | 't'): number[] => own.flatMap((column) => column[of])
      return [
        attribute.name,
        { l: extreme(all('l'), Math.min), entropyL: extreme(all('entropyL'), Math.min), t: extreme(all('t'), Math.max) }
      ]
    })
  )
}

const NO_CELLS: Cells = { group: new Int32Array(0), code: new Int32Array(0), weight: new Int32Array(0) }

function extreme(values: readonly number[], of: (a: number, b: number) => number): number | null {
  return values.length === 0 ? null : values.reduce((found, value) => of(found, value))
}
