/** What the emitters of a transform share: the functions written so far, the values the code refers to by number, and how names are quoted. Decides nothing. */

import type { Tally } from '../tally.ts'
import type { BoundCodes, Vocabulary } from '../values/vocabulary.ts'
import type { Ruled } from './ruled.ts'

/** What emitted code is made from, beside the plan. */
export interface Sources {
  readonly bound: BoundCodes
  readonly systemsAt: Vocabulary['systemsAt']
  /** What a rule with a parameter does. */
  readonly ruled: Ruled
  /** Counts what is done; null costs nothing. */
  readonly tally: Tally | null
  /** 'summary': the context learns what was done; 'none' costs nothing. */
  readonly labels: 'none' | 'summary'
  /** Ages over 89 are one category. */
  readonly agesCollapse: boolean
}

export interface Writer extends Sources {
  readonly functions: string[]
  /** Path → the name of the function that builds what stands there. */
  readonly built: Map<string, string>
  readonly constants: unknown[]
}

/** The expression for a value the code cannot hold. */
export function constant(writer: Writer, value: unknown): string {
  writer.constants.push(value)
  return `K[${writer.constants.length - 1}]`
}

export function member(object: string, name: string): string {
  return `${object}${bracket(name)}`
}

export function bracket(name: string): string {
  return `[${quote(name)}]`
}

export function quote(text: string): string {
  return JSON.stringify(text)
}
