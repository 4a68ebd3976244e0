/**
 * The shape of every decision: permit with what is granted, or deny with reasons. Deny is a value, not an error. Both carry the
 * hashes of the policies that were asked, so that an entry of the log can name them, and the ids of the rules that decided.
 */
import type { Code } from './errors.ts'

/** Why something is denied: a stable code, and the rule that decided, such as `demo-safe-harbor@1/expires`. */
export interface Reason {
  readonly code: Code
  readonly rule: string
}

export interface Permit<Granted> {
  readonly verdict: 'permit'
  readonly granted: Granted
  /** ids of the rules that decided */
  readonly rules: readonly string[]
  /** `sha256:…` of each policy asked */
  readonly policies: readonly string[]
}

export interface Deny {
  readonly verdict: 'deny'
  readonly reasons: readonly [Reason, ...Reason[]]
  readonly policies: readonly string[]
}

export type Decision<Granted> = Permit<Granted> | Deny

export function permit<Granted>(granted: Granted, rules: readonly string[], policies: readonly string[]): Permit<Granted> {
  return { verdict: 'permit', granted, rules, policies }
}

export function deny(reason: Reason, policies: readonly string[]): Deny {
  return { verdict: 'deny', reasons: [reason], policies }
}
