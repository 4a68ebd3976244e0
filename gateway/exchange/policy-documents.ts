/**
 * The policies a disclosure is made under, by hash: read from the database row that was committed when it began, which is held
 * against the hash (store/policies.ts). So every replica enforces the same text, whatever its policy folder says meanwhile. Refuses a document that is not there.
 */
import type { Pool } from 'pg'
import type { Profile } from '../core/deidentify/profile/profile.ts'
import type { Agreement } from '../generated/policy.ts'
import { findPolicy } from '../store/policies.ts'

export interface PolicyHashes {
  readonly agreement_hash: string
  readonly profile_hash: string
}

async function load<T>(pool: Pool, hash: string): Promise<T> {
  return JSON.parse(await findPolicy(pool, hash)) as T // it was validated against its schema before it was kept, and the hash says it is the same text
}

/** IntegrityError policy-missing | policy-altered. */
export async function policyDocuments(pool: Pool, hashes: PolicyHashes): Promise<{ agreement: Agreement; profile: Profile }> {
  return { agreement: await load<Agreement>(pool, hashes.agreement_hash), profile: await load<Profile>(pool, hashes.profile_hash) }
}
