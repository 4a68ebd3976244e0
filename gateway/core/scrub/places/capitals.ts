/** Runs of capitals, which names of facilities are: where one ends, and whether a word of it tells which facility it is, or only of what kind. */
import { bitsAt, isMark, isTight, lengthAt, type Page, shapeAt, wordAt } from '../reading/page.ts'
import { CAPITALS, SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'

const KEPT = WORD.plain | WORD.basic
/** Words that names of facilities are made of. */
export const NAMELIKE: number = WORD.first | WORD.last | WORD.place | WORD.city | WORD.state
const MOST = 9

/** Where the run of capitals that begins with a token ends: words, their apostrophes, hyphens, abbreviations, "of" behind a head. */
export function runEnd(page: Page, token: number): number {
  let last = token
  while (last < token + MOST) {
    const next = nextOfRun(page, last)
    if (next === last) break
    last = next
  }
  return last
}

export function nextOfRun(page: Page, last: number): number {
  let next = last + 1
  if (isMark(page, next, "'") && isTight(page, next) && wordAt(page, next + 1) === 's') next += 2
  else if ((isMark(page, next, '-') && isTight(page, next)) || isMark(page, next, '&') || isMark(page, next, "'")) next++
  else if (isMark(page, next, '.') && lengthAt(page, last) <= 3 && isTight(page, next)) next++
  else if (wordAt(page, next) === 'of' && (bitsAt(page, last) & WORD.facility) !== 0) next += wordAt(page, next + 1) === 'the' ? 2 : 1
  const shape = shapeAt(page, next)
  const goesOn = (shape & CAPITALS) !== 0 && (bitsAt(page, next) & WORD.never) === 0 && (shape & SHAPE.gapBefore) === 0
  if (goesOn) return next
  // "St. Mary's": the run ends with the s
  return next === last + 3 && wordAt(page, last + 2) === 's' ? last + 2 : last
}

/** Whether a run names one facility: a word of it is no kind of facility, and is a name or place where `mask` asks so. */
export function isNamed(page: Page, from: number, last: number, mask: number): boolean {
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
