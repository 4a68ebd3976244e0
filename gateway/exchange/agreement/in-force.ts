/** The version of an agreement that is in force at this gateway, or suspended. Refuses an agreement of which none is. */
import type { Pool } from 'pg'
import type { HashedAgreement } from '../../core/agreement/policies.ts'
import { RequestError } from '../../core/errors.ts'
import type { Agreement } from '../../generated/policy.ts'
import { listVersions } from '../../store/agreements.ts'
import { findPolicy } from '../../store/policies.ts'

export type Compared = Pick<HashedAgreement, 'agreement' | 'hash'>

/** RequestError agreement-unknown. */
export async function inForceHere(pool: Pool, id: string): Promise<Compared & Pick<HashedAgreement, 'state'>> {
  const version = (await listVersions(pool, id)).find(({ state }) => state === 'active' || state === 'suspended')
  const body = version === undefined ? null : await findPolicy(pool, version.hash)
  if (version === undefined || body === null) throw new RequestError('agreement-unknown', 'No version of it is in force here: name a file.')
  return { agreement: JSON.parse(body) as Agreement, hash: version.hash, state: version.state } // validated before it was kept, and held against its hash
}
