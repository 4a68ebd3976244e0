/** The policies a worker enforces, compiled once for each pair of hashes and kept. Decides nothing. */
import type { Pool } from 'pg'
import { inScope } from '../core/agreement/scope.ts'
import { compileProfile, type Engine } from '../core/deidentify/compile/compile.ts'
import { isRecordProfile, type RecordProfile } from '../core/deidentify/profile/profile.ts'
import type { Words } from '../core/scrub/words/words.ts'
import type { AggregateProfile, Agreement } from '../generated/policy.ts'
import { type PolicyHashes, policyDocuments } from './policy-documents.ts'

/** Records leave. */
export interface EnforcedRecords {
  readonly kind: 'records'
  readonly agreement: Agreement
  readonly profile: RecordProfile
  readonly engine: Engine
  readonly scope: ReturnType<typeof inScope>
}

/** Only counts do. */
export interface EnforcedCounting {
  readonly kind: 'counting'
  readonly agreement: Agreement
  readonly profile: AggregateProfile
  readonly scope: ReturnType<typeof inScope>
}

export type Enforced = EnforcedRecords | EnforcedCounting

export interface PolicyCache {
  readonly enforced: Map<string, Promise<Enforced>>
  /** the dictionaries of core/scrub, once a thread: called where a profile scrubs text */
  readonly loadWords: () => Words
}

async function compile({ loadWords }: PolicyCache, pool: Pool, hashes: PolicyHashes): Promise<Enforced> {
  const { agreement, profile } = await policyDocuments(pool, hashes)
  const scope = inScope(agreement)
  if (!isRecordProfile(profile)) return { kind: 'counting', agreement, profile, scope }
  return { kind: 'records', agreement, profile, engine: compileProfile(profile, agreement.resources, null, loadWords), scope }
}

/** The compiled policies of a disclosure. IntegrityError policy-missing | policy-altered. */
export function enforced(cache: PolicyCache, pool: Pool, disclosure: PolicyHashes): Promise<Enforced> {
  const key = `${disclosure.agreement_hash} ${disclosure.profile_hash}`
  const known = cache.enforced.get(key)
  if (known !== undefined) return known
  const loading = compile(cache, pool, disclosure)
  cache.enforced.set(key, loading)
  loading.catch(() => cache.enforced.delete(key))
  return loading
}
