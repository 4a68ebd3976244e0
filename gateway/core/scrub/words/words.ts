/**
 * The dictionaries, as one table from a word to what it may be: bits. A word is known by two 32-bit hashes of its lower-case letters, so that text
 * is looked up without cutting it to pieces; of a million words outside, 0.0002 would be taken for one inside. Refuses a line it cannot read.
 */

/** What a word may be. A word can be several. */
export const WORD = {
  first: 1,
  /** one of the thousand most usual first names */
  usualFirst: 1 << 1,
  last: 1 << 2,
  usualLast: 1 << 3,
  place: 1 << 4,
  /** a city known by its bare name */
  city: 1 << 5,
  /** a country or a people: no identifier */
  country: 1 << 6,
  /** a plain or clinical word */
  plain: 1 << 7,
  /** one of the most usual words */
  basic: 1 << 8,
  /** whom a finding is called after */
  eponym: 1 << 9,
  /** begins a place of several words */
  placeHead: 1 << 10,
  state: 1 << 11,
  title: 1 << 12,
  /** a name follows: "by", "daughter", "patient" */
  cue: 1 << 13,
  month: 1 << 14,
  /** ends the name of a facility */
  facility: 1 << 15,
  street: 1 << 16,
  /** follows an eponym: "disease", "sign" */
  finding: 1 << 17,
  credential: 1 << 18,
  /** begins a pattern */
  trigger: 1 << 19,
  /** part of a surname: "van", "de" */
  particle: 1 << 20,
  /** never a name, however it is written */
  never: 1 << 21,
  /** a place follows: "in", "from" */
  toward: 1 << 23,
  /** says what a facility is for, not which: "cardiology" */
  generic: 1 << 24
} as const

/** The letters of gateway/generated/words/words.txt. */
const LETTERS: ReadonlyMap<string, number> = new Map([
  ['F', WORD.first],
  ['C', WORD.usualFirst],
  ['L', WORD.last],
  ['D', WORD.usualLast],
  ['P', WORD.place],
  ['S', WORD.city],
  ['N', WORD.country],
  ['K', WORD.plain],
  ['B', WORD.basic],
  ['Y', WORD.eponym]
])

/** A table from two hashes to bits. */
export interface Words {
  bits(this: void, first: number, second: number): number
  /** what a cover of surrogates hands out */
  readonly fakes: Fakes
}

export interface Fakes {
  readonly first: readonly string[]
  readonly last: readonly string[]
  readonly places: readonly string[]
}

export interface WordEntry {
  readonly word: string
  readonly bits: number
}

const SEED_FIRST = 0x811c9dc5
const SEED_SECOND = 0x9747b28c

/** The two hashes of the units a word is hashed by, one more unit taken in. */
export function hashFirst(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193)
}

export function hashSecond(hash: number, unit: number): number {
  return (Math.imul(hash, 0x5bd1e995) + unit) ^ (hash >>> 15)
}

export function hashesOf(word: string): readonly [number, number] {
  let first = SEED_FIRST
  let second = SEED_SECOND
  for (let at = 0; at < word.length; at++) {
    const unit = word.charCodeAt(at)
    first = hashFirst(first, unit)
    second = hashSecond(second, unit)
  }
  return [first | 0, second | 0]
}

export const SEEDS = { first: SEED_FIRST | 0, second: SEED_SECOND | 0 } as const

/** What is nothing else than a common first name, a common surname, a large city is handed out as an invented one. */
const FAKE_KINDS: ReadonlyMap<number, keyof Fakes> = new Map<number, keyof Fakes>([
  [WORD.first | WORD.usualFirst, 'first'],
  [WORD.last | WORD.usualLast, 'last'],
  [WORD.place | WORD.city, 'places']
])

/** Entries of the same word add up. Words of several parts are joined by one blank. */
export function createWords(entries: Iterable<WordEntry>): Words {
  const fakes = { first: [] as string[], last: [] as string[], places: [] as string[] }
  const size = 1 << 19
  const mask = size - 1
  const table = new Int32Array(size * 3)
  const slotOf = (first: number, second: number): number => {
    let slot = (first & mask) * 3
    while (table[slot + 2] !== 0 && !(table[slot] === first && table[slot + 1] === second)) slot = slot + 3 === table.length ? 0 : slot + 3
    return slot
  }
  let used = 0
  for (const { word, bits } of entries) {
    if (bits === 0) continue
    const kind = FAKE_KINDS.get(bits)
    if (kind !== undefined) fakes[kind].push(word)
    const [first, second] = hashesOf(word)
    const slot = slotOf(first, second)
    if (table[slot + 2] === 0 && ++used > size * 0.7) throw new RangeError('more words than the table holds')
    table[slot] = first
    table[slot + 1] = second
    table[slot + 2] = (table[slot + 2] ?? 0) | bits
  }
  return { bits: (first, second) => table[slotOf(first, second) + 2] ?? 0, fakes }
}

/** The words of the generated file; a place of several words marks the first of them. Throws where a line is not of its form. */
export function* readWords(text: string): Generator<WordEntry> {
  let word = ''
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, shared, rest, letters] = /^([0-9a-z])([a-z ]*)([A-Z]+)$/.exec(line) ?? []
    const kept = Number.parseInt(shared ?? '', 36)
    if (rest === undefined || letters === undefined || kept > word.length)
      throw new SyntaxError('a line of the dictionaries cannot be read')
    word = word.slice(0, kept) + rest
    let bits = 0
    for (const letter of letters) bits |= LETTERS.get(letter) ?? 0
    yield { word, bits }
    const blank = word.indexOf(' ')
    if (blank > 0 && (bits & WORD.place) !== 0) yield { word: word.slice(0, blank), bits: WORD.placeHead }
  }
}
