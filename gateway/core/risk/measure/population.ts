/**
 * How many people are alone in the population, estimated from a sample of it, by the rule of Dankar, El Emam, Neisa and Roffey, BMC Medical Informatics and
 * Decision Making 12:66 (2012): up to a tenth sampled Pitman's model, beyond it the smaller of the slide negative binomial and Zayatz; Zayatz where the
 * other has no solution. Decides nothing else. N persons, n = Σ i s(i) sampled, s(i) groups of i rows, u groups in all, π = n / N.
 */
import { digamma, logGamma } from './gamma.ts'
import type { Histogram } from './measures.ts'

export type UniquenessModel = 'counted' | 'pitman' | 'snb' | 'zayatz'

export interface PopulationUniqueness {
  readonly model: UniquenessModel
  /** expected number of people alone in the population */
  readonly uniques: number
  /** the same as a share of the population, 0 to 1 */
  readonly share: number
}

interface Sample {
  readonly population: number
  readonly rows: number
  readonly fraction: number
  /** number of groups by size, smallest first */
  readonly groups: readonly { readonly size: number; readonly count: number }[]
  readonly all: number
}

/** Up to this sampling fraction Pitman's model was the most accurate (Dankar et al. 2012). */
const PITMAN_UP_TO = 0.1

/** `population` persons, no fewer than the rows. With all of them in the data nothing is estimated. */
export function populationUniqueness(histogram: Histogram, population: number): PopulationUniqueness {
  const sample = sampleOf(histogram, population)
  const alone = countOf(sample, 1)
  if (alone === 0 || sample.fraction >= 1) return found('counted', alone, population)
  const exact = zayatz(sample)
  if (sample.fraction <= PITMAN_UP_TO) {
    const estimate = pitman(sample)
    return estimate === null ? found('zayatz', exact, population) : found('pitman', estimate, population)
  }
  const estimate = slideNegativeBinomial(sample)
  return estimate === null || exact < estimate ? found('zayatz', exact, population) : found('snb', estimate, population)
}

function found(model: UniquenessModel, uniques: number, population: number): PopulationUniqueness {
  return { model, uniques, share: population === 0 ? 0 : uniques / population }
}

export function sampleOf(histogram: Histogram, population: number): Sample {
  const groups = histogram.map(({ size, rows }) => ({ size, count: rows / size }))
  const rows = histogram.reduce((sum, each) => sum + each.rows, 0)
  return {
    population,
    rows,
    fraction: population === 0 ? 1 : rows / population,
    groups,
    all: groups.reduce((sum, { count }) => sum + count, 0)
  }
}

function countOf(sample: Sample, size: number): number {
  return sample.groups.find((each) => each.size === size)?.count ?? 0
}

/**
 * Zayatz (1991): sizes of groups in the population are as in the sample, p(j) = s(j) / u; of a sample unique, by Bayes,
 * P(F = 1 | f = 1) = p(1) P(f = 1 | F = 1) / Σ p(j) P(f = 1 | F = j), with P(f = 1 | F = j) hypergeometric. Uniques: s(1) P(F = 1 | f = 1) / π.
 */
export function zayatz(sample: Sample): number {
  const { groups, fraction } = sample
  const seen = groups.reduce((sum, { size, count }) => sum + count * seenOnce(sample, size), 0)
  const alone = countOf(sample, 1)
  return Math.min(sample.population, (alone * ((alone * seenOnce(sample, 1)) / seen)) / fraction)
}

/** j C(N - j, n - 1) / C(N, n): just one of j people is among n drawn from N. */
function seenOnce({ population: N, rows: n }: Sample, j: number): number {
  if (j > N - n + 1) return 0
  const choose = (a: number, b: number): number => logGamma(a + 1) - logGamma(b + 1) - logGamma(a - b + 1)
  return j * Math.exp(choose(N - j, n - 1) - choose(N, n))
}

/**
 * Chen and Keller-McNulty (1998): F - 1 is negative binomial (α, β), so P(F = 1) = β^α. α and β are those under which s(1) and s(2) are expected:
 * E s(1) = K π (β / (1-D))^α (1 + α D / (1-D)), E s(2) = K π² α (1-β) β^α (2 - (1-α) D) / (2 (1-D)^(α+2)), D = (1-π)(1-β). Their ratio is a quadratic in α,
 * so one unknown is left. null: no solution.
 */
