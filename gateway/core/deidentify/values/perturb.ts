/**
 * The verb perturb: a number moved within a span. The noise is a PRF of the subject's secret, the kind of number (`Money.value`) and the number, so the
 * same number moves the same way every time: asking again, many records with it, or the line, the total and the payment of one claim average nothing out. Never moves a number across zero or an age over 89.
 */

import type { Context } from '../context.ts'
import type { Rule } from '../profile/profile.ts'
import { AGE_90 } from './absent.ts'
import type { Act } from './hierarchies.ts'
import { isLifetime, numberOf } from './quantities.ts'
import { membersOf } from './values.ts'

export interface Noise {
  /** Element of a datatype or resource, wherever that stands: `Money.value`. */
  readonly kind: string
  readonly rule: Pick<Rule, 'span' | 'range' | 'roundTo'>
  /** The least number its type can hold. */
  readonly least: number | null
}

/** Places after the point where the rule does not say. */
const PLACES = 2

export function perturbNumber(noise: Noise, measured: Act): Act {
  return (value, context) => {
    const number = numberOf(measured(value, context))
    return number === null ? undefined : moved(noise, number, context)
  }
}

/** Unit and comparator stay. */
export function perturbQuantity(noise: Noise, measured: Act): Act {
  return (value, context) => {
    const kept = measured(value, context)
    const quantity = membersOf(kept)
    const number = numberOf(quantity?.['value'])
    if (quantity === null || number === null || kept === AGE_90) return kept
    const made = { ...quantity, value: moved(noise, number, context) }
    return isLifetime(made) && !isLifetime(quantity) ? undefined : made
  }
}

function moved({ kind, rule, least }: Noise, number: number, context: Context): number {
  const { span = 0, range = 'fixed', roundTo = PLACES } = rule
  const width = range === 'proportional' ? span * Math.abs(number) : span
  // 48 bits of the PRF, from 0 up to 1
  const share = Number.parseInt(context.keyed(`perturb ${kind}`, String(number)).slice(0, 12), 16) / 2 ** 48
  const scale = 10 ** roundTo
  const made = Math.round((number + (share - 0.5) * width) * scale) / scale
  if (least !== null && made < least) return least
  return (number >= 0 ? made < 0 : made > 0) ? 0 : made
}
