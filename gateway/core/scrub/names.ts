/**
 * Names of persons that nobody told of: by title ("Dr. X"), by the form of a full name ("Mary X", "Mary T.", "X, Mary", "T. X"), by what stands before
 * ("daughter X", "seen by X") or behind ("X, MD"), and single names of the lists. A plain or clinical word is none without such a context; an eponym
 * before its finding is none at all.
 */
import { isEponym } from './eponym.ts'
import { bitsAt, endAt, isMark, isTight, lengthAt, type Page, phraseEnd, shapeAt, startAt, wordAt } from './page.ts'
import type { Span } from './span.ts'
import { CAPITALS, SHAPE } from './tokens.ts'
import { unlisted } from './unlisted.ts'
import { WORD } from './words.ts'

const NO_NAME = WORD.never | WORD.facility | WORD.finding | WORD.title
const KEPT = WORD.plain | WORD.basic
const MOST_PARTS = 4

export function findNames(page: Page, found: Span[]): void {
  const { tokens } = page
  let done = 0
  for (let token = 0; token < tokens.count; token++) {
    const shape = tokens.shape[token] ?? 0
    const bits = tokens.bits[token] ?? 0
    if (token < done || ((shape & CAPITALS) === 0 && (bits & WORD.title) === 0)) continue
    const name = titled(page, token, bits) ?? untitled(page, token, shape, bits)
    if (name === null) continue
    found.push({ start: startAt(page, token), end: endAt(page, name.last), class: name.class, rule: name.rule })
    done = name.last + 1
  }
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

/** "Dr. X", "Mrs. X Y". The title goes too: it may be part of how the person is known. */
function titled(page: Page, token: number, bits: number): Name | null {
  if ((bits & WORD.title) === 0) return null
  // "Dr. X", but "Yes, doctor. X …"
  const next = isMark(page, token + 1, '.') && SHORT.test(wordAt(page, token)) ? token + 2 : token + 1
  const shape = shapeAt(page, next)
  if ((shape & (SHAPE.blankBefore | SHAPE.gapBefore)) === SHAPE.blankBefore || next === token + 2) {
    if ((bitsAt(page, next) & WORD.title) !== 0 && (shape & CAPITALS) !== 0) return titled(page, next, bitsAt(page, next))
    if ((shape & CAPITALS) !== 0 && isPart(page, next, 'titled')) return named(page, run(page, next), 'name-title')
    const surname = afterParticles(page, next)
    if (surname > next && (shapeAt(page, surname) & CAPITALS) !== 0) return named(page, run(page, surname), 'name-title')
    const listed =
      (bitsAt(page, next) & (WORD.first | WORD.last)) !== 0 &&
      (bitsAt(page, next) & NO_NAME) === 0 &&
      ((bitsAt(page, next) & KEPT) === 0 || (bitsAt(page, next) & WORD.commonLast) !== 0)
    if ((shape & SHAPE.lower) !== 0 && listed && lengthAt(page, token) <= 3) return named(page, next, 'name-title')
  }
  return null
}

function afterParticles(page: Page, token: number): number {
  let next = token
  while ((bitsAt(page, next) & WORD.particle) !== 0 && next < token + 3) next++
  return next
}

function untitled(page: Page, token: number, shape: number, bits: number): Name | null {
  if ((bits & (NO_NAME | WORD.month)) !== 0 || phraseEnd(page, token, WORD.state) > token) return null
  const last = run(page, token)
  if ((shape & SHAPE.initial) !== 0) return initials(page, token) ?? beyond(page, token)
  const rule =
    numbered(page, token, bits) ??
    fullName(page, token, last, bits) ??
    listed(page, token, bits) ??
    cued(page, token, bits) ??
    credentialed(page, token, last)
  if (rule !== null) return named(page, rule === 'name-listed' ? run(page, token + 2) : last, rule)
  return single(page, token, shape, bits) ? named(page, token, 'name-single') : beyond(page, token)
}

/** What the lists do not tell. */
function beyond(page: Page, token: number): Name | null {
  const last = unlisted(page, token)
  return last < 0 ? null : named(page, run(page, last), 'name-unlisted')
}

/** Whether a token may be part of a name that another part vouches for. */
function isPart(page: Page, token: number, why: 'titled' | 'follows'): boolean {
  const shape = shapeAt(page, token)
  const bits = bitsAt(page, token)
  if ((shape & CAPITALS) === 0 || (bits & NO_NAME) !== 0) return false
  if ((bits & (WORD.last | WORD.first)) !== 0) return true
  if ((bits & (WORD.credential | WORD.state)) !== 0 && (shape & SHAPE.upper) !== 0) return false
  if (why === 'titled') return true
  return (bits & (KEPT | WORD.country | WORD.month | WORD.place | WORD.city)) === 0 && (shape & SHAPE.upper) === 0
}

/** The last token of the name that begins with `token`: further parts, initials, particles, hyphens. */
function run(page: Page, token: number): number {
  let last = afterDigits(page, token)
  for (let parts = 1; parts < MOST_PARTS; parts++) {
    const next = nextPart(page, last)
    if (next === last) break
    last = afterDigits(page, next)
  }
  return last
}

function nextPart(page: Page, last: number): number {
  let next = last + 1
  const shape = shapeAt(page, next)
  if ((shape & SHAPE.mark) !== 0) {
    // O'Brien, Smith-Jones; "J." within a name
    const joins = isTight(page, next) && isTight(page, next + 1) && (isMark(page, next, '-') || isMark(page, next, "'"))
    if (joins && (shapeAt(page, next + 1) & (SHAPE.capital | SHAPE.upper | SHAPE.mixed)) !== 0) return next + 1
    if (!isMark(page, next, '.') || (shapeAt(page, last) & SHAPE.initial) === 0) return last
    next++
    return isPart(page, next, 'follows') && isNear(page, next) && (bitsAt(page, next) & (WORD.basic | WORD.commonLast)) !== WORD.basic
      ? next
      : last
  }
  if (!isNear(page, next)) return last
  if ((shape & SHAPE.initial) !== 0) return isMark(page, next + 1, '.') || wordAt(page, next) !== 'i' ? next : last
  if ((bitsAt(page, next) & WORD.particle) !== 0) {
    while ((bitsAt(page, next) & WORD.particle) !== 0 && next < last + 3) next++
    return (shapeAt(page, next) & CAPITALS) !== 0 && isPart(page, next, 'follows') ? next : last
  }
  return isPart(page, next, 'follows') ? next : last
}

/** Parts of a name stand on one line, or are cut by one line's end. */
function isNear(page: Page, token: number): boolean {
  return (shapeAt(page, token) & SHAPE.gapBefore) === 0
}

/** "Arlean931": some systems number invented names. */
function afterDigits(page: Page, token: number): number {
  const next = token + 1
  const digits = (shapeAt(page, next) & SHAPE.number) !== 0 && isTight(page, next) && lengthAt(page, next) <= 3
  return digits && !isTight(page, next + 1) ? next : token
}

function numbered(page: Page, token: number, bits: number): string | null {
  const digits = afterDigits(page, token)
  return digits > token && lengthAt(page, digits) >= 2 && (bits & (WORD.first | WORD.last)) !== 0 ? 'name-numbered' : null
}

/** "Mary X", "Mary T." */
function fullName(page: Page, token: number, last: number, bits: number): string | null {
  if (last === token || (bits & WORD.first) === 0 || ((bits & WORD.eponym) !== 0 && isEponym(page, last))) return null
  if ((bits & KEPT) === 0) return 'name-full'
  // Grace, Will, Mark: the surname must be one and no plain word
  const surname = bitsAt(page, last)
  if ((shapeAt(page, last) & SHAPE.initial) !== 0) return isMark(page, last + 1, '.') && isMarkedBefore(page, token) ? 'name-full' : null
  return (surname & WORD.last) !== 0 && ((surname & WORD.basic) === 0 || (surname & WORD.commonLast) !== 0) ? 'name-full' : null
}

/** Whether a name is likely to begin here: behind a comma, a colon, or a word in lower case. */
function isMarkedBefore(page: Page, token: number): boolean {
  return isMark(page, token - 1, ',') || isMark(page, token - 1, ':') || (shapeAt(page, token - 1) & SHAPE.lower) !== 0
}

/** "X, Mary" */
function listed(page: Page, token: number, bits: number): string | null {
  if ((bits & WORD.last) === 0 || !isMark(page, token + 1, ',')) return null
  const next = bitsAt(page, token + 2)
  const initial = (shapeAt(page, token + 2) & SHAPE.initial) !== 0 && isMark(page, token + 3, '.')
  if (initial && (bits & (WORD.plain | WORD.commonLast)) !== WORD.plain && (bits & (WORD.city | WORD.state)) === 0) return 'name-listed'
  if ((next & WORD.first) === 0 || (next & (WORD.state | KEPT)) !== 0 || (shapeAt(page, token + 2) & CAPITALS) === 0) return null
  return (bits & WORD.basic) === 0 || (shapeAt(page, token) & SHAPE.upper) !== 0 ? 'name-listed' : null
}

/** "T. X", "J. P. X" */
function initials(page: Page, token: number): Name | null {
  let next = token
  while ((shapeAt(page, next) & SHAPE.initial) !== 0 && isMark(page, next + 1, '.') && next < token + 5) next += 2
  const bits = bitsAt(page, next)
  const cased = (bits & KEPT) === 0 ? CAPITALS & ~SHAPE.initial : SHAPE.capital | SHAPE.mixed
  if (next === token || (shapeAt(page, next) & cased) === 0 || (bits & NO_NAME) !== 0) return null
  return (bits & WORD.last) !== 0 && (bits & (WORD.basic | WORD.commonLast)) !== WORD.basic && isNear(page, next) && !isEponym(page, next)
    ? named(page, run(page, next), 'name-initials')
    : null
}

/** "daughter X", "seen by X", "Attending: X" */
function cued(page: Page, token: number, bits: number): string | null {
  const colon = isMark(page, token - 1, ':')
  const cue = colon || isMark(page, token - 1, ',') ? token - 2 : token - 1
  if ((bitsAt(page, cue) & WORD.cue) === 0 || !isNear(page, token) || (shapeAt(page, token) & (SHAPE.capital | SHAPE.mixed)) === 0)
    return null
  if (isEponym(page, token) || lengthAt(page, token) < 3) return null
  if ((bits & (WORD.first | WORD.last)) !== 0)
    return (bits & WORD.basic) === 0 || (colon ? isAlone(page, token) : (shapeAt(page, cue) & SHAPE.lower) !== 0) ? 'name-cue' : null
  // talk is no name: "Patient: Yessir"
  const talk = colon && run(page, token) === token && !isAlone(page, token)
  return !talk && (bits & (KEPT | WORD.country | WORD.place | WORD.city | WORD.month | WORD.whole)) === 0 ? 'name-cue' : null
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
    ((bits & WORD.commonFirst) === 0 || isMark(page, token - 1, ',') || (bitsAt(page, token - 1) & WORD.toward) !== 0)
  )
    return false
  if ((shape & SHAPE.upper) !== 0) return (bits & WORD.commonFirst) !== 0 && lengthAt(page, token) > 4
  if ((bits & WORD.commonFirst) !== 0) return true
  return (bits & (WORD.first | WORD.last)) !== 0 && (bits & (WORD.eponym | WORD.whole)) === 0 && lengthAt(page, token) > 3
}
