/**
 * Facilities that no head tells ("Elm Clinic" has one) and no list knows, told by what was done there: "transferred to Xxxx", "Dr. Y at Xxxx", "works at
 * UUUU". A department is none ("admitted to Cardiology", "to the ICU"), nor is what a plain word says ("at Baseline").
 */
import { isEponym } from '../names/eponym.ts'
import { bitsAt, isMark, lengthAt, type Page, phraseEnd, shapeAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'
import { isNamed, NAMELIKE, nextOfRun } from './capitals.ts'
import type { Place } from './streets.ts'

const AT =
  /^(?:seen|treated|tx'?d|evaluated|eval'?d|hospitali[sz]ed|followed|followup|works?|worked|working|employed|diagnosed|dx'?d|presented|presenting|visit|visited|care|consult(?:ed)?|surgery|procedure|teach(?:es|er)|student|reviewed|performed|done|scheduled|appointment|appt|born|delivered|died|underwent|enrolled|resident|inpatient|outpatient|stay|case)$/
const TO =
  /^(?:admitted|admission|transferred|transfer|referred|referral|presented|presents|discharged|taken|airlifted|sent|brought|returned)$/
/** Last words of a name where something is done: "seen at Mass General". */
const SHORT = /^(?:memorial|presbyterian|methodist|general|county|regional|mercy|providence)$/
const ENDS = WORD.title | WORD.month | WORD.country | WORD.finding | WORD.credential
const MOST = 5

export function visited(page: Page, token: number): Place | null {
  const shape = shapeAt(page, token)
  if (lengthAt(page, token) < 3 || (shape & SHAPE.initial) !== 0 || (bitsAt(page, token) & ENDS) !== 0) return null
  if (phraseEnd(page, token, WORD.state | WORD.country) >= 0) return null
  const why = whyAt(page, token)
  if (why === 'none') return null
  const last = end(page, token)
  return isPlace(page, token, last, why) ? { from: token, last, class: 'FACILITY', rule: 'facility-visited' } : null
}

/** `done`: something is done there, or someone is from there; `at`: it stands behind "at". */
function whyAt(page: Page, token: number): 'done' | 'at' | 'none' {
  const before = wordAt(page, token - 1)
  const isAt = before === 'at' || isMark(page, token - 1, '@')
  if (!isAt && before !== 'to' && before !== 'from') return 'none'
  const verb = wordAt(page, token - 2)
  if (TO.test(verb) || (isAt && AT.test(verb))) return 'done'
  const someone = (shapeAt(page, token - 2) & SHAPE.capital) !== 0 && (bitsAt(page, token - 2) & (WORD.last | WORD.first)) !== 0
  if (isAt && someone) return 'done'
  return isAt ? 'at' : 'none'
}

function end(page: Page, token: number): number {
  let last = token
  while (last < token + MOST) {
    const next = nextOfRun(page, last)
    if (next === last || (bitsAt(page, next) & ENDS) !== 0) break
    last = next
  }
  return last
}

function isPlace(page: Page, token: number, last: number, why: 'done' | 'at'): boolean {
  const bits = bitsAt(page, token)
  if (isEponym(page, last) || (bitsAt(page, last + 1) & WORD.finding) !== 0) return false
  if ((shapeAt(page, token) & SHAPE.upper) !== 0 && (why === 'at' || (last === token && lengthAt(page, token) > 6 && bits !== 0)))
    return false
  if (SHORT.test(wordAt(page, last))) return why === 'done' || last > token
  // by itself a plain word is none, whoever bears it as a name too
  if (last === token && (bits & (WORD.plain | WORD.basic)) !== 0)
    return why === 'done' && (bits & WORD.usualLast) !== 0 && (bits & WORD.basic) === 0
  return isNamed(page, token, last, NAMELIKE)
}
