/**
 * JSON that has one spelling only: no white space, no member twice, no second way to write a number or a character. Decides by writing it again.
 * Refuses everything else: two readers of the same bytes must not see different things (RFC 8259 §4 leaves a name that stands twice to each of them).
 * What is nested deeper than anything the log holds is refused, too, before whoever reads it on runs out of stack.
 */

export type Members = Readonly<Record<string, unknown>>

/** Statements nest four deep, the most of all that is read here. */
const MAX_DEPTH = 64

/** The value, or undefined when the text is not JSON in its shortest form. */
export function strictJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isWithin(MAX_DEPTH, value) && JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

function isWithin(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((member) => isWithin(depth - 1, member))
}

/** An object with exactly these members, in any order, or null. */
export function strictObject(text: string, names: readonly string[]): Members | null {
  return exactly(strictJson(text), names)
}

/** The value as an object with exactly these members, or null. */
export function exactly(value: unknown, names: readonly string[]): Members | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const own = Object.keys(value)
  return own.length === names.length && names.every((name) => Object.hasOwn(value, name)) ? (value as Members) : null
}

/** The text of bytes that are UTF-8, or null. */
export function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
