/**
 * The life of a dispute: open → answered → replayed → closed, by a table. Decides which act leads from which state where, and until when the other party answers
 * and an officer decides. Refuses every act on what is closed, and words after the day of the decision.
 */
import type { Code } from '../errors.ts'

export type DisputeState = 'open' | 'answered' | 'replayed' | 'closed'
export type DisputeAct = 'state' | 'answer' | 'replay' | 'close'
export const ABOUT = ['disclosure', 'count', 'quality'] as const
export type About = (typeof ABOUT)[number]
export const OUTCOMES = ['upheld', 'rejected', 'settled', 'withdrawn'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** `state`: more words of who opened it; `answer`: words of the other party. */
const NEXT: Readonly<Record<DisputeState, Readonly<Record<DisputeAct, DisputeState | null>>>> = {
  open: { state: 'open', answer: 'answered', replay: 'replayed', close: 'closed' },
  answered: { state: 'answered', answer: 'answered', replay: 'replayed', close: 'closed' },
  replayed: { state: 'replayed', answer: 'replayed', replay: 'replayed', close: 'closed' },
  closed: { state: null, answer: null, replay: null, close: null }
}

/** Where an agreement names no days. */
const DAYS = 30
const DAY_MS = 86_400_000
/** UTF-16 units of a statement, and statements of a party in a dispute: nobody fills the disk, nor takes the other's room. */
export const MOST_WORDS = 4000
export const MOST_STATEMENTS = 25

export interface Deadlines {
  readonly answerBy: Date
  readonly decideBy: Date
}

/** The other party answers within the agreement's days; an officer decides in as many more. */
export function deadlinesOf(openedAt: Date, dispute: { readonly days: number } | undefined): Deadlines {
  const days = dispute?.days ?? DAYS
  return { answerBy: new Date(openedAt.getTime() + days * DAY_MS), decideBy: new Date(openedAt.getTime() + 2 * days * DAY_MS) }
}

/** The state after the act, or why it may not be. */
export function afterAct(
  state: DisputeState,
  act: DisputeAct,
  at: Date,
  { decideBy }: Pick<Deadlines, 'decideBy'>
): { readonly state: DisputeState } | { readonly refused: Code } {
  const next = NEXT[state][act]
  if (next === null) return { refused: 'dispute-closed' }
  const words = act === 'state' || act === 'answer'
  return words && at.getTime() > decideBy.getTime() ? { refused: 'dispute-overdue' } : { state: next }
}

/** What is late: the other party's answer, or the decision. */
export function lateOf(state: DisputeState, at: Date, { answerBy, decideBy }: Deadlines): 'answer' | 'decision' | null {
  if (state === 'closed') return null
  if (at.getTime() > decideBy.getTime()) return 'decision'
  return state === 'open' && at.getTime() > answerBy.getTime() ? 'answer' : null
}
