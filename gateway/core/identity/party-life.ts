/**
 * The life of a party, and of an officer's standing, as tables: in which standing who may do what, and what it is then; and why. Decides the next standing or says by
 * which code the act is refused; what is not in the table is refused. Who is revoked never comes back under the same id, nor does a key that was retired or revoked.
 */
import type { PublicJwk } from '../../generated/policy.ts'
import type { Code } from '../errors.ts'
import type { Standing } from './registry.ts'

/** unknown: there is nobody of that id. invited: a code is out. waiting: what was offered waits for an officer. */
export type PartyState = 'unknown' | 'invited' | 'waiting' | Standing

export type PartyAct =
  | 'invite'
  | 'offer'
  | 'decline'
  | 'confirm'
  | 'register'
  | 'add-key'
  | 'amend'
  | 'confirm-change'
  | 'decline-change'
  | 'retire-key'
  | 'revoke-key'
  | 'suspend'
  | 'resume'
  | 'revoke'

/** desk: whoever has the gateway's machine. self: the party, or an officer who keeps its keys. guest: whoever holds the code of an invitation. */
export type PartyActor = 'desk' | 'operator' | 'self' | 'guest'

interface Row {
  readonly act: PartyAct
  readonly from: readonly PartyState[]
  readonly who: readonly PartyActor[]
  readonly to: PartyState | 'as it was'
}

const HOUSE: readonly PartyActor[] = ['desk', 'operator']
const KEEPERS: readonly PartyActor[] = [...HOUSE, 'self']

const LIFE: readonly Row[] = [
  { act: 'invite', from: ['unknown', 'invited'], who: HOUSE, to: 'invited' },
  { act: 'offer', from: ['invited'], who: ['guest'], to: 'waiting' },
  { act: 'decline', from: ['invited', 'waiting'], who: HOUSE, to: 'unknown' },
  // by another officer than who invited
  { act: 'confirm', from: ['waiting'], who: HOUSE, to: 'active' },
  { act: 'register', from: ['unknown'], who: ['desk'], to: 'waiting' },
  // an operator's waits for another one
  { act: 'add-key', from: ['active'], who: KEEPERS, to: 'as it was' },
  { act: 'amend', from: ['active'], who: HOUSE, to: 'as it was' },
  { act: 'confirm-change', from: ['active'], who: HOUSE, to: 'as it was' },
  { act: 'decline-change', from: ['active', 'suspended', 'revoked'], who: HOUSE, to: 'as it was' },
  { act: 'retire-key', from: ['active'], who: KEEPERS, to: 'as it was' },
  // what is stolen dies in any standing
  { act: 'revoke-key', from: ['active', 'suspended'], who: KEEPERS, to: 'as it was' },
  { act: 'suspend', from: ['active'], who: HOUSE, to: 'suspended' },
  { act: 'resume', from: ['suspended'], who: HOUSE, to: 'active' },
  { act: 'revoke', from: ['active', 'suspended'], who: HOUSE, to: 'revoked' }
]

export type PartyStep = { readonly state: PartyState } | { readonly code: Code }

/** The state after the act, or the code that refuses it: party-unknown, party-out-of-state, not-an-operator. */
export function nextPartyState(state: PartyState, act: PartyAct, who: PartyActor): PartyStep {
  const row = LIFE.find((candidate) => candidate.act === act)
  if (row === undefined || !row.who.includes(who)) return { code: 'not-an-operator' }
  if (!row.from.includes(state)) return { code: state === 'unknown' ? 'party-unknown' : 'party-out-of-state' }
  return { state: row.to === 'as it was' ? state : row.to }
}

const STANDINGS: ReadonlySet<PartyState> = new Set(['active', 'suspended', 'revoked'])

/** Every change of standing that may be: what the database holds a row to. */
export function standingTransitions(): readonly (readonly [from: PartyState, to: PartyState])[] {
  return LIFE.flatMap(({ from, to }) =>
    to === 'as it was'
      ? []
      : from.filter((state) => STANDINGS.has(state) && STANDINGS.has(to) && state !== to).map((state) => [state, to] as const)
  )
}

/** Why: words of RFC 5280 §5.3.1, so that entries hold a code and never a story. */
export const REASONS = [
  'unspecified',
  'key-compromise',
  'affiliation-changed',
  'superseded',
  'cessation-of-operation',
  'privilege-withdrawn'
] as const
export type Reason = (typeof REASONS)[number]

/** Has the party what it needs to sign in once these are its keys? A party must never lock itself out by retiring its last key. */
export function canSignIn(keys: readonly Pick<PublicJwk, 'use'>[]): boolean {
  return keys.some(({ use }) => use === 'sig')
}
