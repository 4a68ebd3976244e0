/**
 * Whether a word that is known as a name is written as one: a plain word counts only with its capital where no sentence begins, beside another known name,
 * or where it does what persons do; a word of a facility's or a street's name only where it is nothing else.
 */
import type { IdentifierClass } from '../classes.ts'
import { isEponym } from '../names/eponym.ts'
import { isActing } from '../names/unlisted.ts'
import { bitsAt, isMark, lengthAt, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { CAPITALS, SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'

export interface Needle {
  /** letters and digits only, lower case */
  readonly text: string
  readonly class: IdentifierClass
  readonly rule: 'known-name' | 'known-value' | 'known-date' | 'known-part'
  /** what it stands for: one for all writings of a name */
  readonly key: string
}

/** Words that tell what a facility is, not which. */
const KIND =
  WORD.plain |
  WORD.basic |
  WORD.never |
  WORD.month |
  WORD.facility |
  WORD.generic |
  WORD.state |
  WORD.country |
  WORD.street |
  WORD.title |
  WORD.credential

const PLAIN = WORD.plain | WORD.basic | WORD.never | WORD.month
/** Words that a plain one is more often than a name. */
const USUAL = WORD.basic | WORD.never | WORD.month

/** So many letters a word has that no dictionary knows and that is meant in lower case, too. */
const LEAST_UNKNOWN = 5
/** Bits that say nothing of what a word means. */
const SILENT = WORD.placeHead | WORD.trigger

/** Whether a word is written as what it is known for: a name that is a plain word ("Young", "May") has its capital, and does not begin a sentence. */
export function isWritten(names: ReadonlySet<string>, page: Page, token: number, { class: name, rule, text }: Needle): boolean {
  if (rule === 'known-part') return isPartWritten(page, token, name, text)
  if (name !== 'NAME' && name !== 'PLACE' && name !== 'FACILITY') return true
  const isCapital = (shapeAt(page, token) & CAPITALS) !== 0
  const bits = bitsAt(page, token)
  if (text.length > lengthAt(page, token)) return isCapital || name === 'NAME' || text.length >= 12
  // scripts without capitals have short names
  const isLong = text.length > 3 || text.charCodeAt(0) > 0x2e80
  if ((bits & PLAIN) === 0 && (isLong || isCapital || (name === 'NAME' && isActing(page, token)))) return true
  if (name === 'NAME' && isBesideName(names, page, token)) return true
  return isCapital && ((bits & USUAL) === 0 || isMeant(page, token, name))
}

/** One word of a facility or a street, behind its number too, or what stands before the @: itself no plain word. */
function isPartWritten(page: Page, token: number, name: IdentifierClass, text: string): boolean {
  const word = (shapeAt(page, token) & SHAPE.number) !== 0 ? token + 1 : token
  const bits = bitsAt(page, word)
  if (name === 'EMAIL') return text.length > lengthAt(page, token) || (bits & KIND) === 0
  if ((bits & KIND) !== 0 || isEponym(page, word)) return false
  return (shapeAt(page, word) & CAPITALS) !== 0 || ((bits & ~SILENT) === 0 && lengthAt(page, word) >= LEAST_UNKNOWN)
}

/** A usual word with its capital: within a sentence, beside a surname, or where it acts as a person. */
function isMeant(page: Page, token: number, name: IdentifierClass): boolean {
  const shape = shapeAt(page, token)
  const before = shapeAt(page, token - 1)
  const begins = token === 0 || (shape & SHAPE.lineBefore) !== 0 || ((before & SHAPE.mark) !== 0 && !isMark(page, token - 1, ','))
  const beside = (shapeAt(page, token + 1) & CAPITALS) !== 0 && (bitsAt(page, token + 1) & WORD.last) !== 0
  const acts = name === 'NAME' && (isActing(page, token) || isSubject(page, token))
  if ((shape & SHAPE.upper) !== 0) return beside || acts || (before & CAPITALS) !== 0
  return !begins || beside || acts
}

/** What is said of persons where a sentence begins. */
const SAID =
  /^(?:was|is|has|had|will|understands?|understood|tolerated|tolerates|tolerating|family|wife|husband|mother|father|lives|presents|presented|returns|returned|appears|remains|continues|verbalized|declined|declines|refuses|refused)$/
/** With these a clinical sentence may begin that has what follows, too. */
const ADJECTIVES = /^(?:young|white|brown|green|black|gray|grey|long|small|short|strong|sharp|early|rich|good)$/
const BEHIND = /[:&/)_]/

/** "Smith was told", "Smith to follow up", "Smith: will call", "Smith & wife", "(Smith)", a line of its own. */
function isSubject(page: Page, token: number): boolean {
  const next = token + 1
  const shape = shapeAt(page, next)
  const word = wordAt(page, next)
  const isBeside = (shape & (SHAPE.blankBefore | SHAPE.gapBefore)) === SHAPE.blankBefore
  if (isBeside && SAID.test(word)) return true
  if (ADJECTIVES.test(wordAt(page, token))) return false
  if (shape === 0 || (shape & SHAPE.lineBefore) !== 0) return (shapeAt(page, token) & SHAPE.lineBefore) !== 0
  if (isBeside && word === 'to') return (shapeAt(page, next + 1) & SHAPE.lower) !== 0 && !NO_VERB.test(wordAt(page, next + 1))
  return (shape & SHAPE.mark) !== 0 && BEHIND.test(page.text.charAt(startAt(page, next)))
}

/** "Hand to mouth": behind "to" no verb. */
const NO_VERB = /^(?:the|a|an|his|her|their|left|right|both|room|mouth|bed|bedside|wall|floor)$/

/** "Smith, Zephyrine", "zephyrine smith", "Smith J. Zephyrine": another known name stands beside it, over a mark or an initial. */
function isBesideName(names: ReadonlySet<string>, page: Page, token: number): boolean {
  return isNameAt(names, page, token, 1) || isNameAt(names, page, token, -1)
}

const JOINING = /[,^/_+-]/

function isNameAt(names: ReadonlySet<string>, page: Page, token: number, step: 1 | -1): boolean {
  let at = token + step
  const stopped = step < 0 && isMark(page, at, '.') && (shapeAt(page, at - 1) & SHAPE.initial) !== 0
  if (stopped || ((shapeAt(page, at) & SHAPE.mark) !== 0 && JOINING.test(page.text.charAt(startAt(page, at))))) at += step
  if ((shapeAt(page, at) & SHAPE.initial) !== 0 && !isMark(page, at + 1, "'")) at += step > 0 && isMark(page, at + 1, '.') ? 2 : step
  if ((shapeAt(page, Math.max(at, token)) & SHAPE.gapBefore) !== 0 || !names.has(wordAt(page, at))) return false
  return (shapeAt(page, at) & CAPITALS & shapeAt(page, token)) !== 0 || (bitsAt(page, at) & PLAIN) === 0
}
