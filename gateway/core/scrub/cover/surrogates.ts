/**
 * A cover that puts an invented value of the same kind in place: the same name, number or town gets the same one throughout, however it is written, by a PRF
 * under the subject's secret, and dates move as the subject's do. What is invented is never what it stands for, nor a name of the subject's records. What has
 * no safe stand-in (coordinates, a holiday, an age over 89) gets its class in brackets.
 */
import type { IdentifierClass } from '../classes.ts'
import { type Known, squeezed } from '../known/known.ts'
import { formalName, nicknames } from '../known/nicknames.ts'
import type { Cover, Found } from '../span.ts'
import { type Fakes, hashesOf, WORD, type Words } from '../words/words.ts'
import { placeholders } from './cover.ts'
import { type MoveDay, shiftedText } from './shift-text.ts'
import { isSure } from './sure.ts'

export interface SubjectCover {
  /** 64 hexadecimal digits for a text: a PRF under a secret that is never disclosed (core/deidentify/values/surrogate.ts) */
  readonly keyed: (purpose: string, text: string) => string
  /** where the subject's dates move to */
  readonly moveDay: MoveDay
  /** what the subject's records tell, or null */
  readonly known: Known | null
}

export function surrogateCover(words: Words, subject: SubjectCover): Cover {
  const invents = (found: Found): boolean => found.folded.length <= LONGEST && isSure(found)
  return (found) => {
    const made = (invents(found) ? MAKERS.get(found.class)?.(found, { words, ...subject }) : null) ?? null
    // a month that a few days do not leave, a name that is all title
    return made === null || made.toLowerCase() === found.folded.toLowerCase() ? placeholders(found) : made
  }
}

/** No value of one kind is longer; to invent one of a megabyte took time in its square. */
const LONGEST = 64

interface Means extends SubjectCover {
  readonly words: Words
}

type Make = (found: Found, means: Means) => string | null

const DIGITAL: readonly IdentifierClass[] = ['MRN', 'ACCOUNT', 'LICENCE', 'PLATE', 'VIN', 'DEVICE', 'ID', 'ZIP', 'ROOM']
const CALLED: readonly IdentifierClass[] = ['FAX', 'PAGER', 'PHONE']

const MAKERS: ReadonlyMap<IdentifierClass, Make> = new Map<IdentifierClass, Make>([
  ['NAME', name],
  ['DATE', ({ folded }, { moveDay }) => shiftedText(folded, moveDay)],
  ...DIGITAL.map((each): [IdentifierClass, Make] => [each, ({ folded }, means) => number(folded, means, each)]),
  ...CALLED.map((each): [IdentifierClass, Make] => [each, ({ folded }, means) => called(folded, means)]),
  // area number 000 was never given (Social Security Administration, POMS RM 10201.030)
  ['SSN', ({ folded }, means) => number(folded, means, 'SSN').replace(/^\d{3}(?=\D*\d{2})/, '000')],
  // RFC 2606, RFC 5737: names and addresses that belong to nobody
  ['EMAIL', ({ folded }, means) => `person-${means.keyed('mail', keyOf(folded, means)).slice(0, 8)}@example.org`],
  ['URL', ({ folded }, { keyed }) => `https://example.org/${keyed('url', folded).slice(0, 8)}`],
  ['IP', ({ folded }, { keyed }) => `192.0.2.${numberOf(keyed('ip', folded)) % 256}`],
  ['STREET', ({ folded }, means) => street(keyOf(folded, means), means)],
  ['PLACE', ({ folded }, means) => picked(means, 'places', keyOf(folded, means))],
  ['FACILITY', ({ folded }, means) => `${picked(means, 'places', keyOf(folded, means))} ${HEADS.exec(folded)?.[0] ?? 'Hospital'}`]
])

const HEADS =
  /(?:medical cent(?:er|re)|health cent(?:er|re)|nursing home|clinic|hospital|university|school|college|health|office|cent(?:er|re))(?!.*(?:clinic|hospital))/i

function numberOf(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16)
}

/** The same for all writings of a value. */
function keyOf(folded: string, { known }: Means): string {
  const text = squeezed(folded)
  return known?.canon.get(text) ?? text
}

function street(key: string, means: Means): string {
  return `${1 + (numberOf(means.keyed('house', key)) % 999)} ${picked(means, 'last', key)} Street`
}

/** So often at most a value is made anew that is one of the records. */
const ROUNDS = 64

/** The invented word for a key: neither it nor a part of it nor of the first letter it or a nickname has, and none that the records know. */
function picked({ words, keyed, known }: Means, kind: keyof Fakes, key: string): string {
  const list = words.fakes[kind]
  const letters = [key, ...nicknames(key)].map((own) => own[0])
  for (let round = 0; round < ROUNDS; round++) {
    const made = list[numberOf(keyed(round === 0 ? kind : `${kind} ${round}`, key)) % list.length] ?? ''
    const plain = made.replaceAll(' ', '')
    if (letters.includes(plain[0]) || key.includes(plain) || known?.canon.has(plain) === true) continue
    return made.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
  }
  return ''
}

const TITLES = /^(?:dr|drs|doctor|mr|mrs|ms|miss|mister|prof|professor|md|phd|rn|np)$/i
const PARTICLES = /^(?:van|von|de|la|del|of)$/i
const GENERATIONS = /^(?:jr|sr|ii|iii)$/i
/** Degrees that are names, too. */
const DEGREES = /^(?:do|pa)$/i