export function slideNegativeBinomial(sample: Sample): number | null {
  const { fraction } = sample
  const [once, twice] = [countOf(sample, 1), countOf(sample, 2)]
  if (once === 0 || twice === 0) return null
  const K = classesInPopulation(sample)
  const alpha = (beta: number): number => {
    const D = (1 - fraction) * (1 - beta)
    const r = (2 * twice * (1 - D)) / (fraction * (1 - beta) * once)
    const b = 2 - D - r * D
    return (-b + Math.sqrt(b * b + 4 * D * r * (1 - D))) / (2 * D)
  }
  const excess = (beta: number): number => {
    const [a, D] = [alpha(beta), (1 - fraction) * (1 - beta)]
    return K * fraction * (beta / (1 - D)) ** a * (1 + (a * D) / (1 - D)) - once
  }
  const beta = rootOf(excess)
  return beta === null ? null : within(K * beta ** alpha(beta), sample.population)
}

/** Shlosser's estimator as modified by Haas and Stokes (1998), Sh3: how many groups there are in the population. */
export function classesInPopulation(sample: Sample): number {
  const { groups, fraction: q, all } = sample
  const total = (of: (size: number) => number): number => groups.reduce((sum, { size, count }) => sum + count * of(size), 0)
  const first = total((i) => i * q * q * (1 - q * q) ** (i - 1)) / total((i) => (1 - q) ** i * ((1 + q) ** i - 1))
  const second = total((i) => (1 - q) ** i) / total((i) => i * q * (1 - q) ** (i - 1))
  return all + countOf(sample, 1) * first * second * second
}

/**
 * Pitman's sampling formula (Hoshino 2001): θ and α by maximum likelihood; E S(1) = N Γ(θ+1) Γ(θ+α+N-1) / (Γ(θ+α) Γ(θ+N)). null: no maximum inside 0 < α < 1.
 */
export function pitman(sample: Sample): number | null {
  // all alone: the more of them in the population the likelier, without end
  if (sample.all < 2 || sample.all === sample.rows) return null
  const byAlpha = (alpha: number): number => slopeOfAlpha(sample, thetaOf(sample, alpha), alpha)
  const alpha = rootOf(byAlpha)
  if (alpha === null) return null
  const [theta, N] = [thetaOf(sample, alpha), sample.population]
  const log = logGamma(theta + 1) - logGamma(theta + alpha) + logGamma(theta + alpha + N - 1) - logGamma(theta + N)
  return within(N * Math.exp(log), N)
}

/** The θ > -α at which Σ 1/(θ+iα), i < u, equals Σ 1/(θ+i), i < n. */
function thetaOf({ all: u, rows: n }: Sample, alpha: number): number {
  const slope = (theta: number): number =>
    (digamma(theta / alpha + u) - digamma(theta / alpha + 1)) / alpha - (digamma(theta + n) - digamma(theta + 1))
  let [low, high] = [-alpha + 1e-9, 1]
  while (slope(high) > 0 && high < 1e15) high *= 4
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2
    if (slope(middle) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** ∂L/∂α = Σ i/(θ+iα), i < u, less Σ s(j) Σ 1/(i-α), i < j. */
function slopeOfAlpha({ all: u, groups }: Sample, theta: number, alpha: number): number {
  const harmonic = digamma(theta / alpha + u) - digamma(theta / alpha + 1)
  const first = (u - 1 - (theta / alpha) * harmonic) / alpha
  return first - groups.reduce((sum, { size, count }) => sum + count * (digamma(size - alpha) - digamma(1 - alpha)), 0)
}

const GRID = 400

/** A root between 0 and 1: the first change of sign over a grid, then halving; null when there is none. */
function rootOf(of: (x: number) => number): number | null {
  const at = (step: number): number => 1 / (1 + Math.exp(-(step / GRID - 0.5) * 28))
  let before = of(at(0))
  for (let step = 1; step <= GRID; step += 1) {
    const value = of(at(step))
    if (Number.isFinite(before) && Number.isFinite(value) && before > 0 !== value > 0) return halved(of, at(step - 1), at(step))
    before = value
  }
  return null
}

function halved(of: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to]
  const positive = of(low) > 0
  for (let step = 0; step < 80; step += 1) {
    const middle = (low + high) / 2
    if (of(middle) > 0 === positive) low = middle
    else high = middle
  }
  return (low + high) / 2
}

function within(value: number, most: number): number | null {
  return Number.isFinite(value) && value >= 0 && value <= most ? value : null
}
