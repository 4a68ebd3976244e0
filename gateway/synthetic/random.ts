/**
 * Seeded chance: the same seed gives the same stream on every machine, and each label its own stream, so that one patient
 * can be made again without making those before. For test data only: nothing secret may ever come from here.
 */
import { sha256 } from '../core/digest.ts'

export interface Random {
  /** 0 <= x < 1, 32 bits */
  next(): number
  /** an integer, both ends included */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** picks by `weight` */
  weigh<T extends { readonly weight: number }>(list: readonly T[]): T
  /** bell-shaped around `mean` (sum of three uniforms), never further than 3 `spread` */
  around(mean: number, spread: number): number
  /** `count` decimal digits, the first never 0 */
  digits(count: number): string
  /** in the form of RFC 9562 §5.4 */
  uuid(): string
}

/** sfc32 of PractRand: 128 bits of state, seeded by SHA-256 of seed and label. */
function sfc32(seed: string, label: string): () => number {
  const state = sha256(`${seed}\u0000${label}`)
  let a = state.readInt32LE(0)
  let b = state.readInt32LE(4)
  let c = state.readInt32LE(8)
  let counter = state.readInt32LE(12)
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
}

function hex8(word: number): string {
  return word.toString(16).padStart(8, '0')
}

function uuidOf(word: () => number): string {
  const text = hex8(word()) + hex8(word()) + hex8(word()) + hex8(word())
  const variant = '89ab'[Number.parseInt(text[16] ?? '0', 16) & 3]
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20, 32)}`
}

function weighed<T extends { readonly weight: number }>(next: () => number, list: readonly T[]): T {
  let left = next() * list.reduce((sum, item) => sum + item.weight, 0)
  for (const item of list) {
    left -= item.weight
    if (left < 0) return item
  }
  throw new RangeError('nothing to pick from')
}

/** A stream of chance for one label under one seed. */
export function createRandom(seed: string, label: string): Random {
  const word = sfc32(seed, label)
  for (let turn = 0; turn < 4; turn += 1) word()
  const next = (): number => word() / 4294967296
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  const pick = <T>(list: readonly T[]): T => {
    if (list.length === 0) throw new RangeError('nothing to pick from')
    return list[Math.floor(next() * list.length)] as T // in range: next() < 1
  }
  return {
    next,
    between,
    pick,
    chance: (probability) => next() < probability,
    weigh: (list) => weighed(next, list),
    around: (mean, spread) => mean + (next() + next() + next() - 1.5) * 2 * spread,
    digits: (count) => String(between(1, 9)) + Array.from({ length: count - 1 }, () => between(0, 9)).join(''),
    uuid: () => uuidOf(word)
  }
}
