/** Places that no list knows, told by what was done there: "transferred to Xxxx", "works at Xxxx". A department is none: its word is a plain one. */
import { bitsAt, lengthAt, type Page, shapeAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'

const AT =
  /^(?:seen|treated|evaluated|hospitali[sz]ed|followed|works?|worked|working|employed|diagnosed|presented|visit|care|consult(?:ed)?|surgery|teach(?:es|er)|student)$/
const TO = /^(?:admitted|transferred|referred|presented|discharged|taken|airlifted|sent)$/
/** Heads of facilities that stand for one of that name where something is done: "seen at Memorial". */
const SHORT = /^(?:memorial|presbyterian|methodist|general|county|regional|mercy|providence)$/
const MEANT =
  WORD.plain | WORD.basic | WORD.never | WORD.title | WORD.month | WORD.country | WORD.state | WORD.credential | WORD.finding | WORD.eponym

/** The last token of the place that begins with `token`, or -1. */
export function visited(page: Page, token: number): number {
  const shape = shapeAt(page, token)
  if ((shape & (SHAPE.capital | SHAPE.mixed)) === 0 || lengthAt(page, token) < 3) return -1
  const before = wordAt(page, token - 1)
  const verb = wordAt(page, token - 2)
  const here = (before === 'at' && (AT.test(verb) || TO.test(verb))) || ((before === 'to' || before === 'from') && TO.test(verb))
  if (!here) return -1
  if (SHORT.test(wordAt(page, token))) return token
  if ((bitsAt(page, token) & (MEANT | WORD.facility)) !== 0) return -1
  let last = token
  while (last < token + 3 && isMore(page, last + 1)) last++
  return last
}

function isMore(page: Page, token: number): boolean {
  return (shapeAt(page, token) & (SHAPE.capital | SHAPE.gapBefore)) === SHAPE.capital && (bitsAt(page, token) & MEANT) === 0
}
