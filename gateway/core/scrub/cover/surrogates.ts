/**
 * A cover that puts an invented value of the same kind in place: the same name, number or town gets the same one throughout, by a PRF under the subject's
 * secret, and dates move as the subject's do. What has no safe stand-in (coordinates, a holiday, an age over 89) gets its class in brackets.
 */
import type { IdentifierClass } from '../classes.ts'
import { formalName } from '../known/nicknames.ts'
import type { Cover } from '../span.ts'
import { type Fakes, hashesOf, WORD, type Words } from '../words/words.ts'
import { placeholders } from './cover.ts'
import { type MoveDay, shiftedText } from './shift-text.ts'

export interface SubjectCover {
  /** 64 hexadecimal digits for a text: a PRF under a secret that is never disclosed (core/deidentify/values/surrogate.ts) */
  readonly keyed: (purpose: string, text: string) => string
  /** where the subject's dates move to */
  readonly moveDay: MoveDay
}

export function surrogateCover(words: Words, subject: SubjectCover): Cover {
  return (found) => MAKERS.get(found.class)?.(found.folded, { words, ...subject }) ?? placeholders(found)
}

interface Means extends SubjectCover {
  readonly words: Words
}

type Make = (text: string, means: Means) => string | null

const DIGITAL: readonly IdentifierClass[] = [
  'FAX',
  'PAGER',
  'PHONE',
  'MRN',
  'ACCOUNT',
  'LICENCE',
  'PLATE',
  'VIN',
  'DEVICE',
  'ID',
  'ZIP',
  'ROOM'
]

const CALLED: readonly IdentifierClass[] = ['FAX', 'PAGER', 'PHONE']
/** Numbers 555-0100 to 555-0199 are set aside for fiction (North American Numbering Plan Administrator). */
const NANP = /\d{3}(\D{0,3})\d{2}(\d{2})$/

const MAKERS: ReadonlyMap<IdentifierClass, Make> = new Map<IdentifierClass, Make>([
  ['NAME', name],
  ['DATE', (text, { moveDay }) => shiftedText(text, moveDay)],
  ...DIGITAL.map((each): [IdentifierClass, Make] => [each, (text, means) => scrambled(text, means, each)]),
  ...CALLED.map((each): [IdentifierClass, Make] => [each, (text, means) => scrambled(text, means, each).replace(NANP, '555$101$2')]),
  // area number 000 was never given (Social Security Administration, POMS RM 10201.030)
  ['SSN', (text, means) => scrambled(text, means, 'SSN').replace(/^\d{3}/, '000')],
  // RFC 2606, RFC 5737: names and addresses that belong to nobody
  ['EMAIL', (text, { keyed }) => `person-${keyed('mail', text.toLowerCase()).slice(0, 8)}@example.org`],
  ['URL', (text, { keyed }) => `https://example.org/${keyed('url', text).slice(0, 8)}`],
  ['IP', (text, { keyed }) => `192.0.2.${numberOf(keyed('ip', text)) % 256}`],
  ['STREET', (text, means) => `${1 + (numberOf(means.keyed('house', text)) % 999)} ${picked(means, 'last', text)} Street`],
  ['PLACE', (text, means) => picked(means, 'places', text)],
  ['FACILITY', (text, means) => `${picked(means, 'places', text)} ${HEADS.exec(text)?.[0] ?? 'Hospital'}`]
])

const HEADS =
  /(?:medical cent(?:er|re)|health cent(?:er|re)|nursing home|clinic|hospital|university|school|college|health|office|cent(?:er|re))(?!.*(?:clinic|hospital))/i

function numberOf(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16)
}

/** The invented word for a text; never that text itself. */
function picked({ words, keyed }: Means, kind: keyof Fakes, text: string): string {
  const list = words.fakes[kind]
  const own = text.toLowerCase()
  const at = numberOf(keyed(kind, own)) % list.length
  const made = list[at] === own ? list[(at + 1) % list.length] : list[at]
  return (made ?? '').replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
}

const KEPT_IN_NAMES = /^(?:dr|drs|doctor|mr|mrs|ms|miss|mister|prof|professor|md|do|phd|rn|np|pa|jr|sr|ii|iii|van|von|de|la|del|of)$/i

/** Part by part, so that "Mr. X" is still the X of "Mary X"; a nickname is the formal name. */
function name(text: string, means: Means): string {
  return text.replace(/[\p{L}]+\d*/gu, (part) => {
    if (KEPT_IN_NAMES.test(part)) return part
    if (part.length === 1) return scrambled(part, means, 'NAME')
    const bare = part.replace(/\d+$/, '').toLowerCase()
    const bits = means.words.bits(...hashesOf(bare))
    const isFirst = (bits & WORD.usualFirst) !== 0 || (bits & (WORD.first | WORD.last)) === WORD.first
    return like(part, isFirst ? picked(means, 'first', formalName(bare)) : picked(means, 'last', bare))
  })
}

function like(part: string, made: string): string {
  if (part === part.toUpperCase() && part.length > 1) return made.toUpperCase()
  return part === part.toLowerCase() ? made.toLowerCase() : made
}

/** Digits for digits, letters for letters; the form stays. The same letters and digits give the same, however they are parted. */
function scrambled(text: string, { keyed }: Means, purpose: IdentifierClass): string {
  let at = 0
  const own = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  let block = ''
  return text.replace(/[a-z0-9]/gi, (char) => {
    if (at % 32 === 0) block = keyed(`${purpose} ${at}`, own)
    const byte = Number.parseInt(block.slice((at % 32) * 2, (at % 32) * 2 + 2), 16)
    at++
    if (/\d/.test(char)) return String(byte % 10)
    return String.fromCharCode((char < 'a' ? 65 : 97) + (byte % 26))
  })
}
