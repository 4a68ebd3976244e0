/**
 * One character of a text as it was meant: a character reference (HTML 4.01 §24, XML 1.0 §4.1), escaped again or not, is its character, and UTF-8 that was
 * read as Latin-1 or windows-1252 ("MuÃ±oz"), once or twice, is the letter it was. Refuses nothing: what is neither is itself. A bounded stretch for each.
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
  'plus+ equals= ensp\u2002 emsp\u2003 thinsp\u2009 zwnj\u200c zwj\u200d Tab\t NewLine\n'
const NAMED: ReadonlyMap<string, number> = new Map([
  ...LATIN.split(' ').map((name, at): [string, number] => [name, 0xa0 + at]),
  ...OTHERS.split(' ').map((row): [string, number] => [row.slice(0, -1), row.charCodeAt(row.length - 1)])
])
/** windows-1252 from 0x80 on; five bytes are nothing. */
const WINDOWS = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const BYTES: ReadonlyMap<number, number> = new Map(Array.from(WINDOWS, (char, at) => [char.charCodeAt(0), 0x80 + at]))

/** Browsers read a number, and letters with an accent, without the semicolon too. */
const BODY = `#0{0,9}(\\d{1,7})(?!\\d);?|#x0{0,9}([\\da-f]{1,6})(?![\\da-f]);?|([a-z])(${[...ACCENTS.keys()].join('|')});?|([a-z][a-z\\d]{1,7});`
const ESCAPED = '(?:(?:amp|#0{0,4}38|#x0{0,4}26);){0,8}'
const REFERENCE = new RegExp(`&${ESCAPED}(?:${BODY})`, 'iy')
const ANY_REFERENCE = new RegExp(`&(?:${BODY})`, 'i')
const AMPERSAND = 0x26

export function hasReferences(text: string): boolean {
  return text.includes('&') && ANY_REFERENCE.test(text)
}

/** Whether a character may be the first of several that mean another. */
export function mayMeanAnother(code: number): boolean {
  return code === AMPERSAND || lengthOf(code) > 0
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
  if (own !== AMPERSAND) return itself
  REFERENCE.lastIndex = index
  const match = REFERENCE.exec(text)
  const point = match === null ? null : pointOf(match)
  return match === null || point === null ? itself : { point, next: index + match[0].length }
}

function pointOf([, decimal, hex, letter, accent = '', name = '']: RegExpExecArray): number | null {
  if (letter !== undefined) return (letter + (ACCENTS.get(accent.toLowerCase()) ?? '')).normalize('NFC').codePointAt(0) ?? null
  const number = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : (NAMED.get(name) ?? 0)
  // HTML: what these numbers mean in windows-1252
  const point = number >= 0x80 && number < 0xa0 ? WINDOWS.charCodeAt(number - 0x80) : number
  return isCharacter(point) ? point : null
}
