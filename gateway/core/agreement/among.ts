/**
 * What agreements may not say together: a recipient who is given the same people in two ways lays one beside the other. Years and shifted dates of the
 * same records tell the shift; two tables of numbers can be subtracted; groups are counted agreement by agreement. Every rule is asked of two agreements of one source with one recipient.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'

/** A fault of the agreement with this id. */
export interface FaultAmong extends Fault {
  readonly agreement: string
}

type Rule = (one: Agreement, other: Agreement) => Fault | null

const RULES: readonly Rule[] = [
  // 45 CFR 164.514(b)(1): an expert's determination counts what else is reasonably available to the recipient; (b)(2)(ii): so does Safe Harbor
  (one, other) =>
    one.mode !== other.mode && one.mode !== 'aggregate-only' && other.mode !== 'aggregate-only'
      ? {
          path: '/mode',
          message: `is not that of ${other.id}, which gives the same recipient the same people: laid side by side they tell the dates each hides. Choose one mode for a recipient, or suspend one of them`
        }
      : null,
  (one, other) =>
    one.mode === 'aggregate-only' && other.mode === 'aggregate-only'
      ? {
          path: '/mode',
          message: `is that of ${other.id}, too: numbers about the same people in two tables can be subtracted. One aggregate-only agreement for a recipient`
        }
      : null,
  // levels chosen for each apart tell more together, and true intervals tell whose records are whose
  (one, other) =>
    one.mode === 'expert-determination' && other.mode === 'expert-determination'
      ? {
          path: '/mode',
          message: `is that of ${other.id}, too: each counts its own groups, and of the same people in both more is known than either shows. One expert-determination agreement for a recipient`
        }
      : null,
  (one, other) => {
    const unsaid = other.recipientHolds.filter((type) => !one.recipientHolds.includes(type))
    return one.mode === 'safe-harbor' && unsaid.length > 0
      ? {
          path: '/recipientHolds',
          message: `leaves out ${unsaid.join(', ')}, which ${other.id} says the same recipient holds (45 CFR 164.514(b)(2)(ii))`
        }
      : null
  }
]

/** Every fault, of agreements that are in force together, in their order. */
export function faultsAmong(agreements: Iterable<Agreement>): FaultAmong[] {
  const active = [...agreements]
  return active.flatMap((one) =>
    active
      .filter((other) => other !== one && other.source === one.source && other.recipient === one.recipient)
      .flatMap((other) => RULES.flatMap((rule) => rule(one, other) ?? []))
      .map((fault) => ({ ...fault, agreement: one.id }))
  )
}
