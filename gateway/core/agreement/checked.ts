/** What is told of a text of an agreement that somebody asks about: its faults, and whether its own days say that it may be in force. Who approved it is not asked here. */
import type { Code, Fault } from '../errors.ts'
import { isActive } from './decide.ts'
import type { HashedAgreement } from './policies.ts'

export interface Checked {
  readonly valid: boolean
  readonly hash: string | null
  /** 'yes', or the code of why not; null: its shape is wrong */
  readonly withinItsDays: Code | 'yes' | null
  readonly faults: readonly Fault[]
}

/** `at`: ISO 8601, UTC. */
export function checkedOf(agreement: HashedAgreement | null, faults: readonly Fault[], at: string): Checked {
  const withinItsDays = agreement === null ? null : (isActive({ ...agreement, state: 'active' }, at) ?? 'yes')
  return { valid: faults.length === 0, hash: agreement?.hash ?? null, withinItsDays, faults }
}
