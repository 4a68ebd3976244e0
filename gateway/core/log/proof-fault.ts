/**
 * What can be wrong with a proof, by stable names: what `sallyport verify` says and scripts may compare. Decides the words; a name is never
 * reused for another meaning. That something is not proved is a value here, not an error.
 */

export const PROOF_FAULTS = {
  format: 'The bytes are not of the form they should have.',
  origin: 'It is of another log than the key.',
  signature: 'No key you gave signed it, or a signature under one of them is false.',
  inclusion: 'The log that was signed does not hold this.',
  commitment: 'What it says is not what the entry commits to.',
  consistency: 'It contradicts another checkpoint of the same log.'
} as const

export type ProofFault = keyof typeof PROOF_FAULTS

/** What was found, or what failed first and where: places and numbers, never contents. */
export type Checked<T> =
  | { readonly ok: true; readonly found: T }
  | { readonly ok: false; readonly failed: ProofFault; readonly where: string }

export function proved<T>(found: T): Checked<T> {
  return { ok: true, found }
}

export function notProved(failed: ProofFault, where: string): { readonly ok: false; readonly failed: ProofFault; readonly where: string } {
  return { ok: false, failed, where }
}
