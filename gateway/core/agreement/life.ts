/**
 * The life of a version of an agreement, as a table: in which state who may do what, and what it is then. Decides the next state or says by which code the
 * act is refused; what is not in the table is refused. Only `active` lets anything in or out. A text that was approved is never another: it ends, and a newer version begins.
 */
import type { Approval } from '../../generated/policy.ts'
import type { Code } from '../errors.ts'

/** draft: a document nobody proposed. superseded: a newer version is active in its place. */
export type AgreementState = 'draft' | 'proposed' | 'approved' | 'active' | 'suspended' | 'expired' | 'revoked' | 'superseded'

export type Act = 'propose' | 'approve' | 'complete' | 'reject' | 'activate' | 'suspend' | 'resume' | 'revoke' | 'expire' | 'supersede'

/** Who acts: a side of the agreement, an officer of the house, or the gateway as the day comes. */
export type Actor = Approval['as'] | 'gateway'

interface Row {
  readonly act: Act
  readonly from: readonly AgreementState[]
  readonly who: readonly Actor[]
  readonly to: AgreementState
}

const SIDES: readonly Actor[] = ['source', 'recipient', 'privacy-officer']

const LIFE: readonly Row[] = [
  { act: 'propose', from: ['draft'], who: ['proposer'], to: 'proposed' },
  { act: 'approve', from: ['proposed'], who: SIDES, to: 'proposed' },
  { act: 'reject', from: ['proposed'], who: SIDES, to: 'revoked' },
  // the third approval was given
  { act: 'complete', from: ['proposed'], who: ['gateway'], to: 'approved' },
  // its first day has come, and no earlier version stands suspended
  { act: 'activate', from: ['approved'], who: ['gateway'], to: 'active' },
  { act: 'suspend', from: ['active'], who: [...SIDES, 'gateway'], to: 'suspended' },
  { act: 'resume', from: ['suspended'], who: ['privacy-officer'], to: 'active' },
  { act: 'revoke', from: ['proposed', 'approved', 'active', 'suspended'], who: SIDES, to: 'revoked' },
  // what is suspended stays so past its last day: the calendar lifts no suspension for a newer version
  { act: 'expire', from: ['proposed', 'approved', 'active'], who: ['gateway'], to: 'expired' },
  { act: 'supersede', from: ['active'], who: ['gateway'], to: 'superseded' }
]

export type Step = { readonly state: AgreementState } | { readonly code: Code }

/** The state after the act, or the code that refuses it: out-of-state, not-an-approver. */
export function nextState(state: AgreementState, act: Act, who: Actor): Step {
  const row = LIFE.find((candidate) => candidate.act === act)
  if (row === undefined || !row.from.includes(state)) return { code: 'out-of-state' }
  return row.who.includes(who) ? { state: row.to } : { code: 'not-an-approver' }
}

/** Every change of state that may be: what the database holds a row to. */
export function transitions(): readonly (readonly [from: AgreementState, to: AgreementState])[] {
  return LIFE.flatMap(({ from, to }) => from.filter((state) => state !== to).map((state) => [state, to] as const))
}

/** Which of several versions of an agreement speaks for it at the doors: the one in force, else one that was, else what is to come; of two, the newer. */
const SPEAKS: readonly AgreementState[] = ['active', 'suspended', 'revoked', 'expired', 'approved', 'proposed', 'draft']

/** null when none of them may (all are superseded). */
export function speaking<Version extends { readonly version: number; readonly state: AgreementState }>(
  versions: readonly Version[]
): Version | null {
  const rank = ({ state }: Version): number => SPEAKS.indexOf(state)
  const [first] = versions.filter((version) => rank(version) >= 0).toSorted((a, b) => rank(a) - rank(b) || b.version - a.version)
  return first ?? null
}

/** What the day makes of a version: its first day has come, or its end has. null: nothing. `day` is YYYY-MM-DD, UTC. */
export function dueAct(
  { state }: { readonly state: AgreementState },
  { effective, expires }: { readonly effective: string; readonly expires: string },
  day: string
): 'activate' | 'expire' | null {
  if (day >= expires) return 'code' in nextState(state, 'expire', 'gateway') ? null : 'expire'
  return state === 'approved' && day >= effective ? 'activate' : null
}
