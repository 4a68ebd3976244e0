/**
 * What officers are told of a dataset that passed the gate of a profile with quasi-identifiers: numbers only, of what the recipient holds of the
 * agreement once it has it, and of the dataset before anything was made coarser. Decides nothing.
 */
import { tableOfViews } from './diverse.ts'
import { closeness, measureDiversity } from './diversity.ts'
import { type Histogram, histogramOf, journalistRisk, measureSizes, prosecutorRisk } from './measures.ts'
import { classAt, type Person, type RecodingInput } from './person.ts'
import { populationUniqueness } from './population.ts'
import type { Recoding } from './recoding.ts'
import { bottomOf } from './rollup.ts'

export interface RiskTold {
  /** by the named metric, of those who are new */
  readonly loss: number
  readonly before: Sizes
  readonly after: Sizes
  /** of this dataset's released groups, the worst of each sensitive attribute */
  readonly sensitive: Readonly<Record<string, { readonly l: number; readonly entropyL: number; readonly t: number }>>
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
  const asTheyAre = input.people.flatMap(({ seen }) => (seen === null ? [] : [JSON.stringify(classAt(seen, none))]))
  return {
    loss: recoding.choice.cost,
    before: sizesOf(histogramOf(countsOf(asTheyAre).values()), population),
    after: sizesOf(histogramOf(recoding.held.values()), population),
    sensitive: diversityOf(input.people, input.sensitive, recoding.views)
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

function diversityOf(people: readonly Person[], names: readonly string[], views: readonly (string | null)[]): RiskTold['sensitive'] {
  if (names.length === 0) return {}
  const table = tableOfViews(people, names, views)
  const { cells, sizes } = bottomOf(table, 'cells')
  return Object.fromEntries(
    table.sensitive.flatMap((column, index) => {
      const each = cells[index]
      if (each === undefined) return []
      const { distinct, entropy, t } = measureDiversity(each, sizes, closeness(column, 'equal'))
      return [[column.name, { l: distinct, entropyL: entropy, t }]]
    })
  )
}
