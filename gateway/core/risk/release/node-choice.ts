/**
 * The levels at which those leave whom the recipient does not know yet: the global optimum over the lattice (search.ts). Subjects released earlier at just
 * the same levels stand side by side with the new ones and count with them; so the levels of earlier releases are tried once more, counted together.
 * Decides between them by cost; of equals the optimum of the new ones. Where nothing holds within the limit, the cheapest levels with more suppressed.
 */

import { type Column, createTableBuilder, type Table } from '../measure/table.ts'
import { cellsFor, createJudge, type Demand } from '../search/demand.ts'
import type { Ladder, Level } from '../search/hierarchies.ts'
import { metricOf, suppressedRows } from '../search/loss.ts'
import { createRollup, type Grouped, type Rollup } from '../search/rollup.ts'
import { findOptimum, type Task } from '../search/search.ts'
import { columnsOf, textsOf } from './diverse.ts'
import { type Attribute, classAt, type Person, type RecodingInput, toldAfter } from './person.ts'

export interface Choice {
  readonly node: readonly number[]
  /** by the metric, of those who are new */
  readonly cost: number
}

/** `already`: how many others are suppressed. */
export function chooseNode(input: RecodingInput, already: number): Choice {
  const { people, levels, belowK, suppressionLimit, sensitive, demand, metric } = input
  const fresh = people.filter(isFresh)
  const none = levels.map(() => 0)
  if (fresh.length === 0) return { node: none, cost: 0 }
  const table = tableOf(fresh, levels.length, sensitive)
  const highest = belowK.includes('generalize') ? levels : levels.map(() => 1)
  const ladders = table.quasi.map((column, index) => ladderOf(column, highest[index] ?? 1))
  const most = Math.floor((belowK.includes('suppress') ? suppressionLimit : 0) * people.length + 1e-9) - already
  const allowed: Demand = sensitive.length === 0 ? { k: demand.k } : { ...demand, none: 'no secret' }
  const task = { table, ladders, demand: allowed, distances: [], metric }
  const within = most < 0 ? null : cheapest(input, { ...task, limit: Math.min(1, most / fresh.length) })
  return within ?? cheapest(input, { ...task, limit: 1 }) ?? { node: none, cost: 1 }
}

/** Not known, or known under another declaration: then by what is known of it, too. */
export function isFresh({ came, known }: Person): boolean {
  return came === 'whole' && (known === null || known.node === null)
}

/** A column for each quasi-identifier, its value all that is seen at all levels, and one for what is known already. */
function tableOf(fresh: readonly Person[], columns: number, sensitive: readonly Attribute[]): Table {
  const names = [...Array.from({ length: columns }, (_, index) => String(index)), 'known']
  const builder = createTableBuilder(names, sensitive.flatMap(columnsOf))
  for (const person of fresh) {
    const told = toldAfter(person)
    const values = sensitive.flatMap((each, index) => textsOf(each, told[index] ?? null))
    builder.add([...person.seen.map((texts) => JSON.stringify(texts)), person.known?.view ?? null, ...values])
  }
  return builder.finish()
}

/**
 * A level's class is all that is seen from it on, so that levels are nested whatever was declared. A level that makes nobody like another tells less for
 * nothing: it is none of the choices, and the label of a level is its place among those that were declared.
 */
function ladderOf({ name, values }: Column, height: number): Ladder {
  const chains = values.map((value) => (value === null ? [] : parsed(value)))
  const levels = Array.from({ length: height }, (_, level): Level => {
    const classes = new Map<string, number>()
    const of = Int32Array.from(chains, (chain) => {
      const text = JSON.stringify(chain.slice(level))
      const known = classes.get(text)
      if (known === undefined) classes.set(text, classes.size)
      return known ?? classes.size - 1
    })
    const sizes = new Int32Array(classes.size)
    for (const code of of) sizes[code] = (sizes[code] ?? 0) + 1
    return { label: String(level), size: classes.size, of, leaves: of.map((code) => sizes[code] ?? 0) }
  })
  return { name, levels: levels.filter(({ size }, level) => level === 0 || size < (levels[level - 1]?.size ?? 0)) }
}

/** The place among the levels that are choices of the one that makes the same people alike. */
function placeOf({ levels }: Ladder, declared: number): number {
  return levels.findLastIndex(({ label }) => Number(label) <= declared)
}

/** What is seen, or the name of a view. */
function parsed(value: string): readonly string[] {
  return value.startsWith('[') ? (JSON.parse(value) as readonly string[]) : [value] // written by tableOf
}

function cheapest(input: RecodingInput, task: Task): Choice | null {
  const rollup = createRollup(task.table, task.ladders, cellsFor(task.demand))
  const found = findOptimum(task, rollup)
  let best: Choice | null =
    found === null
      ? null
      : { node: found.levels.slice(0, -1).map((place, column) => Number(task.ladders[column]?.levels[place]?.label)), cost: found.cost }
  // without generalize in belowK the earlier levels are none of the choices
  const earlier = input.belowK.includes('generalize') ? input.nodes : input.nodes.filter((node) => node.every((level) => level === 0))
  for (const node of earlier.toSorted(byLevels)) {
    const cost = costAt(input, task, rollup, node)
    if (cost !== null && (best === null || cost < best.cost)) best = { node, cost }
  }
  return best
}

function byLevels(a: readonly number[], b: readonly number[]): number {
  return a.join('.') < b.join('.') ? -1 : 1
}

/** What these levels cost when those the recipient holds at them count in the groups; null when too many are suppressed all the same. */
function costAt(input: RecodingInput, task: Task, rollup: Rollup, node: readonly number[]): number | null {
  const { table, ladders, demand, distances, limit, metric } = task
  const grouped = rollup.at([...node.map((level, column) => placeOf(ladders[column] as Ladder, level)), 0]) // a ladder for each column
  const { failing } = createJudge(table, { ...demand, k: 1 }, distances, table.rows)(grouped)
  besideOf(input, table, grouped, node).forEach((beside, group) => {
    if ((grouped.sizes[group] ?? 0) + beside < demand.k) failing[group] = 1
  })
  const most = Math.floor(limit * table.rows + 1e-9)
  return suppressedRows(grouped.sizes, failing) > most ? null : metricOf(metric, table, ladders).cost(grouped, failing)
}

/** Group → subjects the recipient holds at these levels who look like it. */
function besideOf({ held, nameOf }: RecodingInput, { quasi }: Table, { members }: Grouped, node: readonly number[]): number[] {
  return Array.from(members, (member) => {
    const texts = quasi.map(({ codes, values }) => values[codes[member] ?? 0] ?? null)
    const known = texts.at(-1) ?? null
    const current = nameOf(
      'class',
      ...classAt(
        texts.slice(0, -1).map((text) => parsed(text ?? '')),
        node
      )
    )
    return held.get(known === null ? current : nameOf('then', known, current)) ?? 0
  })
}
