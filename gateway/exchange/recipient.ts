/** The encryption key an agreement names, among the recipient's registered keys. Refuses an agreement whose recipient has no such key (any more). */
import { PolicyError } from '../core/errors.ts'
import type { Agreement } from '../generated/policy.ts'
import type { PublicJwk } from '../seal/keyring.ts'

/** PolicyError key-missing. */
export function recipientKeyOf(registered: { readonly keys: readonly PublicJwk[] } | null | undefined, agreement: Agreement): PublicJwk {
  const key = registered?.keys.find((candidate) => candidate.kid === agreement.recipientKey)
  if (key === undefined) throw new PolicyError('key-missing', [{ path: 'recipientKey', message: 'is not among the keys of the recipient' }])
  return key
}
