/**
 * A subject before the risk gate of a profile that declares its quasi-identifiers, and what the recipient knows of it. Decides what becomes known of it
 * when its records leave at given levels: nothing new where it looks as it did, else its earlier view and the new class together.
 */
import type { Demand } from './demand.ts'
import type { MetricName } from './loss.ts'

/** What the ledger has of a subject. Names are keyed: they tell nothing by themselves. */
export interface Held {
  /** the levels it is known at; null when these were levels of another declaration */
  readonly node: readonly number[] | null
  /** all that is known */
  readonly view: string
  /** its class when it was last released */
  readonly current: string
}

export interface Person {
  /** per column what is seen at each level, the finest first; null when no Patient came with the records */
  readonly seen: readonly (readonly string[])[] | null
  readonly sensitive: readonly string[]
  readonly known: Held | null
}

/** A name of parts, keyed. */
export type NameOf = (...parts: readonly string[]) => string

export interface RecodingInput {
  readonly people: readonly Person[]
  /** how many levels each column has, level 0 included */
  readonly levels: readonly number[]
  readonly sensitive: readonly string[]
  /** view → subjects the recipient holds in it, those of this dataset included */
  readonly held: ReadonlyMap<string, number>
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
export function heldAfter({ seen, known }: Person, node: readonly number[], nameOf: NameOf): Held | null {
  // without its Patient nothing new is learned of one who is known, and nobody knows whom another would look like
  if (seen === null) return known?.node === null ? null : known
  const at = known?.node ?? node
  const current = nameOf('class', ...classAt(seen, at))
  if (known === null) return { node: at, view: current, current }
  if (known.node !== null && known.current === current) return known
  return { node: at, view: nameOf('then', known.view, current), current }
}

/** What is seen at these levels. What is seen at coarser ones follows from it, so it makes no two alike that differ there. */
export function classAt(seen: Exclude<Person['seen'], null>, node: readonly number[]): string[] {
  return [node.join('.'), ...seen.map((texts, column) => JSON.stringify(texts.slice(node[column] ?? 0)))]
}
