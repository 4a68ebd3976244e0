/**
 * How values are made coarser, level by level. A declared hierarchy (dates, prefix, bins, edges, values, whole) becomes a ladder over the values that
 * occur: per level the class of each value, and how many distinct values share it. Refuses a hierarchy that is not nested: two values that are one at
 * some level must be one at every level above, or no search over levels would be right. What a hierarchy does not cover is one class of its own from
 * level 1 on; missing stays missing; the last level, '*', tells nothing.
 */
import { PolicyError } from '../../errors.ts'
import { type Column, SUPPRESSED } from '../measure/table.ts'

/** `keep`: never coarser than its last level; otherwise '*' is added above. */
export type Hierarchy = { readonly keep?: boolean } & (
  | { readonly kind: 'dates'; readonly levels: readonly ('month' | 'year' | number)[] }
  | { readonly kind: 'prefix'; readonly lengths: readonly number[] }
  | { readonly kind: 'bins'; readonly widths: readonly number[]; readonly from?: number }
  | { readonly kind: 'edges'; readonly levels: readonly (readonly number[])[] }
  | { readonly kind: 'values'; readonly parents: ReadonlyMap<string, readonly string[]> }
  | { readonly kind: 'whole' }
)

export interface Level {
  /** what is left of a value: 'as it is', 'year', 'first 3', 'width 10', 'level 2', '*' */
  readonly label: string
  /** how many classes */
  readonly size: number
  /** code of the column → class */
  readonly of: Int32Array
  /** code of the column → distinct values in its class */
  readonly leaves: Int32Array
}

/** The levels of one quasi-identifier, level 0 as it is. */
export interface Ladder {
  readonly name: string
  readonly levels: readonly Level[]
}

interface Rung {
  readonly label: string
  /** null: not covered */
  readonly of: (value: string) => string | null
}

export function ladderOf(column: Column, hierarchy: Hierarchy): Ladder {
  const rungs = [{ label: 'as it is', of: (value: string) => value }, ...rungsOf(hierarchy)]
  if (hierarchy.keep !== true) rungs.push({ label: SUPPRESSED, of: () => SUPPRESSED })
  const levels: Level[] = []
  for (const rung of rungs) {
    const level = levelOf(column, rung)
    const below = levels.at(-1)
    if (below !== undefined && !nests(below, level)) throw notNested(column.name, levels.length)
    // a level that joins nothing new is no choice
    if (below === undefined || level.size < below.size) levels.push(level)
  }
  return { name: column.name, levels }
}

function notNested(name: string, level: number): PolicyError {
  const message = `level ${level} tells apart what level ${level - 1} made one: widths and edges must fit into those above, parents must agree`
  return new PolicyError('policy-invalid', [{ path: `hierarchies.${name}`, message }])
}

/** What is wrong with a hierarchy whatever values come; null: it nests. */
export function hierarchyFault(hierarchy: Hierarchy): string | null {
  switch (hierarchy.kind) {
    case 'dates':
      return rising(hierarchy.levels.map((level) => (typeof level === 'number' ? level : level === 'month' ? 1 / 12 : 1))) ? null : COARSER
    case 'bins':
      return rising(hierarchy.widths) ? null : COARSER
    case 'prefix':
      return pairs(hierarchy.lengths).every(([longer, shorter]) => shorter < longer) ? null : 'each length must be less than the one before'
    case 'edges':
      return pairs(hierarchy.levels).every(([more, fewer]) => fewer.every((edge) => more.includes(edge)))
        ? null
        : 'each level may only leave out edges'
    case 'values':
      return agreeing([...hierarchy.parents.values()])
        ? null
        : 'values that are one at a level must be one above it, and all have as many levels'
    case 'whole':
      return null
    default:
      return hierarchy satisfies never
  }
}

const COARSER = 'each level must be a multiple of the one before'

function pairs<Item>(list: readonly Item[]): [Item, Item][] {
  return list.slice(1).map((item, index): [Item, Item] => [list[index] as Item, item])
}

