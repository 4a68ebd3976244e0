/** Cities of the lists, "City, ST 12345", counties, and where people live. A state or a country by itself is kept (45 CFR 164.514(b)(2)(i)(B)). */
import { isEponym } from '../names/eponym.ts'
import { bitsAt, isMark, isTight, lengthAt, type Page, phraseEnd, shapeAt, wordAt } from '../reading/page.ts'
import { CAPITALS, LETTERS, SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'
import type { Place } from './streets.ts'

const KEPT = WORD.plain | WORD.basic

/** Diseases and what causes them are called after places: "Norwalk virus". */
const DISEASES = /^(?:virus|viruses|encephalitis|chromosome|hemoglobin|haemoglobin|strain|serotype|shunt|brace)$/
/** What people have who come from somewhere, too. */
const FEVERS = /^(?:fever|flu|influenza)$/

function isDisease(page: Page, token: number, next: string): boolean {
  return DISEASES.test(next) || (FEVERS.test(next) && !isToward(page, token))
}

export function city(page: Page, token: number): Place | null {
  const bits = bitsAt(page, token)
  const last = phraseEnd(page, token, WORD.place)
  const stated = stateAfter(page, last < 0 ? token : last)
  if (stated !== null && isCityBefore(page, token, last < 0 ? token : last))
    return { from: token, last: stated, class: 'PLACE', rule: 'city-state' }
  if (isCounty(page, token)) return { from: token, last: token + 1, class: 'PLACE', rule: 'county' }
  if (last > token)
    return isCapitalised(page, token, last) && !isPerson(page, token, last) && !isDisease(page, token, wordAt(page, last + 1))
      ? { from: token, last: withZip(page, last), class: 'PLACE', rule: 'city' }
      : null
  if (isFinding(page, token)) return null
  return bits !== 0 && isCity(page, token, bits) && !isDisease(page, token, wordAt(page, token + 1))
    ? { from: token, last: withZip(page, token), class: 'PLACE', rule: 'city' }
    : home(page, token, bits)
}

/** "Robert Lee" is a town, too. */
function isPerson(page: Page, token: number, last: number): boolean {
  const isFirst = (bitsAt(page, token) & (WORD.usualFirst | WORD.city | WORD.state | KEPT)) === WORD.usualFirst
  return isFirst && last === token + 1 && (bitsAt(page, last) & WORD.usualLast) !== 0 && !isToward(page, token)
}

function isCity(page: Page, token: number, bits: number): boolean {
  if ((bits & (WORD.place | WORD.city)) === 0 || (bits & WORD.state) !== 0) return false
  if ((bits & (WORD.country | WORD.city)) === WORD.country) return false
  if ((shapeAt(page, token) & SHAPE.upper) !== 0 && ((bits & WORD.city) === 0 || isShortWord(page, token, bits))) return false
  if ((bits & WORD.city) !== 0 && (bits & KEPT) === 0) return true
  return isToward(page, token) && (bits & WORD.basic) === 0 && ((bits & WORD.plain) === 0 || (bits & WORD.city) !== 0)
}

/** "ADA" is an association, "NYC" a city only. */
function isShortWord(page: Page, token: number, bits: number): boolean {
  return lengthAt(page, token) < 5 && (bits & (WORD.first | WORD.last | KEPT)) !== 0
}

/** ", ST" or ", State" behind a token, with a ZIP code behind it where one stands there: its last token. */
function stateAfter(page: Page, token: number): number | null {
  const next = isMark(page, token + 1, ',') ? token + 2 : token + 1
  if (wordAt(page, next) === 'd' && isMark(page, next + 1, '.') && wordAt(page, next + 2) === 'c')
    return isMark(page, next + 3, '.') ? next + 3 : next + 2
  const last = phraseEnd(page, next, WORD.state)
  if (last < 0) return null
  const short = lengthAt(page, next) === 2 && last === next
  if (short ? (shapeAt(page, next) & SHAPE.upper) === 0 : next === token + 1 || (shapeAt(page, next) & CAPITALS) === 0) return null
  return withZip(page, last)
}

/** With the ZIP code behind a city or state, where one stands there. */
function withZip(page: Page, last: number): number {
  const zip = isMark(page, last + 1, ',') ? last + 2 : last + 1
  if ((shapeAt(page, zip) & SHAPE.number) === 0 || lengthAt(page, zip) !== 5) return last
  const plus = isMark(page, zip + 1, '-') && isTight(page, zip + 1) && (shapeAt(page, zip + 2) & SHAPE.number) !== 0
  return plus ? zip + 2 : zip
}

function isCityBefore(page: Page, token: number, last: number): boolean {
  const bits = bitsAt(page, token)
  const short = !isMark(page, last + 1, ',')
  if (last > token) return isCapitalised(page, token, last)
  if ((shapeAt(page, token) & SHAPE.initial) !== 0 || (bits & (WORD.month | WORD.never | WORD.credential)) !== 0) return false
  if ((bits & (WORD.place | WORD.city)) !== 0) return !short || (bits & KEPT) === 0
  // "X, MD" is more often a doctor than a town of Maryland
  const doctor = /^(?:md|pa)$/.test(wordAt(page, last + 2))
  return !short && !doctor && (bits & (KEPT | WORD.state)) === 0 && (shapeAt(page, token) & SHAPE.capital) !== 0
}

function isCounty(page: Page, token: number): boolean {
  const next = wordAt(page, token + 1)
  return (next === 'county' || next === 'parish' || next === 'township') && (shapeAt(page, token + 1) & SHAPE.capital) !== 0
}

const LIVES: ReadonlySet<string> = new Set(
  'lives live living lived resides residing resided moved born raised travels traveled travelled traveling trip visit residence native resident relocated flew drove up here originally based came comes arrived returned stayed staying immigrated emigrated settled retired vacationing commutes'.split(
    ' '
  )
)

/** A capital first, or a long word in capitals. */
function isPlaceLike(page: Page, token: number): boolean {
  const shape = shapeAt(page, token)
  return (shape & SHAPE.capital) !== 0 || ((shape & SHAPE.upper) !== 0 && lengthAt(page, token) > 4)
}

/** "lives in X" */
function home(page: Page, token: number, bits: number): Place | null {
  if (!isToward(page, token) || !LIVES.has(wordAt(page, token - 2)) || !isPlaceLike(page, token)) return null
  if ((bits & (KEPT | WORD.country | WORD.state | WORD.month)) !== 0) return null
  const more = (shapeAt(page, token + 1) & SHAPE.capital) !== 0 && (bitsAt(page, token + 1) & (KEPT | WORD.never)) === 0
  return { from: token, last: more ? token + 1 : token, class: 'PLACE', rule: 'home' }
}

function isToward(page: Page, token: number): boolean {
  return (bitsAt(page, token - 1) & WORD.toward) !== 0 || isMark(page, token - 1, '@')
}

function isFinding(page: Page, token: number): boolean {
  return isEponym(page, token) || (isMark(page, token + 1, '-') && isTight(page, token + 1))
}

function isCapitalised(page: Page, from: number, last: number): boolean {
  let basic = 0
  let words = 0
  for (let at = from; at <= last; at++) {
    if ((shapeAt(page, at) & LETTERS) === 0) continue
    if ((shapeAt(page, at) & CAPITALS) === 0) return false
    words++
    if ((bitsAt(page, at) & WORD.basic) !== 0) basic++
  }
  return basic < words || isToward(page, from)
}

/** "lives in boston", "from boston, ma": in lower case where someone lives, or with its state. */
export function lowerCity(page: Page, token: number): Place | null {
  const bits = bitsAt(page, token)
  if ((bits & (KEPT | WORD.country | WORD.state | WORD.first)) !== 0 || !isToward(page, token)) return null
  if (isMark(page, token + 1, ',') && lengthAt(page, token + 2) === 2 && (bitsAt(page, token + 2) & WORD.state) !== 0)
    return { from: token, last: token + 2, class: 'PLACE', rule: 'city-state' }
  return LIVES.has(wordAt(page, token - 2)) ? { from: token, last: token, class: 'PLACE', rule: 'home' } : null
}
