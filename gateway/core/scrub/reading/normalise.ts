/**
 * Folds a text into what a reader would see: full-width, mathematical and look-alike letters to ASCII, accents dropped, invisible characters
 * removed, words joined that a hyphen at a line's end cut, what was written wrong read right (miswritten.ts). Each folded unit remembers where it stood.
 * Refuses nothing; keeps upper and lower case.
 */
import { isEscaped, mayMeanAnother, meantAt } from './miswritten.ts'

export interface Folded {
  readonly text: string
  /** offset in the original of each unit of `text`, and its length last; null: the text is its own folding */
  readonly at: Int32Array | null
}

/** Letters of other scripts that look like Latin ones (Unicode TR39 confusables: Cyrillic, Greek and Armenian letters seen in Latin words). */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  [
    'АA ВB СC ЕE НH ІI ЈJ КK МM ОO РP ЅS ТT ХX ҮY аa сc еe һh іi јj оo рp ԛq ѕs ԝw хx уy ԁd ӏl',
    'ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX οo νv ρp ιi κk υu αa',
    'օo ցg հh ոn սu ƖI ɑa ɡg ıi ȷj ꞮI ʏY ɩi'
  ]
    .join(' ')
    .split(' ')
    .map((pair) => [pair.slice(0, -1), pair.slice(-1)])
)
/** Letters that NFKD leaves whole, and marks of which ASCII has one. */
const OTHERS: ReadonlyMap<string, string> = new Map(
  "ØO øo ŁL łl ĐD đd Ðd ðd ıi ’' ‘' ʼ' ′' ‛' ´' `' ＇' “\" ”\" „\" «\" »\" –- —- ‐- ‑- ‒- ―- −- ﹣- －- ⁃- ⁄/ ∕/ ․. ™* ℠*"
    .split(' ')
    .map((pair) => [pair.slice(0, -1), pair.slice(-1)])
)
const ASCII = /^[\0-\x7f]*$/
/** A word cut at a line's end. */
const CUT = /[A-Za-z][-\u00ad\u2010]\r?\n[ \t]{0,4}[a-z]|\d-\r?\n[ \t]{0,4}\d/
const INVISIBLE = /^(?:\p{Cf}|\p{Mn}|\p{Me}|\u115f|\u1160|\u3164|\uffa0)$/u
const MARKS = /[\p{M}\p{Cf}]/gu
const DIGIT = /^\p{Nd}$/u
/** A power, or a footnote that is no part of the number before it. */
const RAISED = /^[\u00b2\u00b3\u00b9\u2070\u2074-\u2079]$/
const FRACTION = '\u2044'
const SPACE = /^[\p{Zs}\u2028\u2029\u0085]$/u

export function normalise(text: string): Folded {
  if (ASCII.test(text) && !(text.includes('-\n') || text.includes('-\r\n') || isEscaped(text))) return { text, at: null }
  return fold(text)
}

function fold(text: string): Folded {
  const remembered = new Map<number, string>()
  let at = new Int32Array(text.length + 16)
  let folded = ''
  for (let index = 0; index < text.length; ) {
    const meant = mayMeanAnother(text.charCodeAt(index)) ? meantAt(text, index) : null
    const point = meant?.point ?? text.codePointAt(index) ?? 0
    const next = meant?.next ?? nextOf(text, index, point)
    const isCut = meant === null && HYPHENS.has(point) && next > index + 1
    const piece = isCut ? hyphenOf(text, next) : foldedPoint(point, remembered)
    if (folded.length + piece.length >= at.length) at = grown(at, piece.length)
    at.fill(index, folded.length, folded.length + piece.length)
    folded += piece
    index = next
  }
  at[folded.length] = text.length
  return { text: folded, at: at.subarray(0, folded.length + 1) }
}

/** A hyphen, a soft one, U+2010. */
const HYPHENS: ReadonlySet<number> = new Set([0x2d, 0xad, 0x2010])

/** What stands for a hyphen and the line's end behind it: within numbers the hyphen, within words nothing. */
function hyphenOf(text: string, next: number): string {
  return isDigit(text.charCodeAt(next)) ? '-' : ''
}

function grown(at: Int32Array<ArrayBuffer>, more: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(at.length * 2 + more)
  larger.set(at)
  return larger
}

/** Where the next character stands: behind a hyphen at the end of a line, where the word goes on. */
function nextOf(text: string, index: number, point: number): number {
  if (!HYPHENS.has(point)) return index + (point > 0xffff ? 2 : 1)
  const found = CUT.exec(text.slice(Math.max(0, index - 1), index + 12))
  return found === null || found.index > 0 ? index + 1 : index - 1 + found[0].length - 1
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function foldedPoint(point: number, remembered: Map<number, string>): string {
  if (point < 0x80) return String.fromCharCode(point)
  const known = remembered.get(point)
  if (known !== undefined) return known
  const made = foldOf(String.fromCodePoint(point))
  remembered.set(point, made)
  return made
}

function foldOf(char: string): string {
  const alike = LOOK_ALIKES.get(char) ?? OTHERS.get(char)
  if (alike !== undefined) return alike
  if (INVISIBLE.test(char)) return ''
  if (SPACE.test(char)) return ' '
  if (DIGIT.test(char)) return String(digitOf(char.codePointAt(0) ?? 0))
  const plain = char.normalize('NFKD').replace(MARKS, '')
  if (RAISED.test(char)) return `^${plain}`
  // "91½"
  if (plain.includes(FRACTION)) return ` ${plain.replace(FRACTION, '/')}`
  return LOOK_ALIKES.get(plain) ?? OTHERS.get(plain) ?? plain
}

/** Digits of a script stand in a row from nought to nine. */
function digitOf(point: number): number {
  let zero = point
  while (point - zero < 9 && DIGIT.test(String.fromCodePoint(zero - 1))) zero--
  return point - zero
}
