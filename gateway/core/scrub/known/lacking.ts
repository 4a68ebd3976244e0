/**
 * Names by all of their letters, and by what is left of them without one: thousands of names that begin alike are told apart as quickly as two. A table of hashes in
 * order, of 8 bytes a letter; what it finds may be another word of the same hash, which who asks must compare. Refuses nothing.
 */

export interface Lacking {
  readonly names: readonly string[]
  /** of each: the hash of what is left, and the place of the name, as one number; in order */
  readonly rows: Float64Array
  /** letters the names are written in */
  readonly letters: readonly string[]
}

/** More names than these are not told apart. */
const PLACES = 2 ** 20
const BASE = 0x01000193

export function lackingOf(all: Iterable<string>): Lacking {
  const names = [...all].slice(0, PLACES)
  const rows = new Float64Array(names.reduce((sum, { length }) => sum + length + 1, 0))
  let row = 0
  for (const [place, name] of names.entries())
    for (const hash of [hashOf(name), ...hashesWithout(name)]) rows[row++] = hash * PLACES + place
  return { names, rows: rows.sort(), letters: [...new Set(names.join(''))] }
}

/** The names that may be a text of this hash, or one letter longer. */
export function* alike({ names, rows }: Lacking, hash: number): Generator<string> {
  for (let row = firstOf(rows, hash * PLACES); row < rows.length; row++) {
    const found = rows[row] ?? 0
    if (Math.floor(found / PLACES) !== hash) return
    yield names[found % PLACES] ?? ''
  }
}

/** The hash of a text, or of one that begins with what has the hash `before`. */
export function hashOf(text: string, before = 0): number {
  let hash = before
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, BASE) + text.charCodeAt(at)) >>> 0
  return hash
}

/** The hash of two texts together, of which the second has so many letters. */
export function joinedHash(before: number, behind: number, letters: number): number {
  let hash = before
  for (let letter = 0; letter < letters; letter++) hash = Math.imul(hash, BASE)
  return (hash + behind) >>> 0
}

/** The hashes of a text without each of its letters in turn. */
export function hashesWithout(text: string): readonly number[] {
  const hashes: number[] = []
  let behind = 0
  let power = 1
  let ahead = hashOf(text)
  const last = text.length - 1
  // from the last letter on: ahead is the hash of what stands before it
  for (let at = last; at >= 0; at--) {
    ahead = Math.imul(ahead - text.charCodeAt(at), INVERSE) >>> 0
    hashes.push((Math.imul(ahead, power) + behind) >>> 0)
    behind = (behind + Math.imul(text.charCodeAt(at), power)) >>> 0
    power = Math.imul(power, BASE)
  }
  return hashes
}

/** BASE times it is 1, modulo 2^32 (Newton). */
const INVERSE = [1, 2, 3, 4, 5].reduce((guess) => Math.imul(guess, 2 - Math.imul(BASE, guess)), BASE)

function firstOf(rows: Float64Array, least: number): number {
  let from = 0
  let until = rows.length
  while (from < until) {
    const middle = (from + until) >> 1
    if ((rows[middle] ?? 0) < least) from = middle + 1
    else until = middle
  }
  return from
}
