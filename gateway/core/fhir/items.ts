/**
 * Where the items of one list stand in the bytes of an object, and the object's text without them (its shell). Decides nothing: what is cut out is
 * read by itself, and the shell must then be JSON that names no key twice.
 */
import { bracketOf, endOfString, Nesting, OPEN } from './nesting.ts'
import { screen } from './screen.ts'

const QUOTE = 0x22
const LIST = 0x5b

/** Start and end, start and end …: places in bytes, in order. */
export type Spans = readonly number[]

/** The items (objects and lists, nothing else) of the list that the outermost object at bytes[start, end) has under `member`. */
export function itemsOf(bytes: Uint8Array, start: number, end: number, member: Uint8Array): Spans {
  const { memberStart, memberEnd } = screen(bytes, start, end, 0, member)
  if (memberStart < 0) return []
  const items: number[] = []
  const nesting = new Nesting()
  let i = memberStart
  while (i < memberEnd && (bytes[i] ?? 0) <= 0x20) i++
  if (bytes[i++] !== LIST) return []
  while (i >= 0 && i < memberEnd) {
    const c = bytes[i++] ?? 0
    if (c === QUOTE) i = endOfString(bytes, i, memberEnd)
    else if (bracketOf(c) === OPEN) {
      nesting.depth = 1
      items.push(i - 1)
      i = Math.min(memberEnd, nesting.run(bytes, i, memberEnd, 0))
      items.push(i)
    }
  }
  return items
}

/** The text of bytes[start, end) with `mark` in the place of each span. */
export function without(bytes: Buffer, start: number, end: number, spans: Spans, mark: string): string {
  const kept: string[] = []
  let from = start
  for (let i = 0; i < spans.length; i += 2) {
    kept.push(bytes.toString('utf8', from, spans[i]), mark)
    from = spans[i + 1] ?? end
  }
  kept.push(bytes.toString('utf8', from, end))
  return kept.join('')
}
