/**
 * Facilities that nobody told of: runs of capitals with a head ("Elm Clinic"), saints ("St. Vincent's"), and whatever something was done at ("seen at
 * Xxxx"). One that is only a kind ("Cardiology Clinic") is kept.
 */
import { isHerb } from '../names/eponym.ts'
import { bitsAt, isMark, type Page, phraseEnd, shapeAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'
import { isNamed, NAMELIKE, runEnd } from './capitals.ts'
import { isNear, type Place } from './streets.ts'

/** Heads that make a facility of any capital before them. */
const STRONG = /^(?:hospitals?|clinics?|infirmary|university|college|school|institute|center|centre|ctr|cntr|polyclinic|hospice|pharmacy)$/

/** "UCLA Medical Center", "St. Mary's Clinic", "Seattle clinic", "University of X". */
export function facility(page: Page, token: number): Place | null {
  const end = runEnd(page, token)
  const below = (bitsAt(page, end + 1) & WORD.facility) !== 0 && (shapeAt(page, end + 1) & SHAPE.lower) !== 0 && isNear(page, end + 1)
  if (below) {
    const named = isNamed(page, token, end, NAMELIKE) && !isPlainPlace(page, end + 1) && !isStay(page, end)
    return named ? { from: token, last: end + 1, class: 'FACILITY', rule: 'facility-of' } : null
  }
  const head = headOf(page, token, end)
  if (head < 0 || end === token) return null
  const last = wordAt(page, head + 1) === 'of' ? end : head
  const found = isNamed(page, token, last, hasStrongHead(page, token, last) ? -1 : NAMELIKE) || isTheOne(page, token, last)
  return found ? { from: token, last: withState(page, last), class: 'FACILITY', rule: 'facility' } : null
}

/** "Long hospital stay": how it was, not where. */
function isStay(page: Page, end: number): boolean {
  return (bitsAt(page, end) & WORD.basic) !== 0 && /^(?:stays?|course|visits?|days?|admissions?)$/.test(wordAt(page, end + 2))
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

/** "St. Vincent's", "Mt. X": what is called after a saint or a mountain is a place wherever it stands. */
export function saint(page: Page, token: number): Place | null {
  const word = wordAt(page, token)
  const next = isMark(page, token + 1, '.') ? token + 2 : token + 1
  if (!/^(?:st|mt|saint|mount|fort|ft)$/.test(word) || (shapeAt(page, token) & SHAPE.capital) === 0) return null
  if ((shapeAt(page, next) & (SHAPE.capital | SHAPE.mixed)) === 0 || (bitsAt(page, next) & (WORD.never | WORD.title)) !== 0) return null
  const possessive = isMark(page, next + 1, "'") && wordAt(page, next + 2) === 's'
  if (possessive && isHerb(page, next + 3)) return null
  return { from: token, last: possessive ? next + 2 : next, class: possessive ? 'FACILITY' : 'PLACE', rule: 'saint' }
}
