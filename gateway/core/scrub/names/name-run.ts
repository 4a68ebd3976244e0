/** How far a name goes: further parts, initials, particles, hyphens; what may be a part is judged here, whether it is a name at all in names.ts. */
import { bitsAt, isMark, isTight, lengthAt, type Page, shapeAt, wordAt } from '../reading/page.ts'
import { CAPITALS, SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'

/** Never part of a name. */
export const NO_NAME: number = WORD.never | WORD.facility | WORD.finding | WORD.title
/** Plain and clinical words. */
export const KEPT: number = WORD.plain | WORD.basic
const MOST_PARTS = 4

/** Whether a token may be part of a name that another part vouches for. */
export function isPart(page: Page, token: number, why: 'titled' | 'follows'): boolean {
  const shape = shapeAt(page, token)
  const bits = bitsAt(page, token)
  if ((shape & CAPITALS) === 0 || (bits & NO_NAME) !== 0) return false
  if ((bits & (WORD.last | WORD.first)) !== 0) return true
  if ((bits & (WORD.credential | WORD.state)) !== 0 && (shape & SHAPE.upper) !== 0) return false
  if (why === 'titled') return true
  // in capitals throughout only what no list knows, and what is no abbreviation
  if ((shape & SHAPE.upper) !== 0) return bits === 0 && lengthAt(page, token) > 5
  return (bits & (KEPT | WORD.country | WORD.month | WORD.place | WORD.city)) === 0
}

/** The last token of the name that begins with `token`: further parts, initials, particles, hyphens. */
export function run(page: Page, token: number): number {
  let last = afterDigits(page, token)
  for (let parts = 1; parts < MOST_PARTS; parts++) {
    const next = nextPart(page, last)
    if (next === last) break
    last = afterDigits(page, next)
  }
  return last
}

function nextPart(page: Page, last: number): number {
  const next = last + 1
  const shape = shapeAt(page, next)
  if ((shape & SHAPE.mark) !== 0) return afterMark(page, last)
  if (!isNear(page, next)) return last
  if ((shape & SHAPE.initial) !== 0) return isMark(page, next + 1, '.') || wordAt(page, next) !== 'i' ? next : last
  // "Mary C Long"
  const between = (shapeAt(page, last) & SHAPE.initial) !== 0 && (shape & SHAPE.capital) !== 0
  if (between && (bitsAt(page, next) & (NO_NAME | WORD.basic | WORD.month)) === 0) return next
  const surname = afterParticles(page, next)
  if (surname > next) return (shapeAt(page, surname) & CAPITALS) !== 0 && isPart(page, surname, 'follows') ? surname : last
  return isPart(page, next, 'follows') ? next : last
}

/** O'Brien, Smith-Jones; "J." within a name. */
function afterMark(page: Page, last: number): number {
  const next = last + 2
  const joins = isTight(page, last + 1) && isTight(page, next) && (isMark(page, last + 1, '-') || isMark(page, last + 1, "'"))
  if (joins && (shapeAt(page, next) & (CAPITALS & ~SHAPE.initial)) !== 0) return next
  if (!isMark(page, last + 1, '.') || (shapeAt(page, last) & SHAPE.initial) === 0 || !isNear(page, next)) return last
  return isPart(page, next, 'follows') && (bitsAt(page, next) & (WORD.basic | WORD.usualLast)) !== WORD.basic ? next : last
}

/** "van der X": the first token behind the particles. */
export function afterParticles(page: Page, token: number): number {
  let next = token
  while ((bitsAt(page, next) & WORD.particle) !== 0 && next < token + 2) next++
  return next
}

/** Parts of a name stand on one line, or are cut by one line's end. */
export function isNear(page: Page, token: number): boolean {
  return (shapeAt(page, token) & SHAPE.gapBefore) === 0
}

/** "Arlean931": some systems number invented names. */
export function afterDigits(page: Page, token: number): number {
  const next = token + 1
  const digits = (shapeAt(page, next) & SHAPE.number) !== 0 && isTight(page, next) && lengthAt(page, next) <= 3
  return digits && !isTight(page, next + 1) ? next : token
}
