/**
 * Grouping by hash: equal rows of codes get the same number. Decides nothing. Codes of several columns are packed into as few 32-bit words as hold
 * them; a word of few possible values is an index, other words are hashed in pairs. Reads of typed arrays stay in bounds, so casts of them are sound.
 */

/** Codes of one column and how many different ones there can be. */
export interface Coded {
  readonly codes: Int32Array
  readonly size: number
  /** code → class, where classes are grouped instead */
  readonly of?: Int32Array
}

/** Numbers in order of first appearance. */
export interface Numbered {
  /** row → its group */
  readonly of: Int32Array
  /** group → its first row */
  readonly first: Int32Array
}

const WORD = 2 ** 31

/** Groups the rows named by `rows` by all columns together; without any column they are one group. */
export function groupBy(columns: readonly Coded[], rows: Int32Array): Numbered {
  const [first, ...others] = pack(columns, rows)
  if (first === undefined) return { of: new Int32Array(rows.length), first: new Int32Array(Math.min(rows.length, 1)) }
  let numbered = others.length === 0 ? numberWord(first) : null
  for (const { codes } of others) numbered = numberPairs(numbered?.of ?? first.codes, codes)
  return numbered as Numbered // either there are others or the first was numbered
}

/** The numbers 0 to length - 1. */
export function allRows(length: number): Int32Array {
  const rows = new Int32Array(length)
  for (let row = 0; row < length; row += 1) rows[row] = row
  return rows
}

/** Mixed radix: as many columns a word as their product allows; a column of one value says nothing. */
function pack(columns: readonly Coded[], rows: Int32Array): Coded[] {
  const words: { codes: Int32Array; size: number }[] = []
  for (const column of columns) {
    const { size } = column
    if (size <= 1) continue
    let word = words.at(-1)
    if (word === undefined || word.size * size > WORD) {
      word = { codes: new Int32Array(rows.length), size: 1 }
      words.push(word)
    }
    append(word.codes, column, rows)
    word.size *= size
  }
  return words
}

function append(word: Int32Array, { codes, size, of }: Coded, rows: Int32Array): void {
  if (of === undefined)
    for (let row = 0; row < rows.length; row += 1) word[row] = (word[row] as number) * size + (codes[rows[row] as number] as number)
  else
    for (let row = 0; row < rows.length; row += 1)
      word[row] = (word[row] as number) * size + (of[codes[rows[row] as number] as number] as number)
}

function numberWord({ codes, size }: Coded): Numbered {
  return size <= Math.max(4096, 4 * codes.length) ? numberDirectly(codes, size) : numberPairs(codes, codes)
}

function numberDirectly(codes: Int32Array, size: number): Numbered {
  const seen = new Int32Array(size)
  const of = new Int32Array(codes.length)
  const first = new Int32Array(Math.min(size, codes.length))
  let count = 0
  for (let row = 0; row < codes.length; row += 1) {
    const code = codes[row] as number
    if (seen[code] === 0) {
      first[count] = row
      count += 1
      seen[code] = count
    }
    of[row] = (seen[code] as number) - 1
  }
  return { of, first: first.slice(0, count) }
}

/** Numbers pairs of numbers. Open addressing; a slot holds the group + 1, 0 is free. */
export function numberPairs(left: Int32Array, right: Int32Array): Numbered {
  const { length } = left
  const mask = 2 ** Math.ceil(Math.log2(2 * length + 2)) - 1
  const slots = new Int32Array(mask + 1)
  const first = new Int32Array(length)
  const of = new Int32Array(length)
  let count = 0
  for (let row = 0; row < length; row += 1) {
    const a = left[row] as number
    const b = right[row] as number
    let slot = mix(a, b) & mask
    let group = slots[slot] as number
    while (group !== 0) {
      const other = first[group - 1] as number
      if (left[other] === a && right[other] === b) break
      slot = (slot + 1) & mask
      group = slots[slot] as number
    }
    if (group === 0) {
      first[count] = row
      count += 1
      group = count
      slots[slot] = group
    }
    of[row] = group - 1
  }
  return { of, first: first.slice(0, count) }
}

/** The finalizer of MurmurHash3 over two words. */
function mix(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** Group → sum of the weights of its rows. */
export function sumBy({ of, first }: Numbered, weights: Int32Array): Int32Array {
  const sums = new Int32Array(first.length)
  for (let row = 0; row < of.length; row += 1) {
    const group = of[row] as number
    sums[group] = (sums[group] as number) + (weights[row] as number)
  }
  return sums
}
