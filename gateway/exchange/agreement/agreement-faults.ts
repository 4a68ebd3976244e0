/** Whether an agreement can be enforced among the parties and profiles as they are now. They may be others than when it was signed: it is asked again at each step into force. */
import { agreementFaults } from '../../core/agreement/faults.ts'
import type { Policies } from '../../core/agreement/policies.ts'
import { PolicyError } from '../../core/errors.ts'
import type { Agreement } from '../../generated/policy.ts'

type Around = Pick<Policies, 'parties' | 'profiles'>

/** Whoever wrote the text was told by `agreement check` which word was nearest. */
const nearest = (): null => null

export function isSound(agreement: Agreement, { parties, profiles }: Around): boolean {
  return agreementFaults(agreement, { parties, profiles, nearest }).length === 0
}

/** PolicyError agreement-invalid with every fault. */
export function requireSound(agreement: Agreement, { parties, profiles }: Around): void {
  const faults = agreementFaults(agreement, { parties, profiles, nearest })
  if (faults.length > 0) throw new PolicyError('agreement-invalid', faults)
}
