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

/** A cell on a walk: it lies between a row and a column (numbered behind the rows), and becomes larger or smaller. */
interface Step {
  readonly cell: number
  readonly direction: Direction
  readonly from: number
  readonly to: number
}

/**
 * Hides cells until cell `cell`, itself of no limit, could be larger (or smaller: -1) by `need` with all published cells as they are. False when no
 * choice of cells allows it: then all must be hidden.
 */
export function protect(layer: Layer, cell: number, direction: Direction, need: number): boolean {
  const moved = layer.hidden.map(() => 0)
  const room = ({ cell: at, direction: to }: Step): number => ((to === 1 ? layer.up[at] : layer.down[at]) ?? 0) - to * (moved[at] ?? 0)
  const steps = stepsAround(layer, cell, direction)
  for (let left = need; left > 0; ) {
    const walk = cheapestWalk(
      layer,
      cell,
      steps.filter((step) => room(step) > 0)
    )
    if (walk === null) return false
    const amount = Math.min(left, ...walk.map(room))
    for (const step of walk) {
      moved[step.cell] = (moved[step.cell] ?? 0) + step.direction * amount
      layer.hidden[step.cell] = true
    }
    left -= amount
  }
  return true
}

function placeOf({ columns }: Layer, cell: number): { row: number; column: number } {
  return { row: Math.floor(cell / columns), column: cell % columns }
}

/** In an equation a total stands on the other side: -1 for a total of a row or a column, +1 for other cells and for the total of totals. */
function sign(layer: Layer, cell: number): Direction {
  const { row, column } = placeOf(layer, cell)
  return (row === layer.rows - 1) === (column === layer.columns - 1) ? 1 : -1
}

/** Every step a walk through `cell` could take: what one step adds to a row the next takes from the column, and so on. */
function stepsAround(layer: Layer, cell: number, direction: Direction): Step[] {
  const along = direction * sign(layer, cell)
  return layer.present.flatMap((present, other): Step[] => {
    if (!present || other === cell) return []
    const { row, column } = placeOf(layer, other)
    const [from, to] = [row, layer.rows + column]
    const same = along * sign(layer, other) === 1
    return [
      { cell: other, from, to, direction: same ? 1 : -1 },
      { cell: other, from: to, to: from, direction: same ? -1 : 1 }
    ]
  })
}

/** From the column of `cell` back to its row, hiding as few stays as can be (Bellman and Ford); null when there is no way. */
function cheapestWalk(layer: Layer, cell: number, steps: readonly Step[]): Step[] | null {
  const { row, column } = placeOf(layer, cell)
  const costs = new Map([[layer.rows + column, 0]])
  const last = new Map<number, Step>()
  for (let better = true; better; ) {
    better = false
    for (const step of steps) {
      const cost =
        (costs.get(step.from) ?? Number.POSITIVE_INFINITY) + (layer.hidden[step.cell] === true ? 0 : (layer.cost[step.cell] ?? 0))
      if (cost >= (costs.get(step.to) ?? Number.POSITIVE_INFINITY)) continue
      costs.set(step.to, cost)
      last.set(step.to, step)
      better = true
    }
  }
  const walk: Step[] = []
  for (let step = last.get(row); step !== undefined; step = last.get(step.from)) walk.push(step)
  return walk.length === 0 ? null : walk
}
