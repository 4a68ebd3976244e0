/**
 * The policies a disclosure is made under, by hash: read from the database row that was committed when it began, which is held
 * against the hash (store/policies.ts). So every replica enforces the same text, in the phase of the same moment, whatever its policy folder says meanwhile. Refuses a document that is not there.
 */
import type { Pool } from 'pg'
import { termsAt } from '../core/agreement/phases.ts'
import type { Profile } from '../core/deidentify/profile/profile.ts'
import type { Agreement } from '../generated/policy.ts'
import { findPolicy } from '../store/policies.ts'

/** Of a disclosure's row. */
export interface MadeUnder {
  readonly agreement_hash: string
  readonly profile_hash: string
  /** the moment of release; null: it has not begun */
  readonly at: Date | null
  readonly created_at: Date
}

/** ISO 8601, UTC. */
export function momentOf({ at, created_at }: Pick<MadeUnder, 'at' | 'created_at'>): string {
  return (at ?? created_at).toISOString()
}

async function load<T>(pool: Pool, hash: string): Promise<T> {
  return JSON.parse(await findPolicy(pool, hash)) as T // it was validated against its schema before it was kept, and the hash says it is the same text
}

/** The agreement as it was signed, with all its phases. IntegrityError policy-missing | policy-altered. */
export async function signedAgreement(pool: Pool, disclosure: MadeUnder): Promise<Agreement> {
  return load<Agreement>(pool, disclosure.agreement_hash)
}

/** The agreement as it reads in the phase of the moment of release. IntegrityError policy-missing | policy-altered. */
export async function policyDocuments(pool: Pool, disclosure: MadeUnder): Promise<{ agreement: Agreement; profile: Profile }> {
  const { agreement } = termsAt(await signedAgreement(pool, disclosure), momentOf(disclosure))
  return { agreement, profile: await load<Profile>(pool, disclosure.profile_hash) }
}
