/**
 * Which views tell too much of a sensitive value once a dataset lies beside all earlier ones of the agreement: l-diversity and t-closeness among all whom
 * the recipient then holds in a view, each with all values that any release told of it. Decides that whoever has several values has each of them: a group
 * all of whom share one tells it, whatever else they have. A view in which an earlier release did not ask for an attribute fails: it cannot be known.
 * Memory and time follow the subjects.
 */

import { createTableBuilder, SUPPRESSED, type Table } from '../measure/table.ts'
import { cellsFor, createJudge } from '../search/demand.ts'
import { bottomOf } from '../search/rollup.ts'
import type { Move } from './joint.ts'
import { type Attribute, type RecodingInput, type Told, toldAfter } from './person.ts'

type Asked = Pick<RecodingInput, 'people' | 'sensitive' | 'others' | 'demand'>

/** Per person what would become of its view, null when it is suppressed in any case, and whether it is released (1). */
export type Diverse = (moves: readonly (Move | null)[], released: Uint8Array) => ReadonlySet<string>

/** The views of those who are released, and those they leave, that fail. */
export function createDiverse(input: Asked): Diverse {
  const { sensitive, demand } = input
  if (cellsFor(demand) === 'sizes' || sensitive.length === 0) return () => new Set()
  return (moves, released) => {
    const touched = new Set(
      moves.flatMap((move, index) => (move === null || released[index] === 0 ? [] : [move.after, move.before ?? move.after]))
    )
    const { table, unknown } = tableOfHeld(input, moves, released, touched)
    const grouped = bottomOf(table, 'cells')
    const { failing } = createJudge(table, { ...demand, k: 1, none: 'no secret' }, [], table.rows)(grouped)
    const [column] = table.quasi
    const found = new Set(unknown)
    failing.forEach((fails, group) => {
      const view = column?.values[column.codes[grouped.members[group] ?? 0] ?? 0] ?? null
      if (fails === 1 && view !== null) found.add(view)
    })
    return found
  }
}

/** One column for all values together and, where there are several, one for each, in which all who have it are alike. */
export function columnsOf({ name, values }: Attribute): string[] {
  return values.length > 1 ? [name, ...values.map((value) => `${name} ${value}`)] : [name]
}

const UNKNOWN = '?'

/** The values of these columns; missing is to have none. */
export function textsOf({ values }: Attribute, told: readonly string[] | null): (string | null)[] {
  const all = told === null ? UNKNOWN : told.join('+') || null
  return values.length > 1 ? [all, ...values.map((value) => (told?.includes(value) === true ? value : all))] : [all]
}

interface HeldTable {
  readonly table: Table
  /** views in which what was told of somebody is not known */
  readonly unknown: ReadonlySet<string>
}

/** A row a subject. Who is suppressed, or in no view that was touched, is in no group, but in what everybody may know beforehand. */
export function tableOfHeld(
  { people, sensitive, others }: Asked,
  moves: readonly (Move | null)[],
  released: Uint8Array,
  touched: ReadonlySet<string>
): HeldTable {
  const builder = createTableBuilder(['view'], sensitive.flatMap(columnsOf))
  const unknown = new Set<string>()
  const add = (view: string | null, told: Told, subjects: number): void => {
    const shown = view !== null && touched.has(view) ? view : null
    if (shown !== null && sensitive.some((_, index) => (told[index] ?? null) === null)) unknown.add(shown)
    builder.add([shown ?? SUPPRESSED, ...sensitive.flatMap((each, index) => textsOf(each, told[index] ?? null))], subjects)
  }
  people.forEach((person, index) => {
    const { known, told } = person
    if (released[index] === 1) add(moves[index]?.after ?? null, toldAfter(person), 1)
    else add(known?.view ?? null, known?.told ?? told, 1)
  })
  for (const { view, told, subjects } of others) add(view, told, subjects)
  return { table: builder.finish(), unknown }
}
