/** The encryption key an agreement names, among the recipient's registered keys. Refuses an agreement whose recipient has no such key (any more). */
import { PolicyError } from '../../core/errors.ts'
import type { Agreement } from '../../generated/policy.ts'
import type { PublicJwk } from '../../seal/keyring.ts'
import { type DisclosureRow, findDisclosure } from '../../store/disclosures.ts'
import type { House, WorkRef } from '../house.ts'
import { policyDocuments } from '../policy-documents.ts'

/** PolicyError key-missing; UpstreamError where the recipient serves its keys and does not answer. */
export async function recipientKey(house: Pick<House, 'keysOf'>, recipient: string, agreement: Agreement): Promise<PublicJwk> {
  const { recipientKey: kid } = agreement
  const registered = await house.keysOf(recipient, { kid })
  const key = registered?.keys.find((candidate) => candidate.kid === kid && candidate.use === 'enc')
  if (key === undefined) throw new PolicyError('key-missing', [{ path: 'recipientKey', message: 'is not among the keys of the recipient' }])
  return key
}

/** The key a thread seals a shard to: threads fetch nothing. Null where the form of the agreement needs none before the manifest. */
export async function sealingKey(house: House, { disclosure }: WorkRef): Promise<PublicJwk | null> {
  const row: DisclosureRow | null = await findDisclosure(house.pool, disclosure)
  if (row === null || row.state !== 'sealing') return null
  const { agreement } = await policyDocuments(house.pool, row)
  return agreement.sealedForm === 'cms' ? recipientKey(house, row.recipient, agreement) : null
}