function rising(widths: readonly number[]): boolean {
  return pairs(widths).every(([narrow, wide]) => wide > narrow && Math.abs(wide / narrow - Math.round(wide / narrow)) < 1e-9)
}

function agreeing(parents: readonly (readonly string[])[]): boolean {
  const above = new Map<string, string | undefined>()
  return parents.every((list) => {
    const agrees = list.every((name, level) => {
      const key = `${level} ${name}`
      if (!above.has(key)) above.set(key, list[level + 1])
      return above.get(key) === list[level + 1]
    })
    return agrees && list.length === parents[0]?.length
  })
}

const OTHER = '\u0000other'
const MISSING = '\u0000missing'

function levelOf({ values }: Column, { label, of }: Rung): Level {
  const classes = new Map<string, number>()
  const codes = Int32Array.from(values, (value) => {
    const name = label === SUPPRESSED ? SUPPRESSED : classOf(value, of)
    const known = classes.get(name)
    if (known === undefined) classes.set(name, classes.size)
    return known ?? classes.size - 1
  })
  const sizes = new Int32Array(classes.size)
  for (const code of codes) sizes[code] = (sizes[code] ?? 0) + 1
  return { label, size: classes.size, of: codes, leaves: codes.map((code) => sizes[code] ?? 0) }
}

function classOf(value: string | null, of: Rung['of']): string {
  if (value === null) return MISSING
  return value === SUPPRESSED ? SUPPRESSED : (of(value) ?? OTHER)
}

function nests(below: Level, above: Level): boolean {
  const up = new Map<number, number>()
  return below.of.every((code, value) => {
    const known = up.get(code)
    if (known === undefined) up.set(code, above.of[value] ?? -1)
    return known === undefined || known === above.of[value]
  })
}

function rungsOf(hierarchy: Hierarchy): Rung[] {
  switch (hierarchy.kind) {
    case 'dates':
      return hierarchy.levels.map(dateRung)
    case 'prefix':
      return hierarchy.lengths.map((length) => ({ label: `first ${length}`, of: (value) => value.slice(0, length) }))
    case 'bins':
      return hierarchy.widths.map((width) => binRung(width, hierarchy.from ?? 0))
    case 'edges':
      return hierarchy.levels.map(edgeRung)
    case 'values':
      return valueRungs(hierarchy.parents)
    case 'whole':
      return []
    default:
      return hierarchy satisfies never
  }
}

const DATE = /^(\d{4})(-\d{2})?(-\d{2}(?:T.*)?)?$/

/** A date of less precision than asked for stays as it is. */
function dateRung(level: 'month' | 'year' | number): Rung {
  const label = typeof level === 'number' ? `${level} years` : level
  return {
    label,
    of: (value) => {
      const [, year, month] = DATE.exec(value) ?? []
      if (year === undefined) return null
      if (level === 'month') return year + (month ?? '')
      return level === 'year' ? year : String(Math.floor(Number(year) / level))
    }
  }
}

/** null: not a number. */
function numberOf(value: string): number | null {
  const number = value.trim() === '' ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number : null
}

function binRung(width: number, from: number): Rung {
  return {
    label: `width ${width}`,
    of: (value) => {
      const number = numberOf(value)
      return number === null ? null : String(Math.floor((number - from) / width))
    }
  }
}

function edgeRung(edges: readonly number[]): Rung {
  return {
    label: `${edges.length + 1} bands`,
    of: (value) => {
      const number = numberOf(value)
      return number === null ? null : String(edges.filter((edge) => number >= edge).length)
    }
  }
}

function valueRungs(parents: ReadonlyMap<string, readonly string[]>): Rung[] {
  const depth = Math.max(0, ...[...parents.values()].map((above) => above.length))
  return Array.from({ length: depth }, (_, index) => ({
    label: `level ${index + 1}`,
    of: (value: string) => parents.get(value)?.[index] ?? null
  }))
}
