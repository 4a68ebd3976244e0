/** A folded text with its tokens: what every detector reads. */
import type { Tokens } from './tokens.ts'

export interface Page {
  /** folded (normalise.ts), upper and lower case as they were */
  readonly text: string
  /** `text` in lower case, unit by unit */
  readonly lower: string
  readonly tokens: Tokens
}

/** Lower case without a change of length: of the few letters whose lower case is longer (İ) the first unit. */
export function lowered(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length
    ? lower
    : Array.from({ length: text.length }, (_, at) => text.charAt(at).toLowerCase().charAt(0)).join('')
}
