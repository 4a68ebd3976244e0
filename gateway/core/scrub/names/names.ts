/**
 * Names of persons that nobody told of: by title ("Dr. X"), by the form of a full name ("Mary X", "Mary T.", "X, Mary", "T. X"), by what stands before
 * ("daughter X", "seen by X") or behind ("X, MD"), and single names of the lists. A plain or clinical word is none without such a context; an eponym
 * before its finding is none at all.
 */

import { bitsAt, endAt, isMark, isTight, lengthAt, type Page, phraseEnd, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { CAPITALS, SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD } from '../words/words.ts'
import { isEponym } from './eponym.ts'
import { afterDigits, afterParticles, isNear, isPart, KEPT, NO_NAME, run } from './name-run.ts'
import { isTaken } from './taken.ts'
import { isActing, unlisted } from './unlisted.ts'

export function findNames(page: Page, found: Span[]): void {
  const { tokens } = page
  let done = 0
  for (let token = 0; token < tokens.count; token++) {
    const shape = tokens.shape[token] ?? 0
    const bits = tokens.bits[token] ?? 0
    if (token < done || ((shape & CAPITALS) === 0 && (bits & (WORD.title | WORD.usualFirst)) === 0)) continue
    const name = nameAt(page, token, shape, bits)
    if (name === null) continue
    claim(page, token, name, found)
    done = name.last + 1
    const second = name.rule === 'name-title' ? besides(page, token, name.last) : -1
    if (second < 0) continue
    const other = named(page, run(page, second), 'name-title')
    claim(page, second, other, found)
    done = other.last + 1
  }
}

function nameAt(page: Page, token: number, shape: number, bits: number): Name | null {
  return titled(page, token, bits) ?? ((shape & CAPITALS) === 0 ? inLowerCase(page, token) : untitled(page, token, shape, bits))
}

function claim(page: Page, token: number, { last, class: kind, rule }: Name, found: Span[]): void {
  found.push({ start: startAt(page, token), end: endAt(page, last), class: kind, rule })
}

/** "Drs. X and Y": where the second name begins, or -1. */
function besides(page: Page, title: number, last: number): number {
  if (!/^(?:drs|doctors|mr|mrs)$/.test(wordAt(page, title)) || (wordAt(page, last + 1) !== 'and' && !isMark(page, last + 1, '&'))) return -1
  return isPart(page, last + 2, wordAt(page, title) === 'drs' ? 'titled' : 'follows') && isNear(page, last + 2) ? last + 2 : -1
}

interface Name {
  /** its last token */
  readonly last: number
  readonly rule: string
  readonly class: 'NAME' | 'FACILITY'
}

/** Titles that are written short, with a full stop; behind any other one a sentence ends. */
const SHORT = /^(?:drs?|mrs?|ms|mx|prof|rev|capt|sgt|lt)$/
const OFFICES: ReadonlySet<string> = new Set(['office', 'clinic', 'practice', 'group', 'service', 'team'])

function named(page: Page, last: number, rule: string): Name {
  // "Dr. X's Office" is a place
  const office =
    isMark(page, last + 1, "'") &&
    wordAt(page, last + 2) === 's' &&
    OFFICES.has(wordAt(page, last + 3)) &&
    (shapeAt(page, last + 3) & CAPITALS) !== 0
  if (office) return { last: last + 3, rule: 'name-office', class: 'FACILITY' }
  const stop = (shapeAt(page, last) & SHAPE.initial) !== 0 && isMark(page, last + 1, '.') && isTight(page, last + 1)
  return { last: stop ? last + 1 : last, rule, class: 'NAME' }
}

/** "Dr. X", "Mrs. X Y", "Dr. van der X", "dr x". The title goes too: it may be part of how the person is known. */
function titled(page: Page, token: number, bits: number): Name | null {
  if ((bits & WORD.title) === 0) return null
  const next = afterTitle(page, token)
  if (next < 0) return null
  if ((shapeAt(page, next) & CAPITALS) !== 0) {
    // "Prof. Dr. X": no more than two, for each is asked anew
    const more =
      (bitsAt(page, token - 1) & WORD.title) === 0 && !isMark(page, token - 1, '.') ? titled(page, next, bitsAt(page, next)) : null
    if (more !== null) return more
    if (isPart(page, next, 'titled') || isMonthName(page, next)) return named(page, run(page, next), 'name-title')
  }
  const surname = afterParticles(page, next)
  if (surname > next && (shapeAt(page, surname) & CAPITALS) !== 0) return named(page, run(page, surname), 'name-title')
  return lengthAt(page, token) <= 3 && isLowerName(page, next) ? named(page, vouched(page, next), 'name-title') : null
}

/** "Mrs. May", "Dr. March" */
function isMonthName(page: Page, token: number): boolean {
  return (bitsAt(page, token) & WORD.month) !== 0 && (bitsAt(page, token) & WORD.last) !== 0 && (shapeAt(page, token) & SHAPE.capital) !== 0
}

/** Where a name may begin: "Dr. X", but "Yes, doctor. X …"; or -1. */
function afterTitle(page: Page, token: number): number {
  if (isMark(page, token + 1, '.') && SHORT.test(wordAt(page, token))) return token + 2
  return (shapeAt(page, token + 1) & (SHAPE.blankBefore | SHAPE.gapBefore)) === SHAPE.blankBefore ? token + 1 : -1
}

/** A name in lower case: of the lists, and no plain word unless a very common name. */
function isLowerName(page: Page, token: number): boolean {
  const bits = bitsAt(page, token)
  if ((shapeAt(page, token) & SHAPE.lower) === 0 || (bits & NO_NAME) !== 0) return false
  // of no list at all: long enough to be no abbreviation
  if ((bits & (WORD.first | WORD.last)) === 0) return bits === 0 && lengthAt(page, token) > 6
  return (bits & KEPT) === 0 || (bits & WORD.usualLast) !== 0
}

function untitled(page: Page, token: number, shape: number, bits: number): Name | null {
  if (isMark(page, token + 1, ',') && isSigned(page, token, bits)) return named(page, run(page, token + 2), 'name-signed')
  if ((bits & NO_NAME) !== 0 || isMonth(page, token, bits) || phraseEnd(page, token, WORD.state) > token) return null
  const last = run(page, token)
  if ((shape & SHAPE.initial) !== 0) return initials(page, token) ?? beyond(page, token)
  const rule =
    numbered(page, token, bits) ??
    fullName(page, token, last, bits) ??
    listed(page, token, bits) ??
    cued(page, token, bits) ??
    credentialed(page, token, last)
  if (rule !== null) return named(page, rule === 'name-listed' ? run(page, token + 2) : last, rule)
  return single(page, token, shape, bits) && !isTaken(page, token) ? named(page, token, 'name-single') : beyond(page, token)
}

/** "john x", "named sarah", "brother tom": the most usual first names, where a surname or a word before vouches for them. */
function inLowerCase(page: Page, token: number): Name | null {
  if ((bitsAt(page, token) & (KEPT | NO_NAME | WORD.month)) !== 0 || !isNear(page, token)) return null
  const next = token + 1
  const surname =
    (bitsAt(page, next) & (WORD.last | KEPT | NO_NAME)) === WORD.last && (shapeAt(page, next) & SHAPE.lower) !== 0 && isNear(page, next)
  if (surname || vouched(page, token) === next) return named(page, next, 'name-lower')
  return (bitsAt(page, token - 1) & WORD.cue) !== 0 ? named(page, token, 'name-lower') : null
}

/** No surnames behind a first name in lower case: "pt john will be seen". */
const VERBS: ReadonlySet<string> = new Set(['will', 'has', 'had', 'was', 'can', 'long', 'may', 'seen', 'came'])

/** "pt john smith": behind a cue or a title a usual surname counts that is a plain word too. The last token of the name. */
function vouched(page: Page, token: number): number {
  const next = token + 1
  const bits = bitsAt(page, next)
  const cued = (bitsAt(page, token - 1) & (WORD.cue | WORD.title)) !== 0 || isMark(page, token - 1, '.')
  const surname = (bits & WORD.usualLast) !== 0 && (bits & (NO_NAME | WORD.month)) === 0 && (shapeAt(page, next) & SHAPE.lower) !== 0
  return cued && surname && isNear(page, next) && !VERBS.has(wordAt(page, next)) ? next : token
}

const KIN = /^(?:daughter|wife|sister|mother|niece|aunt|mom|granddaughter|grandmother|girlfriend|partner|spouse|named)$/

/** April is a month, April Xxxx a person. */
function isMonth(page: Page, token: number, bits: number): boolean {
  if ((bits & WORD.month) === 0) return false
  const next = bitsAt(page, token + 1)
  const surname =
    (shapeAt(page, token + 1) & SHAPE.capital) !== 0 && (next & (KEPT | NO_NAME | WORD.place)) === 0 && isNear(page, token + 1)
  return (bits & WORD.first) === 0 || !(surname || KIN.test(wordAt(page, token - 1)))
}

/** What the lists do not tell. */
function beyond(page: Page, token: number): Name | null {
  const last = unlisted(page, token)
  return last < 0 ? null : named(page, run(page, last), 'name-unlisted')
}

function numbered(page: Page, token: number, bits: number): string | null {
  const digits = afterDigits(page, token)
  return digits > token && lengthAt(page, digits) >= 2 && (bits & (WORD.first | WORD.last)) !== 0 ? 'name-numbered' : null
}

/** "Mary X", "Mary T." */
function fullName(page: Page, token: number, last: number, bits: number): string | null {
  if (last === token || (bits & WORD.first) === 0 || isTaken(page, token) || ((bits & WORD.eponym) !== 0 && isEponym(page, last)))
    return null
  if ((bits & KEPT) === 0) return 'name-full'
  // Grace, Will, Mark: the surname must be one and no plain word
  const surname = bitsAt(page, last)
  if ((shapeAt(page, last) & SHAPE.initial) !== 0) return isMark(page, last + 1, '.') && isMarkedBefore(page, token) ? 'name-full' : null
  return (surname & WORD.last) !== 0 && ((surname & WORD.basic) === 0 || (surname & WORD.usualLast) !== 0) ? 'name-full' : null
}

/** Whether a name is likely to begin here: behind a comma, a colon, or a word in lower case. */
function isMarkedBefore(page: Page, token: number): boolean {
  return isMark(page, token - 1, ',') || isMark(page, token - 1, ':') || (shapeAt(page, token - 1) & SHAPE.lower) !== 0
}

/** "X, Mary" */
function listed(page: Page, token: number, bits: number): string | null {
  if ((bits & WORD.last) === 0) return null
  if (isJoined(page, token, bits)) return 'name-listed'
  if (!isMark(page, token + 1, ',')) return isReversed(page, token) ? 'name-reversed' : null
  const next = bitsAt(page, token + 2)
  const initial = (shapeAt(page, token + 2) & SHAPE.initial) !== 0 && isMark(page, token + 3, '.')
  if (initial && (bits & (WORD.plain | WORD.usualLast)) !== WORD.plain && (bits & (WORD.city | WORD.state)) === 0) return 'name-listed'
  if ((next & WORD.first) === 0 || (next & (WORD.state | KEPT)) !== 0 || (shapeAt(page, token + 2) & CAPITALS) === 0) return null
  const isSure = (bits & WORD.usualLast) !== 0 && (next & (WORD.place | WORD.city | WORD.country | WORD.eponym)) === 0
  return (bits & WORD.basic) === 0 || (shapeAt(page, token) & SHAPE.upper) !== 0 || isSure ? 'name-listed' : null
}

/** Labels before a colon that introduce a person, besides those of WORD.cue. */
const LABELS =
  /^(?:author|authored|scribe|reviewer|reviewed|transcribed|attested|verified|ordered|ordering|referring|clinician|counselor|nurse|doctor|assistant|anesthesiologist|pharmacist|caller|contact|guarantor|recipient|sender|from|to|cosigned|md|rn|np|pa)$/

/** "Patient: Young, Mary", "Signed by Park, Jin": behind a label a surname and a first name, plain words too; talk is none ("Patient: Well, Mary …"). */
function isSigned(page: Page, token: number, bits: number): boolean {
  if ((bits & NO_NAME) !== 0 || (shapeAt(page, token) & (CAPITALS & ~SHAPE.initial)) === 0) return false
  const colon = isMark(page, token - 1, ':')
  const label = colon ? token - 2 : token - 1
  if ((bitsAt(page, label) & WORD.cue) === 0 && !(colon && LABELS.test(wordAt(page, label)))) return false
  const surname = (bits & WORD.usualLast) !== 0 || (bits & (KEPT | WORD.place | WORD.month | WORD.country)) === 0
  const next = token + 2
  const first = bitsAt(page, next)
  const isFirst = (first & (WORD.first | WORD.last | WORD.particle)) !== 0 || (first & (KEPT | WORD.place | WORD.month | WORD.state)) === 0
  const isAgain = (shapeAt(page, next) & (SHAPE.capital | SHAPE.upper | SHAPE.mixed)) !== 0 && (first & NO_NAME) === 0 && isNear(page, next)
  return surname && isFirst && isAgain && (first & WORD.credential) === 0
}

/** "X^MARY^A" (HL7 v2 XPN), "X/Mary" */
function isJoined(page: Page, token: number, bits: number): boolean {
  const mark = isMark(page, token + 1, '^') || (isMark(page, token + 1, '/') && (bits & WORD.usualLast) !== 0 && (bits & WORD.basic) === 0)
  const next = bitsAt(page, token + 2)
  return mark && isTight(page, token + 1) && isTight(page, token + 2) && (next & WORD.first) !== 0 && (next & KEPT) === 0
}

/** "X MARY", all in capitals. */
function isReversed(page: Page, token: number): boolean {
  const both = shapeAt(page, token) & shapeAt(page, token + 1) & SHAPE.upper
  const next = bitsAt(page, token + 1)
  return both !== 0 && lengthAt(page, token) > 2 && (next & WORD.usualFirst) !== 0 && (next & KEPT) === 0 && isNear(page, token + 1)
}

/** "T. X", "J. P. X" */
function initials(page: Page, token: number): Name | null {
  let next = token
  while ((shapeAt(page, next) & SHAPE.initial) !== 0 && isMark(page, next + 1, '.') && next < token + 5) next += 2
  const bits = bitsAt(page, next)
  const cased = (bits & KEPT) === 0 ? CAPITALS & ~SHAPE.initial : SHAPE.capital | SHAPE.mixed
  if (next === token || (shapeAt(page, next) & cased) === 0 || (bits & NO_NAME) !== 0) return null
  return (bits & WORD.last) !== 0 && (bits & (WORD.basic | WORD.usualLast)) !== WORD.basic && isNear(page, next) && !isEponym(page, next)
    ? named(page, run(page, next), 'name-initials')
    : null
}

/** "daughter X", "seen by X", "Attending: X" */
function cued(page: Page, token: number, bits: number): string | null {
  const colon = isMark(page, token - 1, ':')
  const cue = colon || isMark(page, token - 1, ',') || wordAt(page, token - 1) === 'is' ? token - 2 : token - 1
  const cased = (shapeAt(page, token) & (SHAPE.capital | SHAPE.mixed)) !== 0
  const named = wordAt(page, token - 1) !== 'is' || wordAt(page, cue) === 'name'
  if (
    (bitsAt(page, cue) & WORD.cue) === 0 ||
    !named ||
    !isNear(page, token) ||
    !cased ||
    isEponym(page, token) ||
    lengthAt(page, token) < 3
  )
    return null
  const alone = !colon || isAlone(page, token)
  if ((bits & (WORD.first | WORD.last)) !== 0) {
    const vouched = colon ? alone : isVouched(page, token, cue)
    return (bits & WORD.basic) === 0 || vouched ? 'name-cue' : null
  }
  // talk is no name: "Patient: Yessir"
  const talk = !alone && run(page, token) === token
  return talk || (bits & (KEPT | WORD.country | WORD.place | WORD.city | WORD.month)) !== 0 ? null : 'name-cue'
}

/** "daughter Wren"; "Daughter Wren called", "Wife Rose." behind a capital, which a heading may have, too ("Mother Healthy"). */
function isVouched(page: Page, token: number, cue: number): boolean {
  if ((shapeAt(page, cue) & SHAPE.lower) !== 0) return true
  const ends = shapeAt(page, token + 1) === 0 || isMark(page, token + 1, '.') || isMark(page, token + 1, ',')
  return (bitsAt(page, token) & WORD.first) !== 0 && (ends || isActing(page, token))
}

/** "Patient: Young" on a line of its own, or "Patient: Young Mary", is a name; "Patient: Well, I …" is talk. */
function isAlone(page: Page, token: number): boolean {
  const next = shapeAt(page, token + 1)
  return next === 0 || (next & SHAPE.lineBefore) !== 0 || (bitsAt(page, token + 1) & WORD.first) !== 0
}

/** "Mary X, MD" */
function credentialed(page: Page, token: number, last: number): string | null {
  if (last === token || (bitsAt(page, token) & KEPT) !== 0) return null
  const next = isMark(page, last + 1, ',') ? last + 2 : last + 1
  return (bitsAt(page, next) & WORD.credential) !== 0 && (shapeAt(page, next) & (SHAPE.upper | SHAPE.mixed)) !== 0
    ? 'name-credential'
    : null
}

/** A name of the lists by itself: a usual first name, or a surname that is nothing else. */
function single(page: Page, token: number, shape: number, bits: number): boolean {
  if ((bits & (KEPT | WORD.country | WORD.state)) !== 0 || isEponym(page, token)) return false
  // Boston is a place, Houston behind a comma too
  if (
    (bits & WORD.city) !== 0 &&
    ((bits & WORD.usualFirst) === 0 || isMark(page, token - 1, ',') || (bitsAt(page, token - 1) & WORD.toward) !== 0)
  )
    return false
  if ((shape & SHAPE.upper) !== 0) return (bits & WORD.usualFirst) !== 0 && lengthAt(page, token) > 4
  if ((bits & WORD.usualFirst) !== 0) return true
  return (bits & (WORD.first | WORD.last)) !== 0 && (bits & WORD.eponym) === 0 && lengthAt(page, token) > 3
}
