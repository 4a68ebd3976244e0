/**
 * What the counts of a submission come to, and where that is below what the agreement promises. Decides the figures (shares from 0 to 1, whole days) and what
 * follows: nothing, a word (warn), an officer (hold) or the end (refuse). A figure of nothing is null and falls below nothing.
 */
import type { Agreement } from '../../generated/policy.ts'
import { type Names, timesKnown } from './names.ts'
import { RULES } from './plausibility.ts'
import type { Tally } from './tally.ts'

export type Promised = NonNullable<Agreement['quality']>
export type Below = 'warn' | 'hold' | 'refuse'

export interface Figures {
  readonly received: number
  /** of records that validate */
  readonly validity: number | null
  /** by element */
  readonly completeness: Readonly<Record<string, number | null>>
  /** whole days */
  readonly timeliness: { readonly median: number | null; readonly p95: number | null; readonly events: number }
  readonly duplicates: number | null
  readonly references: number | null
  readonly plausibility: number | null
  /** records by the rule that they break; one may break several */
  readonly implausible: Readonly<Record<string, number>>
}

/** A figure that is below what is promised. `element` of completeness, `days` of timeliness. */
export interface Shortfall {
  readonly measure: 'validity' | 'completeness' | 'timeliness' | 'duplicates' | 'references' | 'plausibility'
  readonly of: string | null
  readonly figure: number
  readonly limit: number
  readonly below: Below
}

/** What is counted outside the buckets: at the door. */
export interface AtDoor {
  readonly received: number
  readonly rejected: number
}

/** `shared`: names of all shared records that came. What is not promised was not looked at, but validity. */
export function figuresOf(tally: Tally, { received, rejected }: AtDoor, promised: Promised, shared: Names): Figures {
  const { references, plausible } = tally
  const known = references.resolved + timesKnown(references.outside, shared)
  const events = Object.values(tally.days).reduce((sum, n) => sum + n, 0)
  return {
    received,
    validity: share(received - rejected, received),
    completeness: Object.fromEntries(
      Object.keys(promised.completeness ?? {}).map((path, n) => [path, share(tally.elements[n]?.[1] ?? 0, tally.elements[n]?.[0] ?? 0)])
    ),
    timeliness: { median: quantile(tally.days, events, 0.5), p95: quantile(tally.days, events, 0.95), events },
    duplicates: promised.duplicates === undefined ? null : share(tally.again + tally.same, tally.records + tally.again),
    references: share(known, references.resolved + references.missing + references.outside.times),
    plausibility: share(plausible.looked - plausible.broken, plausible.looked),
    implausible: Object.fromEntries(RULES.map(({ name }, n) => [name, plausible.rules[n] ?? 0] as const).filter(([, n]) => n > 0))
  }
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** The least number of days within which at least that share of the events arrived. */
function quantile(days: Readonly<Record<string, number>>, events: number, of: number): number | null {
  if (events === 0) return null
  let seen = 0
  for (const [day, times] of Object.entries(days).sort(([a], [b]) => Number(a) - Number(b))) {
    seen += times
    if (seen >= of * events) return Number(day)
  }
  return null
}

/** Every promise that is not kept, in the order of the agreement's members. */
export function shortfalls(figures: Figures, promised: Promised | undefined): Shortfall[] {
  if (promised === undefined) return []
  const { validity, completeness, timeliness, duplicates, references, plausibility } = promised
  return [
    ...least('validity', null, figures.validity, validity),
    ...Object.entries(completeness ?? {}).flatMap(([path, at]) => least('completeness', path, figures.completeness[path] ?? null, at)),
    ...most('timeliness', 'median', figures.timeliness.median, timeliness?.median),
    ...most('timeliness', 'p95', figures.timeliness.p95, timeliness?.p95),
    ...most('duplicates', null, figures.duplicates, duplicates),
    ...least('references', null, figures.references, references),
    ...least('plausibility', null, figures.plausibility, plausibility)
  ]
}

function least(
  measure: Shortfall['measure'],
  of: string | null,
  figure: number | null,
  at: { readonly min: number; readonly below: Below } | undefined
): Shortfall[] {
  return at === undefined || figure === null || figure >= at.min ? [] : [{ measure, of, figure, limit: at.min, below: at.below }]
}

function most(
  measure: Shortfall['measure'],
  of: string | null,
  figure: number | null,
  at: { readonly max: number; readonly below: Below } | undefined
): Shortfall[] {
  return at === undefined || figure === null || figure <= at.max ? [] : [{ measure, of, figure, limit: at.max, below: at.below }]
}

const GRAVITY: readonly Below[] = ['warn', 'hold', 'refuse']

/** The gravest of what follows from them; null: nothing does. */
export function gravest(found: readonly Shortfall[]): Below | null {
  return GRAVITY.filter((below) => found.some((one) => one.below === below)).at(-1) ?? null
}
