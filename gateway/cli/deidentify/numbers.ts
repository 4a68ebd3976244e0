/** The numbers of a MeasureReport by cell, for people who write golden cases. Decides nothing; throws when a number is neither there nor marked as kept back. */
import type { Resource } from '../../core/fhir/resource.ts'

/** By population code, and the score; null: kept back. */
export type Numbers = Readonly<Record<string, number | null>>

interface Stratum {
  readonly value?: Concept
  readonly component?: readonly { readonly value: Concept }[]
  readonly population: readonly { readonly code: Concept; readonly count?: number; readonly _count?: Marked }[]
  readonly measureScore?: { readonly value?: number } & Marked
}

interface Concept {
  readonly text?: string
  readonly coding?: readonly { readonly code: string }[]
}

interface Marked {
  readonly extension?: readonly { readonly url: string; readonly valueCode: string }[]
}

type Group = Stratum & { readonly stratifier: readonly { readonly stratum: readonly Stratum[] }[] }

/** As `2020 female`, `2020 *`, `* female`, `* *`. */
export function numbersIn(report: Resource): Map<string, Numbers> {
  const [group] = report['group'] as unknown as readonly [Group] // made by core/aggregate/report.ts
  const [byYear, bySex, byBoth] = group.stratifier
  const cells = new Map([['* *', numbersOf(group)]])
  for (const stratum of byYear?.stratum ?? []) cells.set(`${wordOf(stratum.value)} *`, numbersOf(stratum))
  for (const stratum of bySex?.stratum ?? []) cells.set(`* ${wordOf(stratum.value)}`, numbersOf(stratum))
  for (const stratum of byBoth?.stratum ?? [])
    cells.set((stratum.component ?? []).map(({ value }) => wordOf(value)).join(' '), numbersOf(stratum))
  return cells
}

function wordOf(concept: Concept | undefined): string {
  return concept?.text ?? concept?.coding?.[0]?.code ?? '?'
}

function numbersOf({ population, measureScore }: Stratum): Numbers {
  const counts = population.map(({ code, count, _count }) => [wordOf(code), count ?? keptBack(_count)] as const)
  return { ...Object.fromEntries(counts), score: measureScore?.value ?? keptBack(measureScore) }
}

function keptBack(value: Marked | undefined): null {
  const [mark] = value?.extension ?? []
  if (mark?.url !== 'http://hl7.org/fhir/StructureDefinition/data-absent-reason' || mark.valueCode !== 'masked')
    throw new Error('a number is missing, and nothing says that it was kept back')
  return null
}
