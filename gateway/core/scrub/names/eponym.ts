/** Names that stand for a finding, not for a person: "Foley catheter", "Crohn's disease". */
import { bitsAt, isMark, isTight, type Page, shapeAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'

/** Tokens of the longest: "Osler-Weber-Rendu". */
const LONGEST = 8

/** "Dix-Hallpike": the second is no name of the lists. */
function isPair(page: Page, token: number): boolean {
  return (
    (bitsAt(page, token) & (WORD.eponym | WORD.first | WORD.last)) === WORD.eponym && isMark(page, token - 1, '-') && isTight(page, token)
  )
}

/** "St. John's wort", "St. John's-wort" */
export function isHerb(page: Page, token: number): boolean {
  return wordAt(page, isMark(page, token, '-') ? token + 1 : token) === 'wort'
}

/** "Foley catheter", "Crohn's disease", "Ferriman-Gallwey score", "Framingham Risk Score". */
export function isEponym(page: Page, token: number): boolean {
  let next = token + 1
  while (next < token + LONGEST && isMark(page, next, '-') && isTight(page, next) && isTight(page, next + 1)) next += 2
  if (isMark(page, next, "'")) next += wordAt(page, next + 1) === 's' ? 2 : 1
  if ((bitsAt(page, next) & WORD.finding) !== 0 || isPair(page, token) || isHerb(page, next)) return true
  return (
    (shapeAt(page, next) & (SHAPE.capital | SHAPE.initial)) !== 0 &&
    (bitsAt(page, next + 1) & WORD.finding) !== 0 &&
    (shapeAt(page, next + 1) & SHAPE.gapBefore) === 0
  )
}
