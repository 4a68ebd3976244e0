/**
 * The generalisation that costs least, of all that hold what is asked with no more rows suppressed than permitted: the global optimum over the lattice.
 * Nodes are tried in the order of what they must cost at least; the search ends where that is no less than the best found. A node that fails takes all
 * below it away, and then the path to the top is halved until it turns from failing to holding (Flash: Kohlmayer et al. 2012), which soon gives a good
 * best. Refuses a lattice of too many nodes. Where nothing holds, not even at the top, the answer is null.
 */
import { RequestError } from '../../errors.ts'
import type { Distance } from '../measure/diversity.ts'
import type { Table } from '../measure/table.ts'
import { cellsFor, createJudge, type Demand, type Judge, type Judged } from './demand.ts'
import type { Ladder } from './hierarchies.ts'
import { createLattice, type Lattice, latticeSize, markFrom } from './lattice.ts'
import { type Metric, type MetricName, metricOf } from './loss.ts'
import { createRollup, type Grouped, type Rollup } from './rollup.ts'

export interface Task {
  readonly table: Table
  /** one for each quasi-identifier, in order */
  readonly ladders: readonly Ladder[]
  readonly demand: Demand
  /** one for each sensitive column; 'equal' where none is given */
  readonly distances: readonly Distance[]
  /** 0 to 1: the share of rows that may be suppressed */
  readonly limit: number
  readonly metric: MetricName
}

export interface Optimum {
  readonly levels: readonly number[]
  readonly cost: number
  readonly suppressed: number
  /** groups at these levels, and which of them are suppressed */
  readonly grouped: Grouped
  readonly failing: Uint8Array
  readonly nodes: number
  /** nodes whose groups were looked at */
  readonly checked: number
}

/** More nodes than this are refused: fewer levels or columns do it. */
export const MOST_NODES = 2_000_000

const OPEN = 0
const FAILED = 1
const TRIED = 2
/** it and all above cost too much */
const DEAR = 3

interface Grounds {
  readonly lattice: Lattice
  readonly metric: Metric
  readonly rollup: Rollup
  /** what each node costs at least */
  readonly bounds: Float64Array
}

interface State extends Grounds {
  readonly marks: Uint8Array
  readonly judge: Judge
  readonly floors: { readonly node: number; readonly floor: number }[]
  best: Omit<Optimum, 'nodes' | 'checked'> | null
  checked: number
}

/** `rollup`: of the same table and ladders, for one search after another. */
export function findOptimum(task: Task, rollup: Rollup = createRollup(task.table, task.ladders, cellsFor(task.demand))): Optimum | null {
  return findOptima(task, [task.demand.k], rollup)[0] ?? null
}

/** The same for several k, rising: what fails for one fails for the next. */
export function findOptima(task: Task, rising: readonly number[], rollup: Rollup): (Optimum | null)[] {
  const { table, ladders, demand, distances, limit } = task
  if (latticeSize(ladders) > MOST_NODES)
    throw new RequestError('too-large', 'Name fewer quasi-identifiers, or give hierarchies of fewer levels.')
  const lattice = createLattice(ladders)
  const metric = metricOf(task.metric, table, ladders)
  const bounds = Float64Array.from({ length: lattice.nodes }, (_, node) => metric.bound(lattice.levelsOf(node)))
  const order = inOrder(lattice, bounds)
  let marks = new Uint8Array(lattice.nodes)
  return rising.map((k) => {
    marks = marks.map((mark) => (mark === FAILED ? FAILED : OPEN))
    const judge = createJudge(table, { ...demand, k }, distances, Math.floor(limit * table.rows + 1e-9))
    return search({ lattice, metric, rollup, bounds, marks, judge, floors: [], best: null, checked: 0 }, order)
  })
}

function search(state: State, order: Uint32Array): Optimum | null {
  const { lattice, bounds, marks } = state
  for (const node of order) {
    if (state.best !== null && (bounds[node] ?? 0) >= state.best.cost) break
    if (marks[node] === OPEN) follow(state, node)
  }
  return state.best === null ? null : { ...state.best, nodes: lattice.nodes, checked: state.checked }
}

/** By what a node costs at least; of equals the less generalised first. */
function inOrder({ nodes, levelsOf }: Lattice, bounds: Float64Array): Uint32Array {
  const heights = Uint16Array.from({ length: nodes }, (_, node) => levelsOf(node).reduce((sum, level) => sum + level, 0))
  const by = (a: number, b: number): number => (bounds[a] ?? 0) - (bounds[b] ?? 0) || (heights[a] ?? 0) - (heights[b] ?? 0) || a - b
  return Uint32Array.from({ length: nodes }, (_, node) => node).sort(by)
}

/** Tries a node; if it fails, the turning point on the cheapest path from it to the top. */
function follow(state: State, start: number): void {
  if (attempt(state, start) === 'holds') return
  const path = cheapestPath(state, start)
  let [low, high] = [0, path.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const node = path[middle] ?? start
    const holds = state.marks[node] === OPEN ? attempt(state, node) === 'holds' : state.marks[node] !== FAILED
    if (holds) high = middle - 1
    else low = middle + 1
  }
}

function cheapestPath({ lattice, marks, bounds }: State, start: number): number[] {
  const path: number[] = []
  const next = (node: number): number | undefined =>
    lattice
      .above(node)
      .filter((each) => marks[each] !== DEAR)
      .sort((a, b) => (bounds[a] ?? 0) - (bounds[b] ?? 0) || a - b)[0]
  for (let node = next(start); node !== undefined; node = next(node)) path.push(node)
  return path
}

function attempt(state: State, node: number): Judged['verdict'] {
  const { lattice, marks, metric } = state
  const grouped = state.rollup.at(lattice.levelsOf(node))
  const judged = state.judge(grouped)
  state.checked += 1
  marks[node] = TRIED
  if (judged.verdict === 'fails below') {
    marks[node] = OPEN
    markFrom(marks, FAILED, node, (each) => lattice.below(each))
  }
  state.floors.push({ node, floor: metric.floor(grouped) })
  if (judged.verdict === 'holds') consider(state, grouped, judged)
  else prune(state, state.floors.slice(-1))
  return judged.verdict
}

function consider(state: State, grouped: Grouped, { failing, suppressed }: Judged): void {
  const cost = state.metric.cost(grouped, failing)
  if (state.best !== null && cost >= state.best.cost) prune(state, state.floors.slice(-1))
  else {
    state.best = { levels: grouped.levels, cost, suppressed, grouped, failing }
    prune(state, state.floors)
  }
}

/** Takes away everything above nodes whose floor is no less than the best. */
function prune({ best, lattice, marks }: State, floors: State['floors']): void {
  if (best === null) return
  for (const { node, floor } of floors)
    if (floor >= best.cost) for (const each of lattice.above(node)) markFrom(marks, DEAR, each, (above) => lattice.above(above))
}
