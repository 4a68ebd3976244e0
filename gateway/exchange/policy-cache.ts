/** The policies a worker enforces, compiled once for each pair of hashes and day of release (the phase may be another on the next), and kept. Decides nothing. */
import type { Pool } from 'pg'
import { inScope } from '../core/agreement/scope.ts'
import { compileProfile, type Engine } from '../core/deidentify/compile/compile.ts'
import { isRecordProfile, type RecordProfile } from '../core/deidentify/profile/profile.ts'
import type { Words } from '../core/scrub/words/words.ts'
import type { AggregateProfile, Agreement } from '../generated/policy.ts'
import { type MadeUnder, momentOf, policyDocuments } from './policy-documents.ts'

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
  readonly enforced: Map<string, { readonly day: string; readonly loading: Promise<Enforced> }>
  /** the dictionaries of core/scrub, once a thread: called where a profile scrubs text */
  readonly loadWords: () => Words
}

async function compile({ loadWords }: PolicyCache, pool: Pool, disclosure: MadeUnder): Promise<Enforced> {
  const { agreement, profile } = await policyDocuments(pool, disclosure)
  const scope = inScope(agreement)
  if (!isRecordProfile(profile)) return { kind: 'counting', agreement, profile, scope }
  return { kind: 'records', agreement, profile, engine: compileProfile(profile, agreement.resources, null, loadWords), scope }
}

/** The compiled policies of a disclosure. IntegrityError policy-missing | policy-altered. */
export function enforced(cache: PolicyCache, pool: Pool, disclosure: MadeUnder): Promise<Enforced> {
  const key = `${disclosure.agreement_hash} ${disclosure.profile_hash}`
  const day = momentOf(disclosure).slice(0, 10)
  const known = cache.enforced.get(key)
  if (known?.day === day) return known.loading
  const loading = compile(cache, pool, disclosure)
  cache.enforced.set(key, { day, loading })
  loading.catch(() => cache.enforced.delete(key))
  return loading
}
