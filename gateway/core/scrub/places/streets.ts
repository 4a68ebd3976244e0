/** Streets: a house number and a name that ends in the word for a street, or in an apartment; the town behind them. */
import { bitsAt, isMark, isTight, lengthAt, type Page, shapeAt, wordAt } from '../reading/page.ts'
import { CAPITALS, LETTERS, SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'

const UNIT = /^(?:apt|apartment|suite|ste)$/

/** What places.ts and this file find: tokens `from` to `last`. */
export interface Place {
  readonly from: number
  readonly last: number
  readonly class: 'FACILITY' | 'PLACE' | 'STREET'
  readonly rule: string
}

/** "1234 Elm St, Apt 5", "12 North 5th Avenue". */
export function street(page: Page, token: number): Place | null {
  if (lengthAt(page, token) > 6 || isTight(page, token)) return null
  let words = 0
  for (let at = houseEnd(page, token) + 1; words < 6 && isPart(page, at); at++) {
    if (words > 0 && UNIT.test(wordAt(page, at))) return claimed(page, token, unit(page, at - 1))
    if (words > 0 && (bitsAt(page, at) & WORD.street) !== 0) return claimed(page, token, unit(page, at))
    // "5th"; "N. Main", "St. Mary's"
    while (isTight(page, at + 1) && !isMark(page, at + 1, ',')) at++
    words++
  }
  return null
}

const LIVES = /^(?:lives?|lived|living|resides?|resided|residing|address|home|moved|stays?|staying|stayed)$/

/** "resides at 14 Birch": behind a word for where someone lives the number and a capital are enough. */
export function homeStreet(page: Page, token: number): Place | null {
  const at = isMark(page, token - 1, ':') || (lengthAt(page, token - 1) === 2 && /^(?:at|is|to)$/.test(wordAt(page, token - 1)))
  if (!at || !LIVES.test(wordAt(page, token - 2)) || lengthAt(page, token) > 6 || isTight(page, token)) return null
  let last = houseEnd(page, token)
  const house = last
  while (last < house + 3 && isNear(page, last + 1) && !isTight(page, last + 1) && isName(page, last + 1)) last++
  return last === house ? null : { from: token, last, class: 'STREET', rule: 'street-home' }
}

function isName(page: Page, token: number): boolean {
  return (
    (shapeAt(page, token) & (SHAPE.capital | SHAPE.mixed)) !== 0 && (bitsAt(page, token) & (WORD.never | WORD.title | WORD.month)) === 0
  )
}

const STREETS = /^(?:street|avenue|ave|road|lane|boulevard|blvd|drive)$/
const NO_STREET =
  /^(?:mile|miles|block|blocks|hours?|minutes?|min|mins|days?|weeks?|months?|years?|yrs?|hr|hrs|way|lane|car|main|blood|intravenous)$/

/** "12 elm street", in lower case throughout. */
export function lowerStreet(page: Page, token: number): Place | null {
  if (lengthAt(page, token) > 5 || isTight(page, token) || isTight(page, token + 1)) return null
  for (let at = token + 1; at < token + 4; at++) {
    if ((shapeAt(page, at) & SHAPE.lower) === 0 || !isNear(page, at) || (bitsAt(page, at) & WORD.never) !== 0) return null
    if (at > token + 1 && STREETS.test(wordAt(page, at))) return { from: token, last: unit(page, at), class: 'STREET', rule: 'street' }
    if (NO_STREET.test(wordAt(page, at)) || (bitsAt(page, at) & WORD.street) !== 0) return null
  }
  return null
}

/** A capital, a number, a particle, or an apartment's word. */
function isPart(page: Page, token: number): boolean {
  if (!isNear(page, token) || isTight(page, token) || (bitsAt(page, token) & WORD.never) !== 0) return false
  return (
    (shapeAt(page, token) & (CAPITALS | SHAPE.number)) !== 0 ||
    (bitsAt(page, token) & WORD.particle) !== 0 ||
    UNIT.test(wordAt(page, token))
  )
}

function claimed(page: Page, from: number, last: number): Place {
  return { from, last: townEnd(page, last), class: 'STREET', rule: 'street' }
}

/** The last token of the town behind a street, of any name, where a state, a country or a postal code ends it: ", Xxxx 12345". */
function townEnd(page: Page, street: number): number {
  let last = street
  // behind a full stop a sentence may begin
  const none = WORD.never | WORD.title | WORD.month | (isMark(page, street, '.') ? WORD.plain | WORD.basic : 0)
  let first = street + 1
  if (isMark(page, first, ',')) first++
  let at = first
  for (; at < first + 7 && isTown(page, at, none); at++) if (at > first && (bitsAt(page, at) & (WORD.state | WORD.country)) !== 0) last = at
  const code = at > first && (shapeAt(page, at) & SHAPE.number) !== 0 && isNear(page, at)
  return code && isCode(lengthAt(page, at)) ? at : last
}

function isTown(page: Page, token: number, none: number): boolean {
  if (!isNear(page, token)) return false
  return isMark(page, token, ',') || ((shapeAt(page, token) & CAPITALS) !== 0 && (bitsAt(page, token) & none) === 0)
}

/** Postal codes have four to six digits. */
function isCode(length: number): boolean {
  return length > 3 && length < 7
}

/** "12B", "12-34": the last token of a house number. */
function houseEnd(page: Page, token: number): number {
  if (!isTight(page, token + 1)) return token
  if ((shapeAt(page, token + 1) & LETTERS) !== 0 && lengthAt(page, token + 1) === 1) return token + 1
  return isMark(page, token + 1, '-') && (shapeAt(page, token + 2) & SHAPE.number) !== 0 ? token + 2 : token
}

/** The full stop behind "St", and ", Apt 5" or "# 5". */
function unit(page: Page, head: number): number {
  const stop = isMark(page, head + 1, '.') && isTight(page, head + 1) && lengthAt(page, head) <= 4 ? head + 1 : head
  const next = isMark(page, stop + 1, ',') ? stop + 2 : stop + 1
  if (isMark(page, next, '#')) return next + 1
  if (!UNIT.test(wordAt(page, next)) && !/^(?:unit|floor|fl|box)$/.test(wordAt(page, next))) return stop
  const number = isMark(page, next + 1, '.') || isMark(page, next + 1, '#') ? next + 2 : next + 1
  return (shapeAt(page, number) & (SHAPE.number | SHAPE.initial)) !== 0 ? number : stop
}

/** "Elm Street" */
export function bareStreet(page: Page, token: number): Place | null {
  for (let at = token + 1; at < token + 3; at++) {
    const shape = shapeAt(page, at)
    if ((shape & CAPITALS) === 0 || !isNear(page, at)) return null
    if (/^(?:street|st|avenue|ave|road|rd|lane|boulevard|blvd|drive)$/.test(wordAt(page, at)) && (shape & SHAPE.capital) !== 0) {
      const named =
        (bitsAt(page, token) & (WORD.never | WORD.title)) === 0 && !((bitsAt(page, at + 1) & CAPITALS) !== 0 && wordAt(page, at) === 'st')
      return named ? { from: token, last: unit(page, at), class: 'STREET', rule: 'street-name' } : null
    }
  }
  return null
}

export function isNear(page: Page, token: number): boolean {
  const shape = shapeAt(page, token)
  return shape !== 0 && (shape & SHAPE.gapBefore) === 0
}
