/**
 * When versions of agreements were last attested: by the privacy officer's approval, or by a later word. Decides by core/agreement/reattestation.ts. Believes no word
 * whose signature does not verify under the key kept with it; a version without any is overdue.
 */
import type { Subject } from '../../core/agreement/approval.ts'
import { certificateOf } from '../../core/agreement/certificate.ts'
import { type Policies, profileOf } from '../../core/agreement/policies.ts'
import { overdue, type Term, termsOf } from '../../core/agreement/reattestation.ts'
import { RequestError } from '../../core/errors.ts'
import type { Agreement } from '../../generated/policy.ts'
import { verifyApproval } from '../../seal/approval.ts'
import type { PublicJwk } from '../../seal/keyring.ts'
import { listAttestations, listVersions } from '../../store/agreements.ts'
import { findPolicy } from '../../store/policies.ts'
import type { Db } from '../../store/pool.ts'

/** Moments of words that were verified, by what was verified: a word never changes. */
export type VerifiedWords = Map<string, string | null>

type Kept = Awaited<ReturnType<typeof listAttestations>>[number]

/** null: it does not count. */
async function momentOf({ hash, jwk, jws }: Kept): Promise<string | null> {
  try {
    const { approval } = await verifyApproval(jws, [JSON.parse(jwk) as PublicJwk]) // written by rowOfWord
    const counts = approval.as === 'privacy-officer' && (approval.decision === 'approve' || approval.decision === 'reattest')
    return counts && approval.hash === hash ? approval.at : null
  } catch (error) {
    if (error instanceof RequestError) return null
    throw error
  }
}

async function attestedAt(db: Db, hashes: readonly string[], verified: VerifiedWords): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  if (hashes.length === 0) return found
  for (const row of await listAttestations(db, hashes)) {
    const key = `${row.hash} ${row.jws} ${row.jwk}`
    const at = verified.get(key) ?? (await momentOf(row))
    verified.set(key, at)
    if (at !== null && at > (found.get(row.hash) ?? '')) found.set(row.hash, at)
  }
  return found
}

/** By hash: by when each of these must be attested anew. */
export async function termsNow(
  db: Db,
  versions: readonly Subject[],
  { profiles }: Pick<Policies, 'profiles'>,
  verified: VerifiedWords
): Promise<ReadonlyMap<string, readonly Term[]>> {
  const asked = versions.filter(({ agreement }) => agreement.reattestation !== undefined).map(({ hash }) => hash)
  const attested = await attestedAt(db, asked, verified)
  return new Map(
    versions.map(({ agreement, hash }) => {
      const profile = profileOf({ profiles }, agreement)?.profile
      return [hash, termsOf(agreement, profile === undefined ? null : certificateOf(profile), attested.get(hash) ?? null)]
    })
  )
}

/** RequestError attestation-due: it would suspend itself again. */
export async function requireAttested(
  db: Db,
  { policies }: { readonly policies: Pick<Policies, 'profiles'> },
  version: Subject,
  at: Date
): Promise<void> {
  const terms = (await termsNow(db, [version], policies, new Map())).get(version.hash) ?? []
  if (overdue(terms, at.toISOString().slice(0, 10)) !== null) throw new RequestError('attestation-due')
}

/** By when the version that is in force, or suspended, must be attested anew. */
export async function termsOfStanding(
  { pool, policies }: { readonly pool: Db; readonly policies: Pick<Policies, 'profiles'> },
  id: string
): Promise<readonly Term[]> {
  const found = (await listVersions(pool, id)).find(({ state }) => state === 'active' || state === 'suspended')
  const body = found === undefined ? null : await findPolicy(pool, found.hash)
  if (found === undefined || body === null) return []
  const version = { agreement: JSON.parse(body) as Agreement, hash: found.hash } // validated before it was kept, and held against its hash
  return (await termsNow(pool, [version], policies, new Map())).get(found.hash) ?? []
}
