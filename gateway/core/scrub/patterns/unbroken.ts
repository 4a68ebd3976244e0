/**
 * What no one reads: letters and digits that go on without a break for longer than any word, and stretches without a blank for longer than any list. They may
 * hold anything, and patterns, which are bounded, would cover the head of one. Refuses scripts that write no blanks. Linear: a stretch is read once.
 */
import type { Page } from '../reading/page.ts'
import type { Span } from '../span.ts'

/** The longest words of medicine have 45 letters. */
const LONGEST_WORD = 64
const LONGEST_STRETCH = 400

/** ASCII letters and digits. */
const isPart = (code: number): boolean => (code >= 48 && code <= 57) || (code >= 97 && code <= 122)
const isBlank = (code: number): boolean => code <= 32

export function findUnbroken({ lower }: Page, found: Span[]): void {
  // a stretch that is long enough stands over one of these places
  for (let at = LONGEST_WORD; at < lower.length; at += LONGEST_WORD) {
    if (isBlank(lower.charCodeAt(at))) continue
    let start = at
    while (start > at - LONGEST_WORD && !isBlank(lower.charCodeAt(start - 1))) start--
    let end = at + 1
    while (end < lower.length && !isBlank(lower.charCodeAt(end))) end++
    if (end - start > LONGEST_WORD) claim(lower, start, end, found)
    if (end > at + LONGEST_WORD) at = end - ((end - at) % LONGEST_WORD)
  }
}

function claim(lower: string, from: number, until: number, found: Span[]): void {
  const claimed: Span[] = []
  let parts = 0
  let start = from
  for (let at = from; at <= until; at++) {
    if (at < until && isPart(lower.charCodeAt(at))) {
      parts++
      continue
    }
    if (at - start > LONGEST_WORD) claimed.push({ start, end: at, class: 'ID', rule: 'unbroken' })
    start = at + 1
  }
  if (until - from > LONGEST_STRETCH && parts * 2 >= until - from) found.push({ start: from, end: until, class: 'ID', rule: 'unbroken' })
  else found.push(...claimed)
}
