/**
 * One character of a text as it was meant: a character reference (HTML 4.01 §24, XML 1.0 §4.1), escaped again or not, is its character, and UTF-8 that was
 * read as Latin-1 or windows-1252 ("MuÃ±oz"), once or twice, is the letter it was; so are bytes and characters that an export escaped ("Mu%C3%B1oz", "Mu=C3=B1oz", "Mu\\u00f1oz", "\\.br\\"). Refuses nothing: what is neither is itself. A bounded stretch for each.
 */

/** A character, and where the text goes on behind it. */
export interface Meant {
  readonly point: number
  readonly next: number
}

const ACCENTS: ReadonlyMap<string, string> = new Map(
  (
    [
      ['grave', '\u0300'],
      ['acute', '\u0301'],
      ['circ', '\u0302'],
      ['tilde', '\u0303'],
      ['macr', '\u0304'],
      ['breve', '\u0306'],
      ['dot', '\u0307'],
      ['uml', '\u0308'],
      ['ring', '\u030a'],
      ['dblac', '\u030b'],
      ['caron', '\u030c'],
      ['cedil', '\u0327'],
      ['ogon', '\u0328'],
      ['slash', ''],
      ['strok', '']
    ] as const
  ).map(([name, mark]) => [name, mark])
)
/** Latin-1 from U+00A0 on, without letters that have an accent. */
const LATIN =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo ' +
  'frac14 frac12 frac34 iquest'
const OTHERS =
  'AEligÆ aeligæ OEligŒ oeligœ ETHÐ ethð THORNÞ thornþ szligß imathı euro€ sbquo‚ fnofƒ bdquo„ hellip… dagger† Dagger‡ circˆ permil‰ lsaquo‹ lsquo‘ rsquo’ ldquo“ ' +
  'rdquo” bull• ndash– mdash— hyphen‐ dash‐ minus− tilde˜ trade™ rsaquo› amp& lt< gt> quot" apos\' num# commat@ period. comma, colon: semi; sol/ lowbar_ lpar( rpar) ' +
  'plus+ equals= ZeroWidthSpace\u200b NoBreak\u2060 InvisibleTimes\u2062 InvisibleComma\u2063 ApplyFunction\u2061 NonBreakingSpace\u00a0 ensp\u2002 emsp\u2003 thinsp\u2009 zwnj\u200c zwj\u200d Tab\t NewLine\n'
const NAMED: ReadonlyMap<string, number> = new Map([
  ...LATIN.split(' ').map((name, at): [string, number] => [name, 0xa0 + at]),
  ...OTHERS.split(' ').map((row): [string, number] => [row.slice(0, -1), row.charCodeAt(row.length - 1)])
])
/** windows-1252 from 0x80 on; five bytes are nothing. */
const WINDOWS = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const BYTES: ReadonlyMap<number, number> = new Map(Array.from(WINDOWS, (char, at) => [char.charCodeAt(0), 0x80 + at]))

/** Browsers read a number, and letters with an accent, without the semicolon too. */
const BODY = `#0{0,9}(\\d{1,7})(?!\\d);?|#x0{0,9}([\\da-f]{1,6})(?![\\da-f]);?|([a-z])(${[...ACCENTS.keys()].join('|')});?|([a-z][a-z\\d]{1,16});`
const ESCAPED = '(?:(?:amp|#0{0,4}38|#x0{0,4}26);){0,8}'
const REFERENCE = new RegExp(`&${ESCAPED}(?:${BODY})`, 'iy')
const ANY_REFERENCE = new RegExp(`&(?:${BODY})`, 'i')
const AMPERSAND = 0x26

/** Bytes of UTF-8 (RFC 3986 §2.1, RFC 2045 §6.7), a character (ECMA-262, RTF), a line's end (HL7 v2 §2.7.4), as signs in text. */
const HEX = '[\\da-fA-F]'
const MORE = `[89abAB]${HEX}`
const ESCAPED_BYTES = ['%', '='].map((sign) => `${sign}[c-fC-F]${HEX}(?:${sign}${MORE}){1,3}`).join('|')
const ESCAPE = new RegExp(`${ESCAPED_BYTES}|\\\\(?:u(${HEX}{4})|[xX'](${HEX}{2})|n|[rt](?![a-z])|\\.(?:br|sp)\\\\)`, 'y')
const ANY_ESCAPE = new RegExp(ESCAPE.source)
const ANY_BYTES = /[%=][c-fC-F][\da-fA-F][%=]/
const ESCAPES: ReadonlySet<number> = new Set(Array.from('%=\\', (char) => char.charCodeAt(0)))

