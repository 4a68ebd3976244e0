/** Initials of people who are known: by themselves ("J.S.", "J. Q. P."), and beside a name of theirs ("J. Smith", "Smith J"). */
import { endAt, isMark, isTight, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { LETTERS, SHAPE } from '../reading/tokens.ts'
import type { Span, Told } from '../span.ts'

/** Of each person the names, first to last, as keys. */
export type People = readonly (readonly string[])[]

/** Initials in lower case, "jq" and "jqp", and the names they are of. */
export function initialsOf(people: People): ReadonlyMap<string, People[number]> {
  const table = new Map<string, People[number]>()
  const put = (names: People[number]): void => {
    const letters = names.map((name) => name.slice(0, 1)).join('')
    if (letters.length >= 2 && !table.has(letters)) table.set(letters, names)
  }
  for (const names of people) {
    put(names)
    put([...names.slice(0, 1), ...names.slice(1).slice(-1)])
  }
  return table
}

/** "J.S.", "J. Q. P." */
export function initialsAt(initials: ReadonlyMap<string, People[number]>, page: Page, token: number): Span | null {
  if ((shapeAt(page, token) & SHAPE.initial) === 0 || !isMark(page, token + 1, '.')) return null
  const letters = [token]
  let last = token + 1
  // "J.S. K.T." are two
  const spaced = !isTight(page, last + 1)
  while (
    letters.length < 4 &&
    (shapeAt(page, last + 1) & SHAPE.initial) !== 0 &&
    isMark(page, last + 2, '.') &&
    isTight(page, last + 1) !== spaced
  ) {
    letters.push(last + 1)
    last += 2
  }
  const names = letters.length > 1 ? initials.get(letters.map((letter) => wordAt(page, letter)).join('')) : undefined
  if (names === undefined) return null
  const told = letters.map((letter, at) => toldAt(page, letter, names[at] ?? ''))
  return { start: startAt(page, token), end: endAt(page, last), class: 'NAME', rule: 'known-initials', told }
}

function toldAt(page: Page, token: number, key: string): Told {
  return { start: startAt(page, token), end: endAt(page, token), key }
}

/** A known name takes the initials beside it along. */
export function withInitials(people: People, page: Page, token: number, span: Span): Span {
  const before = initialBefore(page, token)
  const after = initialAfter(page, token, span.end)
  if (before === null && after === null) return span
  const told = [before, after].flatMap((initial) => (initial === null ? [] : toldOf(people, page, initial, span)))
  return {
    ...span,
    start: before === null ? span.start : startAt(page, before),
    end: after === null ? span.end : endAt(page, isMark(page, after + 1, '.') ? after + 1 : after),
    told: [...(span.told ?? []), ...told]
  }
}

function initialBefore(page: Page, token: number): number | null {
  const before = isMark(page, token - 1, '.') ? token - 2 : token - 1
  if (before < 0 || (shapeAt(page, before) & SHAPE.initial) === 0) return null
  return before < token - 1 || wordAt(page, before) !== 'a' ? before : null
}

function initialAfter(page: Page, token: number, end: number): number | null {
  let after = token
  while (after < page.tokens.count && startAt(page, after) < end) after++
  const isInitial = (shapeAt(page, after) & SHAPE.initial) !== 0 && wordAt(page, after) !== 'i' && !isTight(page, after)
  return isInitial && (shapeAt(page, after + 1) & LETTERS) === 0 ? after : null
}

/** Whose initial it is: another name of a person who has this one. */
function toldOf(people: People, page: Page, initial: number, { told = [] }: Span): readonly Told[] {
  const letter = wordAt(page, initial)
  const key = told[0]?.key ?? ''
  for (const names of people) {
    const name = names.includes(key) ? names.find((each) => each !== key && each.startsWith(letter)) : undefined
    if (name !== undefined) return [toldAt(page, initial, name)]
  }
  return []
}
