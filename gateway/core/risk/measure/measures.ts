/**
 * What the sizes of groups tell: k-anonymity (Sweeney 2002), sample uniqueness, and the risk of re-identification under the three attacks of El Emam,
 * Guide to the De-Identification of Personal Health Information (2013), chapter 16. Decides nothing: a threshold is the caller's. Everything is
 * computed from one histogram, so that the order of rows cannot matter. Risks are probabilities, 0 to 1; of no rows every risk is 0.
 */

/** So many rows stand in groups of this size. Smallest size first, each size once. */
export interface SizeCount {
  readonly size: number
  readonly rows: number
}
export type Histogram = readonly SizeCount[]

export interface SizeMeasures {
  readonly rows: number
  readonly groups: number
  /** the k of k-anonymity: size of the smallest group; 0 of no rows */
  readonly k: number
  readonly largest: number
  readonly average: number
  /** rows alone in their group */
  readonly uniques: number
}

export interface Risk {
  readonly max: number
  readonly average: number
  /** share of the rows whose risk is above the threshold */
  readonly atRisk: number
}

export function histogramOf(sizes: Iterable<number>): Histogram {
  const counts = new Map<number, number>()
  for (const size of sizes) if (size > 0) counts.set(size, (counts.get(size) ?? 0) + size)
  return [...counts].sort(([a], [b]) => a - b).map(([size, rows]) => ({ size, rows }))
}

export function measureSizes(histogram: Histogram): SizeMeasures {
  const rows = sum(histogram, (each) => each.rows)
  const groups = sum(histogram, ({ size, rows }) => rows / size)
  return {
    rows,
    groups,
    k: histogram[0]?.size ?? 0,
    largest: histogram.at(-1)?.size ?? 0,
    average: groups === 0 ? 0 : rows / groups,
    uniques: histogram[0]?.size === 1 ? histogram[0].rows : 0
  }
}

/**
 * Prosecutor: the attacker knows that the person is in the data. The risk of a row is 1 / f, f the size of its group; the average over rows is then
 * J / n, groups by rows (El Emam 2013, pRa, pRb, pRc).
 */
export function prosecutorRisk(histogram: Histogram, threshold: number): Risk {
  return riskBy(histogram, threshold, (size) => 1 / size)
}

/**
 * Journalist: the attacker does not know whether the person is in the data, so the group in the population counts: 1 / F (El Emam 2013, jRa, jRb). F is not
 * known of a sample: expected instead is 1 / F of a group that showed f rows when each person of it was drawn with probability π = n / N
 * (F | f negative binomial: Benedetti and Franconi 1998; Polettini 2003). The average over rows is the marketer's risk, the share of rows matched right by
 * one who matches all: Σ f / F / n (Dankar and El Emam 2010).
 */
export function journalistRisk(histogram: Histogram, threshold: number, population: number): Risk {
  const fraction = sum(histogram, ({ rows }) => rows) / population
  return riskBy(histogram, threshold, (size) => expectedInverse(size, fraction))
}

function riskBy(histogram: Histogram, threshold: number, riskOf: (size: number) => number): Risk {
  const all = histogram.map(({ size, rows }) => ({ rows, risk: riskOf(size) }))
  const rows = sum(all, (each) => each.rows)
  if (rows === 0) return { max: 0, average: 0, atRisk: 0 }
  return {
    max: all.reduce((most, { risk }) => Math.max(most, risk), 0),
    average: sum(all, (each) => each.rows * each.risk) / rows,
    atRisk:
      sum(
        all.filter(({ risk }) => risk > threshold + EPSILON),
        (each) => each.rows
      ) / rows
  }
}

/** 1 / 11 computed twice need not be the same number. */
const EPSILON = 1e-12

/**
 * E[1/F | f] = A(f) with A(1) = (π/q) ln(1/π) and A(f) = (π/q) (1/(f-1) - A(f-1)), q = 1 - π. From π^f ∫ u^(f-1) / (1 + q u) du over 0..1/π, by parts.
 * Forwards an error grows by π/q a step, backwards by q/π: so each is used where it shrinks, backwards from a start far enough to be forgotten.
 */
export function expectedInverse(size: number, fraction: number): number {
  if (fraction >= 1) return 1 / size
  const ratio = fraction / (1 - fraction)
  if (ratio < 1) {
    let value = -ratio * Math.log(fraction)
    for (let f = 2; f <= size; f += 1) value = ratio * (1 / (f - 1) - value)
    return value
  }
  const far = size + 64 + Math.ceil(64 / Math.log2(ratio + 1e-3))
  let value = fraction / (far - 1 + fraction)
  for (let f = far; f > size; f -= 1) value = 1 / (f - 1) - value / ratio
  return value
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