/** Whether an ASCII text says other characters. */
export function isEscaped(text: string): boolean {
  return (text.includes('&') && ANY_REFERENCE.test(text)) || (text.includes('\\') && ANY_ESCAPE.test(text)) || ANY_BYTES.test(text)
}

/** Whether a character may be the first of several that mean another. */
export function mayMeanAnother(code: number): boolean {
  return code === AMPERSAND || ESCAPES.has(code) || lengthOf(code) > 0
}

function escapedAt(text: string, index: number, itself: Meant): Meant {
  ESCAPE.lastIndex = index
  const [all = '', wide, narrow] = ESCAPE.exec(text) ?? []
  if (all === '') return itself
  const next = index + all.length
  if (all[0] !== '\\') return decoded(all, index) ?? itself
  if (wide === undefined && narrow === undefined) return { point: all === '\\t' ? TAB : LINE_END, next }
  const point = meantBy(Number.parseInt(wide ?? narrow ?? '', 16))
  return isCharacter(point) ? { point, next } : itself
}

const TAB = 9
const LINE_END = 10

/** The character of "%C3%B1", and where it ends. */
function decoded(signs: string, index: number): Meant | null {
  const bytes = (signs.match(/[\da-f]{2}/gi) ?? []).map((byte) => Number.parseInt(byte, 16))
  const length = lengthOf(bytes[0] ?? 0)
  const point = bytes.slice(1, length).reduce((sum, byte) => (sum << 6) | (byte & 0x3f), (bytes[0] ?? 0) & (0x7f >> length))
  return length > 0 && bytes.length >= length && isShortest(point, length) ? { point, next: index + 3 * length } : null
}

/** UTF-8 was read wrong so often at most. */
const MOST_TIMES = 2

export function meantAt(text: string, index: number, times: number = MOST_TIMES): Meant {
  if (times === 0) return referenceAt(text, index)
  const first = meantAt(text, index, times - 1)
  const length = lengthOf(byteOf(first.point))
  let point = byteOf(first.point) & (0x7f >> length)
  let next = first.next
  for (let more = 1; more < length; more++) {
    const { point: other, next: behind } = next < text.length ? meantAt(text, next, times - 1) : first
    const byte = byteOf(other)
    if (byte < 0x80 || byte > 0xbf) return first
    point = (point << 6) | (byte & 0x3f)
    next = behind
  }
  return length > 0 && isShortest(point, length) ? { point, next } : first
}

function byteOf(point: number): number {
  return point < 0x100 ? point : (BYTES.get(point) ?? 0)
}

/** Of a character of UTF-8 by its first byte (RFC 3629 §4); 0: none begins so, or it is ASCII. */
function lengthOf(byte: number): number {
  if (byte < 0xc2 || byte > 0xf4) return 0
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
}

function isShortest(point: number, length: number): boolean {
  return point >= (length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000) && isCharacter(point)
}

function isCharacter(point: number): boolean {
  return point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
}

function referenceAt(text: string, index: number): Meant {
  const own = text.codePointAt(index) ?? 0
  const itself = { point: own, next: index + (own > 0xffff ? 2 : 1) }
  if (ESCAPES.has(own)) return escapedAt(text, index, itself)
  if (own !== AMPERSAND) return itself
  REFERENCE.lastIndex = index
  const match = REFERENCE.exec(text)
  const point = match === null ? null : pointOf(match)
  return match === null || point === null ? itself : { point, next: index + match[0].length }
}

function pointOf([, decimal, hex, letter, accent = '', name = '']: RegExpExecArray): number | null {
  if (letter !== undefined) return (letter + (ACCENTS.get(accent.toLowerCase()) ?? '')).normalize('NFC').codePointAt(0) ?? null
  const number = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : (NAMED.get(name) ?? 0)
  const point = meantBy(number)
  return isCharacter(point) ? point : null
}

/** HTML: what numbers from 0x80 on mean in windows-1252. */
function meantBy(number: number): number {
  return number >= 0x80 && number < 0xa0 ? WINDOWS.charCodeAt(number - 0x80) : number
}
