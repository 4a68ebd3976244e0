/** Who signed a version of an agreement, with the very words each signed. Decides nothing; that an officer read them is an entry. */
import type { Pool } from 'pg'
import { claimOf } from '../../seal/approval.ts'
import { listApprovals } from '../../store/agreements.ts'
import { readAtDesk } from '../audit/audit.ts'

interface Signature {
  readonly as: string
  readonly officer: string
  readonly at: string
  /** compact JWS, verified before it was kept */
  readonly jws: string
}

/** At the officers' desk. */
export async function signaturesOf(
  pool: Pool,
  { agreement, hash }: { readonly agreement: string; readonly hash: string },
  { account, at }: { readonly account: string; readonly at: Date }
): Promise<readonly Signature[]> {
  const kept = await readAtDesk(pool, { account, at, what: 'agreements', about: { agreement } }, (db) => listApprovals(db, [hash]))
  return kept.map(({ role, officer, jws }) => ({ as: role, officer, jws, at: claimOf(jws).at }))
}
