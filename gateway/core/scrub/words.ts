/**
 * The dictionaries, as one table from a word to what it may be: bits. A word is known by two 32-bit hashes of its lower-case letters, so that text
 * is looked up without cutting it to pieces; of a million words outside, 0.0002 would be taken for one inside. Refuses a line it cannot read.
 */

/** What a word may be. A word can be several. */
export const WORD = {
  first: 1,
  last: 1 << 1,
  /** a first name or surname so common that it is one wherever it begins with a capital */
  common: 1 << 2,
  english: 1 << 3,
  clinical: 1 << 4,
  place: 1 << 5,
  /** begins a place of several words */
  placeHead: 1 << 6,
  state: 1 << 7,
  title: 1 << 8,
  kin: 1 << 9,
  /** stands before a name: "by", "with", "patient" */
  cue: 1 << 10,
  month: 1 << 11,
  weekday: 1 << 12,
  facility: 1 << 13,
  street: 1 << 14,
  /** follows an eponym: "disease", "sign" */
  eponymHead: 1 << 15,
  credential: 1 << 16,
  /** begins a pattern of patterns/ */
  trigger: 1 << 17,
  particle: 1 << 18,
  eponym: 1 << 19,
  /** never part of a name: "the", "and" */
  stop: 1 << 20,
  /** a facility or organisation of one word */
  organisation: 1 << 21,
  country: 1 << 22
} as const

/** A table from two hashes to bits. */
export interface Words {
  bits(this: void, first: number, second: number): number
  /** `count` names of a kind that a cover may hand out */
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

/** Entries of the same word add up. Words of several parts are joined by one blank. */
export function createWords(entries: Iterable<WordEntry>, expected: number, fakes: Fakes): Words {
  let size = 1024
  while (size < expected * 2) size *= 2
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
    const [first, second] = hashesOf(word)
    const slot = slotOf(first, second)
    if (table[slot + 2] === 0 && ++used > size * 0.7) throw new RangeError('more words than were announced')
    table[slot] = first
    table[slot + 1] = second
    table[slot + 2] = (table[slot + 2] ?? 0) | bits
  }
  return { bits: (first, second) => table[slotOf(first, second) + 2] ?? 0, fakes }
}
