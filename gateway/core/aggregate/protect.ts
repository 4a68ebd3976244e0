/**
 * Complementary suppression: which further cells of a table with totals must be hidden so that a hidden one cannot be computed from the rest. Every
 * row and every column adds up to its total, so what a reader of the published cells cannot see is exactly the amounts that can be moved around
 * closed walks of hidden cells (Gusfield 1988, "A graph theoretic approach to statistical data security"; Fischetti & Salazar 1999 for the walks as flows).
 * Decides by the cheapest such walks: those that hide the fewest stays. Hides, never shows.
 */

/** One quantity of the table. Cells row by row; the last row and the last column are totals. */
export interface Layer {
  readonly rows: number
  readonly columns: number
  /** cells without any stay are known to be so, and hide nothing */
  readonly present: readonly boolean[]
  readonly hidden: boolean[]
  /** how much each cell may be thought to be larger or smaller than it is */
  readonly up: readonly number[]
  readonly down: readonly number[]
  /** what hiding it costs */
  readonly cost: readonly number[]
}

type Direction = 1 | -1

interface Step {
  readonly cell: number
  readonly direction: Direction
  readonly from: number
}

/**
 * Hides cells until cell `cell`, itself of no limit, could be larger (or smaller: -1) by `need` with all published cells as they are. False when no
 * choice of cells allows it: then all must be hidden.
 */
export function protect(layer: Layer, cell: number, direction: Direction, need: number): boolean {
  const moved = layer.hidden.map(() => 0)
  for (let left = need; left > 0; ) {
    const walk = cheapestWalk(layer, moved, cell, direction)
    if (walk === null) return false
    const amount = Math.min(left, ...walk.map((step) => room(layer, moved, step.cell, step.direction)))
    for (const step of walk) {
      moved[step.cell] = (moved[step.cell] ?? 0) + step.direction * amount
      layer.hidden[step.cell] = true
    }
    left -= amount
  }
  return true
}

function room(layer: Layer, moved: readonly number[], cell: number, direction: Direction): number {
  const limit = (direction === 1 ? layer.up[cell] : layer.down[cell]) ?? 0
  return limit - direction * (moved[cell] ?? 0)
}

/** Totals stand on the other side of their equation: +1 for a cell that is added, -1 for one total, +1 for the total of totals. */
function sign({ rows, columns }: Layer, cell: number): Direction {
  const inTotalRow = Math.floor(cell / columns) === rows - 1
  return inTotalRow === (cell % columns === columns - 1) ? 1 : -1
}

/** The cells that change with `cell`, from its column back to its row, by Dijkstra over rows and columns; null when there is no way. */
function cheapestWalk(layer: Layer, moved: readonly number[], cell: number, direction: Direction): Step[] | null {
  const { rows, columns } = layer
  const [goal, start] = [Math.floor(cell / columns), rows + (cell % columns)]
  const costs = new Array<number>(rows + columns).fill(Number.POSITIVE_INFINITY)
  const steps = new Array<Step | null>(rows + columns).fill(null)
  const open = new Set(costs.keys())
  costs[start] = 0
  for (;;) {
    const node = nearest(open, costs)
    if (node === null) return null
    if (node === goal) return stepsTo(goal, steps)
    open.delete(node)
    for (const step of stepsFrom(layer, node, direction * sign(layer, cell) === 1 ? 1 : -1)) {
      if (step.cell === cell || layer.present[step.cell] !== true || room(layer, moved, step.cell, step.direction) <= 0) continue
      const to = node < rows ? rows + (step.cell % columns) : Math.floor(step.cell / columns)
      const cost = (costs[node] ?? 0) + (layer.hidden[step.cell] === true ? 0 : (layer.cost[step.cell] ?? 0))
      if (cost >= (costs[to] ?? 0)) continue
      costs[to] = cost
      steps[to] = step
    }
  }
}

function nearest(open: ReadonlySet<number>, costs: readonly number[]): number | null {
  let best: number | null = null
  for (const node of open) {
    if ((costs[node] ?? 0) < (best === null ? Number.POSITIVE_INFINITY : (costs[best] ?? 0))) best = node
  }
  return best
}

/** From a row along its cells, or from a column: what one direction adds to a row the other takes from the column. */
function stepsFrom(layer: Layer, node: number, along: Direction): Step[] {
  const { rows, columns } = layer
  const byRow = node < rows
  return Array.from({ length: byRow ? columns : rows }, (_, n) => {
    const cell = byRow ? node * columns + n : n * columns + (node - rows)
    return { cell, direction: (byRow ? along : -along) * sign(layer, cell) === 1 ? 1 : -1, from: node }
  })
}

function stepsTo(goal: number, steps: readonly (Step | null)[]): Step[] {
  const walk: Step[] = []
  for (let step = steps[goal] ?? null; step !== null; step = steps[step.from] ?? null) walk.push(step)
  return walk
}
