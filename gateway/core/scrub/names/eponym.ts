/** Names that stand for a finding, not for a person: "Foley catheter", "Crohn's disease". */
import { bitsAt, isMark, isTight, type Page, shapeAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'

/** Tokens of the longest: "Osler-Weber-Rendu". */
const LONGEST = 8

/** "Foley catheter", "Crohn's disease", "Ferriman-Gallwey score", "Framingham Risk Score". */
export function isEponym(page: Page, token: number): boolean {
  let next = token + 1
  while (next < token + LONGEST && isMark(page, next, '-') && isTight(page, next) && isTight(page, next + 1)) next += 2
  if (isMark(page, next, "'")) next += wordAt(page, next + 1) === 's' ? 2 : 1
  if ((bitsAt(page, next) & WORD.finding) !== 0) return true
  return (
    (shapeAt(page, next) & (SHAPE.capital | SHAPE.initial)) !== 0 &&
    (bitsAt(page, next + 1) & WORD.finding) !== 0 &&
    (shapeAt(page, next + 1) & SHAPE.gapBefore) === 0
  )
}
