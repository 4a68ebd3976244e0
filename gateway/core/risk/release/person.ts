/**
 * A subject before the risk gate of a profile that declares its quasi-identifiers, and what the recipient knows of it. Decides what becomes known of it
 * when its records leave at given levels: nothing new where it looks as it did and had no event that a pattern looks at, else its earlier view and the
 * new class together; and of each sensitive attribute all values that any release told.
 */
import type { Demand } from '../search/demand.ts'
import type { MetricName } from '../search/loss.ts'

/** What the ledger has of a subject. Names are keyed: they tell nothing by themselves. */
export interface Held {
  /** the levels it is known at; null when these were levels of another declaration */
  readonly node: readonly number[] | null
  /** all that is known */
  readonly view: string
  /** its class when it was last released */
  readonly current: string
  readonly told: Told
}

/** Per sensitive attribute the names of the values that were told, in order; null where an earlier release did not ask. */
export type Told = readonly (readonly string[] | null)[]

export interface Person {
  /** Its records: whole; without its Patient; or without a value that must be there, so that it may not be released. */
  readonly came: 'whole' | 'without its Patient' | 'lacking'
  /** per column what is seen at each level, the finest first; nothing of a quasi-identifier without its Patient */
  readonly seen: readonly (readonly string[])[]
  /** whether an event is among the records that a pattern looks at */
  readonly events: 'none' | 'some'
  /** by these records */
  readonly told: Told
  readonly known: Held | null
}

/** What must not be learned of a person, and the names of its values. */
export interface Attribute {
  readonly name: string
  readonly values: readonly string[]
}

/** So many subjects who are not in this dataset. */
export interface Others {
  readonly view: string
  readonly told: Told
  readonly subjects: number
}

/** A name of parts, keyed. */
export type NameOf = (...parts: readonly string[]) => string

export interface RecodingInput {
  readonly people: readonly Person[]
  /** how many levels each column has, level 0 included */
  readonly levels: readonly number[]
  readonly sensitive: readonly Attribute[]
  /** view → subjects the recipient holds in it, those of this dataset included */
  readonly held: ReadonlyMap<string, number>
  /** the same without those of this dataset, by what was told of them as well */
  readonly others: readonly Others[]
  /** the levels of this declaration at which subjects are held, each once */
  readonly nodes: readonly (readonly number[])[]
  readonly nameOf: NameOf
  readonly demand: Demand
  readonly belowK: readonly ('generalize' | 'suppress' | 'refuse')[]
  /** 0..1, share of the people */
  readonly suppressionLimit: number
  readonly metric: MetricName
}

/** What the recipient knows of a person when its records leave at these levels; null when they may not. `node`: of those who are new. */
export function heldAfter(person: Person, node: readonly number[], nameOf: NameOf): Held | null {
  const { came, seen, events, known } = person
  // nobody knows whom one without its Patient would look like, unless it is known in levels that can be compared
  if (came === 'lacking' || (came !== 'whole' && (known?.node ?? null) === null)) return null
  const at = known?.node ?? node
  const current = came === 'whole' || known === null ? nameOf('class', ...classAt(seen, at)) : known.current
  if (known === null) return { node: at, view: current, current, told: person.told }
  const told = toldAfter(person)
  if (known.node === null || known.current !== current || events === 'some')
    return { node: at, view: nameOf('then', known.view, nameOf('class', ...classAt(seen, at))), current, told }
  return same(told, known.told) ? known : { ...known, told }
}

/** All values that this release and those before told. */
export function toldAfter({ told, known }: Person): Told {
  return told.map((values, index) => {
    const before = known === null ? [] : (known.told[index] ?? null)
    return values === null || before === null ? null : [...new Set([...before, ...values])].sort()
  })
}

function same(told: Told, before: Told): boolean {
  return told.every((values, index) => values === null || values.length === before[index]?.length)
}

/** What is seen at these levels. What is seen at coarser ones follows from it, so it makes no two alike that differ there. */
export function classAt(seen: Person['seen'], node: readonly number[]): string[] {
  return [node.join('.'), ...seen.map((texts, column) => JSON.stringify(texts.slice(node[column] ?? 0)))]
}
