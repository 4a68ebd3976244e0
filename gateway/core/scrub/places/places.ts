/**
 * Places and facilities that nobody told of: organisations of a list, runs of capitals with a head ("Elm Clinic"), saints and mounts, cities of the lists,
 * "City, ST 12345", streets, counties, and where people live. A state or a country by itself is kept (45 CFR 164.514(b)(2)(i)(B): smaller than a state),
 * and so is a facility that is only a kind ("Cardiology Clinic").
 */

import { isEponym } from '../names/eponym.ts'
import { bitsAt, endAt, isMark, isTight, lengthAt, type Page, phraseEnd, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { CAPITALS, LETTERS, SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD } from '../words/words.ts'
import { bareStreet, isNear, type Place, street } from './streets.ts'
import { visited } from './visited.ts'

const KEPT = WORD.plain | WORD.basic
const NAMELIKE = WORD.first | WORD.last | WORD.place | WORD.city | WORD.whole | WORD.state
const MOST = 9

export function findPlaces(page: Page, found: Span[]): void {
  const { tokens } = page
  let done = 0
  for (let token = 0; token < tokens.count; token++) {
    if (token < done) continue
    const shape = tokens.shape[token] ?? 0
    const place = (shape & SHAPE.number) !== 0 ? street(page, token) : (shape & CAPITALS) !== 0 ? capitals(page, token) : null
    if (place === null) continue
    found.push({ start: startAt(page, place.from), end: endAt(page, place.last), class: place.class, rule: place.rule })
    done = place.last + 1
  }
}

function capitals(page: Page, token: number): Place | null {
  if ((bitsAt(page, token) & WORD.never) !== 0) return null
  return (
    facility(page, token) ??
    bareStreet(page, token) ??
    organisation(page, token) ??
    saint(page, token) ??
    city(page, token) ??
    unlisted(page, token)
  )
}

function unlisted(page: Page, token: number): Place | null {
  const last = visited(page, token)
  return last < 0 ? null : { from: token, last, class: 'FACILITY', rule: 'facility-visited' }
}

/** Where the run of capitals that begins with a token ends: words, their apostrophes, hyphens, abbreviations, "of" behind a head. */
function runEnd(page: Page, token: number): number {
  let last = token
  while (last < token + MOST) {
    const next = nextOfRun(page, last)
    if (next === last) break
    last = next
  }
  return last
}

function nextOfRun(page: Page, last: number): number {
  let next = last + 1
  if (isMark(page, next, "'") && isTight(page, next) && wordAt(page, next + 1) === 's') next += 2
  else if ((isMark(page, next, '-') && isTight(page, next)) || isMark(page, next, '&') || isMark(page, next, "'")) next++
  else if (isMark(page, next, '.') && lengthAt(page, last) <= 4 && isTight(page, next)) next++
  else if (wordAt(page, next) === 'of' && (bitsAt(page, last) & WORD.facility) !== 0) next += wordAt(page, next + 1) === 'the' ? 2 : 1
  const shape = shapeAt(page, next)
  const goesOn = (shape & CAPITALS) !== 0 && (bitsAt(page, next) & WORD.never) === 0 && (shape & SHAPE.gapBefore) === 0
  if (goesOn) return next
  // "St. Mary's": the run ends with the s
  return next === last + 3 && wordAt(page, last + 2) === 's' ? last + 2 : last
}

/** Heads that make a facility of any capital before them. */
const STRONG = /^(?:hospitals?|clinics?|infirmary|university|college|school|institute|center|centre|ctr|cntr|polyclinic|hospice|pharmacy)$/

/** "UCLA Medical Center", "St. Mary's Clinic", "Seattle clinic", "University of X". */
function facility(page: Page, token: number): Place | null {
  const end = runEnd(page, token)
  const below = (bitsAt(page, end + 1) & WORD.facility) !== 0 && (shapeAt(page, end + 1) & SHAPE.lower) !== 0 && isNear(page, end + 1)
  if (below) {
    const named = isNamed(page, token, end, NAMELIKE) && !isPlainPlace(page, end + 1)
    return named ? { from: token, last: end + 1, class: 'FACILITY', rule: 'facility-of' } : null
  }
  const head = headOf(page, token, end)
  if (head < 0 || end === token) return null
  const last = wordAt(page, head + 1) === 'of' ? end : head
  const found = isNamed(page, token, last, hasStrongHead(page, token, last) ? -1 : NAMELIKE) || isTheOne(page, token, last)
  return found ? { from: token, last: withState(page, last), class: 'FACILITY', rule: 'facility' } : null
}

/** The last head of a facility in a run, or -1. */
function headOf(page: Page, from: number, end: number): number {
  for (let at = end; at >= from; at--) if ((bitsAt(page, at) & WORD.facility) !== 0) return at
  return -1
}

function hasStrongHead(page: Page, from: number, last: number): boolean {
  for (let at = from; at <= last; at++) if (STRONG.test(wordAt(page, at))) return true
  return false
}

/** "at General Hospital": what is elsewhere a kind of facility is here the one of that name. */
function isTheOne(page: Page, token: number, last: number): boolean {
  return (
    last > token &&
    /^(?:general|community|regional|county|city|central|national|memorial|university|veterans)$/.test(wordAt(page, token)) &&
    /^(?:at|to|from|@)$/.test(wordAt(page, token - 1))
  )
}

/** "... in NY": the state goes with the facility. */
function withState(page: Page, last: number): number {
  const state = wordAt(page, last + 1) === 'in' ? phraseEnd(page, last + 2, WORD.state) : -1
  return state > 0 && (shapeAt(page, state) & (SHAPE.upper | SHAPE.capital)) !== 0 ? state : last
}

/** Heads in lower case that also say what is done, not where. */
function isPlainPlace(page: Page, token: number): boolean {
  return !/^(?:hospitals?|clinics?|cent(?:er|re)|campus|branch|pharmacy|university)$/.test(wordAt(page, token))
}

/** Whether a run names one facility: a word of it is no kind of facility, and is a name or place where `mask` asks so. */
function isNamed(page: Page, from: number, last: number, mask: number): boolean {
  for (let at = from; at <= last; at++) {
    const bits = bitsAt(page, at)
    const isWord = (shapeAt(page, at) & CAPITALS) !== 0 && lengthAt(page, at) > 1
    if (!isWord || (bits & (WORD.generic | WORD.never)) !== 0 || isKind(page, at, bits)) continue
    if (mask === -1 || (bits & mask) !== 0 || (bits & KEPT) === 0) return true
  }
  return false
}

/** "Cardiology", "Orthopedic", "Surgical", "Hospital". */
function isKind(page: Page, token: number, bits: number): boolean {
  const word = wordAt(page, token)
  if ((bits & WORD.facility) !== 0) return !/^(?:general|memorial|presbyterian|methodist|university)$/.test(word)
  if (word.endsWith('ology')) return true
  return (
    (bits & WORD.plain) !== 0 &&
    (bits & (WORD.first | WORD.place)) === 0 &&
    /(?:ics?|al|try|ive|ment|tion|gist|ians?|ing|ncy|nce|ary)$/.test(word)
  )
}

/** "Johns Hopkins", "UCSF", "Mt. Sinai". */
function organisation(page: Page, token: number): Place | null {
  const bits = bitsAt(page, token)
  if ((bits & (WORD.whole | WORD.organisation)) === 0) return null
  const last = phraseEnd(page, token, WORD.whole)
  if (last < 0 || (bitsAt(page, last + 1) & WORD.finding) !== 0) return null
  const single = last === token
  if (single && (bits & (KEPT | WORD.first | WORD.last)) !== 0 && (shapeAt(page, token) & SHAPE.upper) === 0 && !isToward(page, token))
    return null
  return { from: token, last, class: 'FACILITY', rule: 'organisation' }
}

/** "St. Vincent's", "Mt. X": what is called after a saint or a mountain is a place wherever it stands. */
function saint(page: Page, token: number): Place | null {
  const word = wordAt(page, token)
  const next = isMark(page, token + 1, '.') ? token + 2 : token + 1
  if (!/^(?:st|mt|saint|mount|fort|ft)$/.test(word) || (shapeAt(page, token) & SHAPE.capital) === 0) return null
  if ((shapeAt(page, next) & (SHAPE.capital | SHAPE.mixed)) === 0 || (bitsAt(page, next) & (WORD.never | WORD.title)) !== 0) return null
  const possessive = isMark(page, next + 1, "'") && wordAt(page, next + 2) === 's'
  return { from: token, last: possessive ? next + 2 : next, class: possessive ? 'FACILITY' : 'PLACE', rule: 'saint' }
}

function city(page: Page, token: number): Place | null {
  const bits = bitsAt(page, token)
  const last = phraseEnd(page, token, WORD.place)
  const stated = stateAfter(page, last < 0 ? token : last)
  if (stated !== null && isCityBefore(page, token, last < 0 ? token : last))
    return { from: token, last: stated, class: 'PLACE', rule: 'city-state' }
  if (isCounty(page, token)) return { from: token, last: token + 1, class: 'PLACE', rule: 'county' }
  if (last > token)
    return isCapitalised(page, token, last) ? { from: token, last: withZip(page, last), class: 'PLACE', rule: 'city' } : null
  if (isFinding(page, token)) return null
  return bits !== 0 && isCity(page, token, bits)
    ? { from: token, last: withZip(page, token), class: 'PLACE', rule: 'city' }
    : home(page, token, bits)
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
