/**
 * The table that risk is measured on: columns of category codes, one row for each distinct combination of values, with how often it came. Decides what
 * is a row (one whose quasi-identifiers are all '*' was suppressed before it came: counted, but in no group) and what is missing (null or an empty
 * text: a value of its own). Memory follows the distinct combinations, not the rows. Reads of typed arrays stay in bounds, so casts of them are sound.
 */

/** What stands for a value that was taken out. */
export const SUPPRESSED = '*'

export interface Column {
  readonly name: string
  /** code of the combination's value, 0 to values.length - 1 */
  readonly codes: Int32Array
  /** the distinct values in order of first appearance; null = missing */
  readonly values: readonly (string | null)[]
}

/** A column whose value must not be learned of a person. */
export interface SensitiveColumn extends Column {
  /** code → number of rows, those that came suppressed included: what everybody may know beforehand (t-closeness) */
  readonly reference: Float64Array
}

export interface Table {
  /** rows counted, without those that came suppressed */
  readonly rows: number
  /** rows that came with '*' in every quasi-identifier */
  readonly suppressed: number
  /** how often each combination came; its length is the number of combinations */
  readonly weights: Int32Array
  readonly quasi: readonly Column[]
  readonly sensitive: readonly SensitiveColumn[]
}

export interface TableBuilder {
  /** Values of the quasi-identifiers, then of the sensitive columns; the array may be used again. `times`: so many equal rows, otherwise one. */
  add(values: readonly (string | null)[], times?: number): void
  finish(): Table
}

interface Dictionary {
  readonly codes: Map<string | null, number>
  readonly values: (string | null)[]
}

/** Open addressing over rows of codes; a slot holds the combination's number + 1, 0 is free. */
interface Store {
  readonly width: number
  count: number
  codes: Int32Array
  weights: Int32Array
  hashes: Int32Array
  slots: Int32Array
}

const FIRST_ROOM = 1024

export function createTableBuilder(quasi: readonly string[], sensitive: readonly string[]): TableBuilder {
  const names = [...quasi, ...sensitive]
  const dictionaries = names.map((): Dictionary => ({ codes: new Map(), values: [] }))
  const store = createStore(names.length)
  const row = new Int32Array(names.length)
  return {
    add: (values, times = 1) => {
      for (let index = 0; index < row.length; index += 1) row[index] = codeOf(dictionaries[index] as Dictionary, values[index] || null)
      count(store, row, times)
    },
    finish: () => tableOf(store, dictionaries, quasi, sensitive)
  }
}

function codeOf({ codes, values }: Dictionary, value: string | null): number {
  const known = codes.get(value)
  if (known !== undefined) return known
  codes.set(value, values.length)
  return values.push(value) - 1
}

function createStore(width: number): Store {
  return {
    width,
    count: 0,
    codes: new Int32Array(FIRST_ROOM * width),
    weights: new Int32Array(FIRST_ROOM),
    hashes: new Int32Array(FIRST_ROOM),
    slots: new Int32Array(2 * FIRST_ROOM)
  }
}

function count(store: Store, row: Int32Array, times: number): void {
  let hash = 0
  for (let index = 0; index < row.length; index += 1) {
    hash = Math.imul(hash ^ (row[index] as number), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  const mask = store.slots.length - 1
  let slot = hash & mask
  for (let found = store.slots[slot] as number; found !== 0; found = store.slots[slot] as number) {
    if (store.hashes[found - 1] === hash && same(store, found - 1, row)) {
      store.weights[found - 1] = (store.weights[found - 1] as number) + times
      return
    }
    slot = (slot + 1) & mask
  }
  store.slots[slot] = append(store, row, hash, times)
  if (store.count === store.weights.length) grow(store)
}

function same({ codes, width }: Store, combination: number, row: Int32Array): boolean {
  const start = combination * width
  for (let index = 0; index < width; index += 1) if (codes[start + index] !== row[index]) return false
  return true
}

function append(store: Store, row: Int32Array, hash: number, times: number): number {
  store.codes.set(row, store.count * store.width)
  store.weights[store.count] = times
  store.hashes[store.count] = hash
  store.count += 1
  return store.count
}

function grow(store: Store): void {
  const doubled = (old: Int32Array): Int32Array => {
    const wide = new Int32Array(old.length * 2)
    wide.set(old)
    return wide
  }
  store.codes = doubled(store.codes)
  store.weights = doubled(store.weights)
  store.hashes = doubled(store.hashes)
  store.slots = new Int32Array(store.slots.length * 2)
  const mask = store.slots.length - 1
  for (let combination = 0; combination < store.count; combination += 1) {
    let slot = (store.hashes[combination] as number) & mask
    while (store.slots[slot] !== 0) slot = (slot + 1) & mask
    store.slots[slot] = combination + 1
  }
}

function tableOf(store: Store, dictionaries: readonly Dictionary[], quasi: readonly string[], sensitive: readonly string[]): Table {
  const stars = dictionaries.slice(0, quasi.length).map(({ codes }) => codes.get(SUPPRESSED) ?? -1)
  const kept = new Int32Array(store.count)
  let [combinations, rows, suppressed] = [0, 0, 0]
  for (let index = 0; index < store.count; index += 1) {
    const weight = store.weights[index] as number
    if (stars.length > 0 && stars.every((star, column) => star === store.codes[index * store.width + column])) suppressed += weight
    else {
      kept[combinations] = index
      combinations += 1
      rows += weight
    }
  }
  const numbers = kept.subarray(0, combinations)
  const column = (name: string, index: number): Column => ({
    name,
    codes: numbers.map((number) => store.codes[number * store.width + index] as number),
    values: dictionaries[index]?.values ?? []
  })
  return {
    rows,
    suppressed,
    weights: numbers.map((number) => store.weights[number] as number),
    quasi: quasi.map((name, index) => occurring(column(name, index))),
    sensitive: sensitive.map((name, index) => sensitiveColumn(store, column(name, quasi.length + index), quasi.length + index))
  }
}

/** Without the values that only rows which came suppressed had. */
function occurring({ name, codes, values }: Column): Column {
  const places = new Int32Array(values.length)
  for (const code of codes) places[code] = 1
  const kept = values.filter((_, code) => places[code] === 1)
  if (kept.length === values.length) return { name, codes, values }
  let next = 0
  places.forEach((occurs, code) => {
    places[code] = next
    next += occurs
  })
  return { name, codes: codes.map((code) => places[code] as number), values: kept }
}

function sensitiveColumn(store: Store, column: Column, index: number): SensitiveColumn {
  const reference = new Float64Array(column.values.length)
  for (let number = 0; number < store.count; number += 1) {
    const code = store.codes[number * store.width + index] as number
    // a suppressed value tells nothing of the others
    if (column.values[code] !== SUPPRESSED) reference[code] = (reference[code] as number) + (store.weights[number] as number)
  }
  return { ...column, reference }
}
