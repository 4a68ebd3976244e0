/**
 * The terms of an agreement on a day: its own, or those of the phase the day lies in. Decides by the moment of release, on days that begin at 00:00 UTC. Refuses
 * nothing: phases that overlap or leave the agreement's days do not load (faults.ts).
 */
import type { Agreement } from '../../generated/policy.ts'

export type Phase = NonNullable<Agreement['phases']>[number]

export interface Terms {
  /** the name of the phase; null: none, the agreement's own terms */
  readonly phase: string | null
  /** the agreement as it reads in that phase */
  readonly agreement: Agreement
}

/** `at`: an instant or a day, UTC. */
export function termsAt(agreement: Agreement, at: string): Terms {
  const day = at.slice(0, 10)
  const phase = agreement.phases?.find(({ from, to }) => from <= day && day < to)
  return phase === undefined ? { phase: null, agreement } : { phase: phase.name, agreement: inPhase(agreement, phase) }
}

/** Each member the phase names stands instead of the agreement's. */
export function inPhase(agreement: Agreement, phase: Phase): Agreement {
  const { name: _name, from: _from, to: _to, ...terms } = phase
  return { ...agreement, ...terms }
}
