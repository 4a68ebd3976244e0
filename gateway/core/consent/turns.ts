/**
 * The days on which a rule begins to deny more than before: a denial begins, a permission ends, or one begins that has exceptions. Decides nothing of a record; who is
 * released already is looked at again on such a day. Where it cannot be told whether a day denies more it is one.
 */
import { dayAfter } from './days.ts'
import type { Provision, Rule } from './rule.ts'

const OPEN = new Set(['', '~'])

function turnsOf({ type, period, nested }: Provision): string[] {
  const inside = nested.flatMap(turnsOf)
  if (period === null) return inside
  const [first, last] = period
  const begins = type === 'deny' || nested.length > 0 ? [first] : []
  const ends = type === 'permit' && !OPEN.has(last) ? [dayAfter(last, 1)] : []
  return [...begins, ...ends, ...inside].filter((day) => !OPEN.has(day))
}

/** The next one after a day (YYYY-MM-DD); null: there is none. */
export function nextTurn(rule: Rule, day: string): string | null {
  if (rule.kind !== 'consent' || rule.provision === null) return null
  const [next] = turnsOf(rule.provision)
    .filter((turn) => turn > day)
    .sort()
  return next ?? null
}
