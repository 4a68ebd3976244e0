/**
 * A table of code systems that are built by beginnings: a code is of the categories of the longest beginning that is listed, and of all of them. Refuses nothing:
 * what is not listed is of none.
 */
import type { Category } from './categories.ts'

/** One row per category, its beginnings parted by blanks; a beginning may stand in several. `none`: taken out again of a longer list. */
export type Rows = readonly (readonly [Category | 'none', string])[]

/** The categories that a code is of. */
export type Find = (code: string) => readonly Category[]

export const NONE: readonly Category[] = []

/** Each word of the rows, and all the categories it stands in. */
export function byWord(rows: Rows): ReadonlyMap<string, readonly Category[]> {
  const table = new Map<string, readonly Category[]>()
  for (const [category, words] of rows)
    for (const word of words.split(' ')) table.set(word, category === 'none' ? NONE : [...(table.get(word) ?? NONE), category])
  return table
}

/** `code` as `plain` leaves it. */
export function byBeginning(rows: Rows): Find {
  const table = byWord(rows)
  const longest = Math.max(...[...table.keys()].map(({ length }) => length))
  return (code) => {
    for (let length = Math.min(longest, code.length); length > 0; length -= 1) {
      const found = table.get(code.slice(0, length))
      if (found !== undefined) return found
    }
    return NONE
  }
}

/** Without dots and blanks, in capital letters. */
export function plain(code: string): string {
  const whole = code.length > 3 && code[3] === '.' ? code.slice(0, 3) + code.slice(4) : code
  return (/[^0-9A-Za-z]/.test(whole) ? whole.replace(/[^0-9A-Za-z]/g, '') : whole).toUpperCase()
}
