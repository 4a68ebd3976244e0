/** Which groups of released subjects tell too much of a sensitive value: l-diversity and t-closeness among those of this dataset who look alike in all the recipient holds. */
import { cellsFor, createJudge, type Demand } from './demand.ts'
import { bottomOf } from './rollup.ts'
import { createTableBuilder, SUPPRESSED, type Table } from './table.ts'

interface Valued {
  readonly sensitive: readonly string[]
}

/** `views`: per person its view, null when it is suppressed. */
export type Diverse = (views: readonly (string | null)[]) => ReadonlySet<string>

export function createDiverse(people: readonly Valued[], sensitive: readonly string[], demand: Demand): Diverse {
  if (cellsFor(demand) === 'sizes' || sensitive.length === 0) return () => new Set()
  return (views) => {
    const table = tableOfViews(people, sensitive, views)
    const grouped = bottomOf(table, 'cells')
    const { failing } = createJudge(table, { ...demand, k: 1 }, [], table.rows)(grouped)
    const [column] = table.quasi
    const found = new Set<string>()
    failing.forEach((fails, group) => {
      const view = column?.values[column.codes[grouped.members[group] ?? 0] ?? 0] ?? null
      if (fails === 1 && view !== null) found.add(view)
    })
    return found
  }
}

/** One column: the view. Who is suppressed counts in no group, but in what everybody may know beforehand. */
export function tableOfViews(people: readonly Valued[], sensitive: readonly string[], views: readonly (string | null)[]): Table {
  const builder = createTableBuilder(['view'], sensitive)
  for (const [index, person] of people.entries()) builder.add([views[index] ?? SUPPRESSED, ...person.sensitive])
  return builder.finish()
}
