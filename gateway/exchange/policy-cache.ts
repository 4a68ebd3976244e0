/** The policies a worker enforces, compiled once for each pair of hashes and kept. Decides nothing. */
import type { Pool } from 'pg'
import { inScope } from '../core/agreement/scope.ts'
import { compileProfile, type Engine } from '../core/deidentify/compile.ts'
import { isRecordProfile, type RecordProfile } from '../core/deidentify/profile.ts'
import { IntegrityError } from '../core/errors.ts'
import type { Agreement } from '../generated/policy.ts'
import { type PolicyHashes, policyDocuments } from './policy-documents.ts'

export interface Enforced {
  readonly agreement: Agreement
  readonly profile: RecordProfile
  readonly engine: Engine
  readonly scope: ReturnType<typeof inScope>
}

export type PolicyCache = Map<string, Promise<Enforced>>

async function compile(pool: Pool, hashes: PolicyHashes): Promise<Enforced> {
  const { agreement, profile } = await policyDocuments(pool, hashes)
  if (!isRecordProfile(profile)) throw new IntegrityError('policy-invalid', { policy: hashes.profile_hash })
  return { agreement, profile, engine: compileProfile(profile, agreement.resources), scope: inScope(agreement) }
}

/** The compiled policies of a disclosure. IntegrityError policy-invalid when a row is not what its hash says. */
export function enforced(cache: PolicyCache, pool: Pool, disclosure: PolicyHashes): Promise<Enforced> {
  const key = `${disclosure.agreement_hash} ${disclosure.profile_hash}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const loading = compile(pool, disclosure)
  cache.set(key, loading)
  loading.catch(() => cache.delete(key))
  return loading
}
