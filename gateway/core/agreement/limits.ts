/**
 * How much an agreement lets leave in any span of its period: datasets, subjects (counted anew in each dataset) and records. Decides before a dataset is recorded,
 * it included; refuses it whole when it would go beyond.
 */
import type { Agreement } from '../../generated/policy.ts'
import { before } from './window.ts'

type Limits = NonNullable<Agreement['limits']>
export type Released = Readonly<Record<'datasets' | 'subjects' | 'records', number>>

/** From when on releases count; `at` is the moment of this one. */
export function countsSince({ period }: Limits, at: Date): Date {
  return before(at, period)
}

/** The first limit that would be passed; null: none. */
export function passedLimit(limits: Limits, earlier: Released, now: Released): keyof Released | null {
  const asked = ['datasets', 'subjects', 'records'] as const
  return asked.find((what) => earlier[what] + now[what] > (limits[what] ?? Number.POSITIVE_INFINITY)) ?? null
}
