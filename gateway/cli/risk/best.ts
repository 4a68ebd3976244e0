/**
 * The cheapest generalisation for what is asked, and what it would cost for other k: the loss against k. Decides nothing of its own: core/risk/search/search.ts
 * does. A lattice too large is told, not searched. Missing values are a class of their own here, the stricter view.
 */

import { histogramOf, measureSizes, prosecutorRisk, type SizeMeasures } from '../../core/risk/measure/measures.ts'
import type { Table } from '../../core/risk/measure/table.ts'
import { cellsFor } from '../../core/risk/search/demand.ts'
import type { Ladder } from '../../core/risk/search/hierarchies.ts'
import { latticeSize } from '../../core/risk/search/lattice.ts'
import type { MetricName } from '../../core/risk/search/loss.ts'
import { createRollup } from '../../core/risk/search/rollup.ts'
import { findOptima, MOST_NODES, type Optimum } from '../../core/risk/search/search.ts'
import { type Asked, DEFAULT_K, type Plan } from './plan.ts'

export interface Search {
  readonly metric: MetricName
  /** share of rows that may be suppressed */
  readonly limit: number
  readonly demand: Asked & { readonly k: number }
  readonly nodes: number
  /** null: too many nodes to be searched */
  readonly checked: number | null
  /** null: nothing holds */
  readonly best: Best | null
  readonly curve: readonly Point[]
}

export interface Best {
  readonly levels: readonly { readonly name: string; readonly level: number; readonly of: number; readonly label: string }[]
  readonly cost: number
  readonly suppressed: number
  readonly suppressedShare: number
  /** of the rows that are left */
  readonly groups: SizeMeasures
  readonly averageRisk: number
}

/** What the cheapest generalisation costs at this k; null: nothing holds. */
export interface Point {
  readonly k: number
  readonly cost: number | null
  readonly suppressedShare: number
}

const CURVE: readonly number[] = [2, 3, 5, 10, 15, 20, 30, 50, 75, 100]

export function searchFor(table: Table, ladders: readonly Ladder[], plan: Plan): Search {
  const { metric, suppress: limit, asked } = plan
  const demand = { ...asked, k: asked.k ?? DEFAULT_K }
  const nodes = latticeSize(ladders)
  if (nodes > MOST_NODES) return { metric, limit, demand, nodes, checked: null, best: null, curve: [] }
  const rising = [...new Set([...CURVE.filter((k) => k <= table.rows), demand.k])].sort((a, b) => a - b)
  const distances = plan.sensitive.map(({ distance }) => distance)
  const optima = findOptima({ table, ladders, demand, distances, limit, metric }, rising, createRollup(table, ladders, cellsFor(demand)))
  const found = optima[rising.indexOf(demand.k)] ?? null
  return {
    metric,
    limit,
    demand,
    nodes,
    checked: found?.checked ?? nodes,
    best: found === null ? null : bestOf(table, ladders, found),
    curve: rising.map((k, index) => pointOf(table, k, optima[index] ?? null))
  }
}

function pointOf(table: Table, k: number, found: Optimum | null): Point {
  return { k, cost: found?.cost ?? null, suppressedShare: share(found?.suppressed ?? 0, table.rows) }
}

function share(part: number, all: number): number {
  return all === 0 ? 0 : part / all
}

function bestOf(table: Table, ladders: readonly Ladder[], { levels, cost, suppressed, grouped, failing }: Optimum): Best {
  const histogram = histogramOf(grouped.sizes.filter((_, group) => failing[group] === 0))
  return {
    levels: ladders.map((ladder, index) => {
      const level = levels[index] ?? 0
      return { name: ladder.name, level, of: ladder.levels.length - 1, label: ladder.levels[level]?.label ?? '' }
    }),
    cost,
    suppressed,
    suppressedShare: share(suppressed, table.rows),
    groups: measureSizes(histogram),
    averageRisk: prosecutorRisk(histogram, 1).average
  }
}
