/** Linear equations and inequalities, solved the plain way: what a reader of published sums could work out. Small systems of whole numbers only. */

const TINY = 1e-9

/** Adds to each of `rows` but `except` the multiple of it that makes column `column` 0. */
function clear(rows: readonly number[][], except: readonly number[], column: number): void {
  for (const row of rows) {
    const factor = row === except ? 0 : (row[column] ?? 0)
    if (Math.abs(factor) <= TINY) continue
    for (const [n, value] of except.entries()) row[n] = (row[n] ?? 0) - factor * value
  }
}

function scale(row: number[], column: number): void {
  const by = row[column] ?? 1
  for (const [n, value] of row.entries()) row[n] = value / by
}

/** Vectors that every row is blind to: the ways in which the unknowns can differ without a row telling. */
export function kernelOf(rows: readonly (readonly number[])[], unknowns: number): number[][] {
  const left = rows.map((row) => [...row])
  const solved: { readonly column: number; readonly row: number[] }[] = []
  for (let column = 0; column < unknowns; column++) {
    const row = left.find((candidate) => Math.abs(candidate[column] ?? 0) > TINY)
    if (row === undefined) continue
    left.splice(left.indexOf(row), 1)
    scale(row, column)
    clear([...left, ...solved.map((one) => one.row)], row, column)
    solved.push({ column, row })
  }
  const free = Array.from({ length: unknowns }, (_, n) => n).filter((n) => !solved.some(({ column }) => column === n))
  return free.map((n) => {
    const vector = new Array<number>(unknowns).fill(0)
    vector[n] = 1
    for (const { column, row } of solved) vector[column] = -(row[n] ?? 0)
    return vector
  })
}

export function times(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, n) => sum + value * (b[n] ?? 0), 0)
}

/** Do the rows tell what this sum is? */
export function isTold(kernel: readonly (readonly number[])[], sum: readonly number[]): boolean {
  return kernel.every((vector) => Math.abs(times(vector, sum)) < TINY)
}

/** The most `sum` can be over all unknowns of 0 and more that the rows cannot tell from `truth`: the simplex method with Bland's rule. */
export function greatest(kernel: readonly (readonly number[])[], truth: readonly number[], sum: readonly number[]): number {
  const columns = kernel.flatMap((vector) => [vector, vector.map((value) => -value)])
  const identity = (n: number): number[] => truth.map((_, m) => (m === n ? 1 : 0))
  const tableau = truth.map((value, n) => [...columns.map((column) => -(column[n] ?? 0)), ...identity(n), value])
  const goal = [...columns.map((column) => -times(column, sum)), ...identity(-1), 0]
  const basis = truth.map((_, n) => columns.length + n)
  const width = goal.length - 1
  for (;;) {
    const enter = goal.findIndex((value, n) => n < width && value < -TINY)
    if (enter < 0) return times(truth, sum) + (goal[width] ?? 0)
    const leave = leaving(tableau, basis, enter, width)
    const pivot = tableau[leave ?? -1]
    if (leave === null || pivot === undefined) return Number.POSITIVE_INFINITY
    scale(pivot, enter)
    clear([...tableau, goal], pivot, enter)
    basis[leave] = enter
  }
}

function leaving(tableau: readonly (readonly number[])[], basis: readonly number[], enter: number, width: number): number | null {
  let best: { readonly row: number; readonly ratio: number } | null = null
  for (const [row, values] of tableau.entries()) {
    const by = values[enter] ?? 0
    if (by <= TINY) continue
    const ratio = (values[width] ?? 0) / by
    const tied = best !== null && Math.abs(ratio - best.ratio) <= TINY && (basis[row] ?? 0) < (basis[best.row] ?? 0)
    if (best === null || ratio < best.ratio - TINY || tied) best = { row, ratio }
  }
  return best?.row ?? null
}
