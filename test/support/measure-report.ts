/** The numbers of a MeasureReport as a recipient reads them. */
import type { Resource } from '../../gateway/core/fhir/resource.ts'

/** null: kept back. */
export interface Numbers {
  readonly counts: Readonly<Record<string, number | null>>
  readonly score: number | null
}

interface Stratum {
  readonly value?: Concept
  readonly component?: readonly { readonly value: Concept }[]
  readonly population: readonly { readonly code: Concept; readonly count?: number; readonly _count?: Masked }[]
  readonly measureScore?: { readonly value?: number } & Partial<Masked>
}

interface Concept {
  readonly text?: string
  readonly coding?: readonly { readonly code: string; readonly system: string }[]
}

interface Masked {
  readonly extension: readonly { readonly url: string; readonly valueCode: string }[]
}

/** By cell: `2020 female`, `2020 *`, `* female`, `* *`. Throws when a number is neither there nor marked as kept back. */
export function numbersIn(report: Resource): Map<string, Numbers> {
  const group = (
    report['group'] as unknown as readonly [Stratum & { readonly stratifier: readonly { readonly stratum: readonly Stratum[] }[] }]
  )[0]
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
  const counts = population.map(({ code, count, _count }) => [wordOf(code), count ?? maskOf(_count)] as const)
  return { counts: Object.fromEntries(counts), score: measureScore?.value ?? maskOf(measureScore) }
}

function maskOf(value: Partial<Masked> | undefined): null {
  const [mark] = value?.extension ?? []
  if (mark?.url !== 'http://hl7.org/fhir/StructureDefinition/data-absent-reason' || mark.valueCode !== 'masked')
    throw new Error('a number is missing, and nothing says that it was kept back')
  return null
}
