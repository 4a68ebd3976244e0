/**
 * The policies a running disclosure enforces, by hash: read from the database row that was committed when it began, checked
 * against the hash, compiled once. So every replica enforces the same text, whatever its policy folder says meanwhile.
 */
import type { Pool } from 'pg'
import { inScope } from '../core/agreement/scope.ts'
import { compileProfile, type Engine } from '../core/deidentify/compile.ts'
import { contentHash, type Json } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import type { Agreement, Profile } from '../generated/policy.ts'
import { findPolicy } from '../store/policies.ts'

export interface Enforced {
  readonly agreement: Agreement
  readonly profile: Profile
  readonly engine: Engine
  readonly scope: ReturnType<typeof inScope>
}

export type PolicyCache = Map<string, Promise<Enforced>>

async function load<T>(pool: Pool, hash: string): Promise<T> {
  const body = await findPolicy(pool, hash)
  const value = body === null ? null : (JSON.parse(body) as Json)
  if (value === null || contentHash(value) !== hash) throw new IntegrityError('policy-invalid', { policy: hash })
  return value as T // it was validated against its schema before it was kept, and the hash says it is the same text
}

async function compile(pool: Pool, agreementHash: string, profileHash: string): Promise<Enforced> {
  const agreement = await load<Agreement>(pool, agreementHash)
  const profile = await load<Profile>(pool, profileHash)
  return { agreement, profile, engine: compileProfile(profile, agreement.resources), scope: inScope(agreement) }
}

/** The compiled policies of a disclosure. IntegrityError policy-invalid when a row is not what its hash says. */
export function enforced(
  cache: PolicyCache,
  pool: Pool,
  disclosure: { readonly agreement_hash: string; readonly profile_hash: string }
): Promise<Enforced> {
  const key = `${disclosure.agreement_hash} ${disclosure.profile_hash}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const loading = compile(pool, disclosure.agreement_hash, disclosure.profile_hash)
  cache.set(key, loading)
  loading.catch(() => cache.delete(key))
  return loading
}
