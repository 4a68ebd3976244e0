/** Linear equations and inequalities, solved the plain way: what a reader of published sums could work out. Small systems of whole numbers only. */

const TINY = 1e-9

/** Vectors that every row is blind to: the ways in which the unknowns can differ without a row telling. */
export function kernelOf(rows: readonly (readonly number[])[], unknowns: number): number[][] {
  const matrix = rows.map((row) => [...row])
  const pivots: number[] = []
  for (let column = 0; column < unknowns; column++) {
    const at = matrix.findIndex((row, n) => n >= pivots.length && Math.abs(row[column] ?? 0) > TINY)
    if (at < 0) continue
    const [pivot = []] = matrix.splice(at, 1)
    const scale = pivot[column] ?? 1
    const scaled = pivot.map((value) => value / scale)
    matrix.splice(pivots.length, 0, scaled)
    matrix.forEach((row, n) => {
      const times = row[column] ?? 0
      if (n !== pivots.length && Math.abs(times) > TINY) row.forEach((value, c) => (row[c] = value - times * (scaled[c] ?? 0)))
    })
    pivots.push(column)
  }
  const free = Array.from({ length: unknowns }, (_, n) => n).filter((n) => !pivots.includes(n))
  return free.map((n) => {
    const vector = new Array<number>(unknowns).fill(0)
    vector[n] = 1
    pivots.forEach((column, row) => (vector[column] = -(matrix[row]?.[n] ?? 0)))
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
  const tableau = truth.map((value, n) => [...columns.map((column) => -(column[n] ?? 0)), ...truth.map((_, m) => (m === n ? 1 : 0)), value])
  const goal = [...columns.map((column) => -times(column, sum)), ...truth.map(() => 0), 0]
  const basis = truth.map((_, n) => columns.length + n)
  const width = goal.length - 1
  for (;;) {
    const enter = goal.findIndex((value, n) => n < width && value < -TINY)
    if (enter < 0) return times(truth, sum) + (goal[width] ?? 0)
    const leave = leaving(tableau, basis, enter, width)
    if (leave === null) return Number.POSITIVE_INFINITY
    const pivot = tableau[leave] ?? []
    const scale = pivot[enter] ?? 1
    pivot.forEach((value, n) => (pivot[n] = value / scale))
    for (const row of [...tableau, goal]) {
      const factor = row === pivot ? 0 : (row[enter] ?? 0)
      if (Math.abs(factor) > TINY) pivot.forEach((value, n) => (row[n] = (row[n] ?? 0) - factor * value))
    }
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