/** Whether a word may stand where a name is covered: "Van", "De", "Do" are also names, and stand only where they can be none. */
function isKept(part: string, before: string, after: string): boolean {
  const named = (before.match(/\p{L}+/gu) ?? []).some((word) => !TITLES.test(word))
  if (PARTICLES.test(part)) return part === part.toLowerCase() || (named && /\p{L}/u.test(after))
  return TITLES.test(part) || (GENERATIONS.test(part) && named) || (DEGREES.test(part) && /,\s*$/.test(before))
}

/** Part by part, so that "Mr. X" is still the X of "Mary X": what is known by its key, what is not by what is written. */
function name({ folded, told }: Found, means: Means): string {
  const pieces: string[] = []
  let done = 0
  for (const { start, end, key } of told) {
    pieces.push(untold(folded, done, start, means), person(folded.slice(start, end), key, means))
    done = end
  }
  return [...pieces, untold(folded, done, folded.length, means)].join('')
}

/** Letter by letter ("M a r y", "M-A-R-Y"), a word, or a letter by itself: each letter by itself made another would be a cipher. Or a number beside a name. */
const PARTS = /(?<![\p{L}\p{N}])\p{L}(?:[^\p{L}\p{N}]{1,3}\p{L}(?![\p{L}\p{N}])){3,}|\p{L}+\d*|\p{N}+/gu

function untold(folded: string, from: number, until: number, means: Means): string {
  const text = folded.slice(from, until)
  const beside = means.keyed('beside', squeezed(text))
  return text.replace(PARTS, (part, at: number) => {
    if (/^\p{N}/u.test(part)) return number(part, means, 'NAME')
    if (isKept(part, folded.slice(0, from + at), folded.slice(from + at + part.length))) return part
    const bare = squeezed(part).replace(/\d+$/, '')
    return bare.length === 1 ? like(part, otherLetter(part, '', means, beside)) : person(part, means.known?.canon.get(bare) ?? bare, means)
  })
}

/** A name as another; of one letter the first letter of the other. A nickname is the formal name. */
function person(part: string, key: string, means: Means): string {
  const bits = means.words.bits(...hashesOf(key))
  const isFirst = (bits & WORD.usualFirst) !== 0 || (bits & (WORD.first | WORD.last)) === WORD.first
  const made = isFirst ? picked(means, 'first', formalName(key)) : picked(means, 'last', key)
  return like(part, squeezed(part).length === 1 ? otherLetter(part, made.charAt(0), means) : made)
}

/** `made`, or another letter where there is none or it is the one it stands for: of nobody who is known by all that stands beside it. */
function otherLetter(letter: string, made: string, { keyed }: Means, beside = ''): string {
  const own = letter.toLowerCase().charCodeAt(0) - 97
  if (made !== '' && made.toLowerCase() !== letter.toLowerCase()) return made
  const steps = 1 + (numberOf(keyed(`initial ${letter.toLowerCase()}`, beside)) % 25)
  return String.fromCharCode(65 + ((((own + steps) % 26) + 26) % 26))
}

function like(part: string, made: string): string {
  if (part === part.toUpperCase()) return made.length === 1 || squeezed(part).length > 1 ? made.toUpperCase() : made
  return part === part.toLowerCase() ? made.toLowerCase() : made
}

/** Digits for digits, letters for letters; the form stays. The same letters and digits give the same, however they are parted. */
function number(text: string, means: Means, purpose: IdentifierClass): string {
  return another(text, (round) => scrambled(text, means, `${purpose}${round}`, keyOf(text, means)))
}

/** What is made anew while it says what it stands for; of a single letter or digit that happens. */
function another(text: string, make: (round: string) => string): string {
  for (let round = 0; round < ROUNDS; round++) {
    const made = make(round === 0 ? '' : ` ${round}`)
    if (made !== text || !/[\p{L}\p{N}]/u.test(text)) return made
  }
  return ''
}

function scrambled(text: string, { keyed }: Means, purpose: string, key: string): string {
  let at = 0
  let block = ''
  return text.replace(/[\p{L}\p{N}]/gu, (char) => {
    if (at % 32 === 0) block = keyed(`${purpose} ${at}`, key)
    const byte = Number.parseInt(block.slice((at % 32) * 2, (at % 32) * 2 + 2), 16)
    at++
    if (/\p{N}/u.test(char)) return String(byte % 10)
    return String.fromCharCode((char === char.toLowerCase() ? 97 : 65) + (byte % 26))
  })
}

/** A country's code, the number, its extension. */
const TELEPHONE = /^(\D*1(?=(?:\D*\d){10}(?!\d)(?:\D*$|\D*(?:x|ext)))|)(.*?)(\W{0,3}(?:x|ext)\D{0,10}\d{1,6})?$/is
/** Numbers 555-0100 to 555-0199 are set aside for fiction (North American Numbering Plan Administrator). */
const NANP = /\d{3}(\D{0,3})\d{2}(\d{2})$/

/** From its last digit on, so that a number without its area is the end of the one with it. */
function called(text: string, means: Means): string {
  const [, country = '', local = text, extension = ''] = TELEPHONE.exec(text) ?? []
  const key = keyOf(local, means)
  const made = another(local, (round) => {
    const digits = reversed(scrambled(reversed(local), means, `PHONE${round}`, key))
    return digits.replace(NANP, '555$101$2')
  })
  return country + made + extension.replace(/\d+$/, (digits) => number(digits, means, 'PHONE'))
}

function reversed(text: string): string {
  return [...text].reverse().join('')
}
