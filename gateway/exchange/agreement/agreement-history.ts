/** The life of an agreement as it is kept: its versions, who signed each, and what the log says. Decides nothing; that an officer read it is an entry. */
import type { Json } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import { claimOf } from '../../seal/approval.ts'
import { agreementEntries, listApprovals, listVersions } from '../../store/agreements.ts'
import type { Db } from '../../store/pool.ts'
import { readAtDesk } from '../audit/audit.ts'
import type { AgreementRoom } from './agreement-words.ts'

interface Signature {
  readonly as: string
  readonly officer: string
  /** RFC 7638 thumbprint */
  readonly key: string
  readonly decision: string
  readonly at: string
}

export interface VersionTold {
  readonly version: number
  readonly hash: string
  readonly state: string
  /** of its state */
  readonly since: string
  readonly signed: readonly Signature[]
}

export interface History {
  readonly agreement: string
  readonly versions: readonly VersionTold[]
  /** statements of the log, in its order */
  readonly entries: readonly { readonly [member: string]: Json }[]
}

/** RequestError agreement-unknown: no version was ever proposed. */
export async function versionsTold(db: Db, agreement: string): Promise<readonly VersionTold[]> {
  const rows = await listVersions(db, agreement)
  if (rows.length === 0) throw new RequestError('agreement-unknown')
  const kept = await listApprovals(
    db,
    rows.map(({ hash }) => hash)
  )
  return rows.map(({ version, hash, state, since }) => {
    const signed = kept
      .filter((row) => row.hash === hash)
      .map(({ role, officer, key, jws }) => ({ as: role, officer, key, ...saidIn(jws) }))
    return { version, hash, state, since: since.toISOString(), signed }
  })
}

function saidIn(jws: string): Pick<Signature, 'decision' | 'at'> {
  const { decision, at } = claimOf(jws) // verified before it was kept
  return { decision, at }
}

/** At the officers' desk. */
export async function historyOf({ pool, now }: AgreementRoom, agreement: string, account: string): Promise<History> {
  const [found] = await readAtDesk(pool, { account, at: now(), what: 'agreements', about: { agreement } }, async (db) => {
    const versions = await versionsTold(db, agreement)
    const entries = (await agreementEntries(db, agreement)).map(({ statement }) => JSON.parse(statement) as History['entries'][number]) // our own entries
    return [{ agreement, versions, entries }]
  })
  if (found === undefined) throw new RequestError('agreement-unknown')
  return found
}
