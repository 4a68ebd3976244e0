/**
 * Datasets as an officer asks for them: what left, to whom, why, and under which rule. The list goes by the rows, and by policies that are what their hash says; where the
 * text of one is not there, what it would tell is null. One that was released is told by its entry, proved. Each reading is an entry. Names no person.
 */
import type { Pool } from 'pg'
import { IntegrityError, RequestError } from '../../core/errors.ts'
import type { DatasetStatement } from '../../core/log/statement.ts'
import { isOwnId } from '../../core/own-id.ts'
import type { Agreement, Profile } from '../../generated/policy.ts'
import { type DisclosureRow, findDisclosure, listDisclosures } from '../../store/disclosures.ts'
import { findPolicy, keptPolicies } from '../../store/policies.ts'
import { type DisclosureCounts, NO_COUNTS } from '../accept/views.ts'
import { provenEntries } from '../accounting/proven-subjects.ts'
import { type Reading, readAtDesk } from '../audit/audit.ts'
import type { Rooms } from '../house.ts'
import { total } from '../tallies.ts'

type Reader = Pick<Reading, 'account' | 'at'>

export interface ListedDataset {
  readonly dataset: string
  readonly state: DisclosureRow['state']
  readonly reason: string | null
  readonly source: string
  readonly recipient: string
  readonly purposeOfUse: string | null
  readonly agreement: string
  readonly agreementVersion: number | null
  readonly agreementHash: string
  readonly legalReference: string | null
  readonly mode: string | null
  readonly profile: { readonly name: string | null; readonly version: number | null; readonly hash: string }
  /** RFC 3339 */
  readonly due: string
  readonly released: string | null
  /** records that left, and that did not */
  readonly records: { readonly released: number; readonly withheld: number; readonly rejected: number; readonly held: number }
  readonly counts: Readonly<Record<string, unknown>>
  /** texts and attachments that did not leave, by element and reason */
  readonly refusedTexts: unknown
}

function recordsOf(counts: Readonly<Record<string, unknown>>): ListedDataset['records'] {
  const { released, held, withheld, rejected, made = {} } = { ...NO_COUNTS, ...(counts as Partial<DisclosureCounts>) } // written by the gate step only
  return { released: released + total(made), withheld: total(withheld), rejected: total(rejected), held }
}

function listed(row: DisclosureRow, policies: ReadonlyMap<string, string>): ListedDataset {
  const of = <T>(hash: string): T | null => {
    const body = policies.get(hash)
    return body === undefined ? null : (JSON.parse(body) as T) // validated before it was kept
  }
  const agreement = of<Agreement>(row.agreement_hash)
  const profile = of<Profile>(row.profile_hash)
  return {
    dataset: row.id,
    state: row.state,
    reason: row.reason,
    source: row.source,
    recipient: row.recipient,
    purposeOfUse: agreement?.purposeOfUse ?? null,
    agreement: row.agreement,
    agreementVersion: agreement?.version ?? null,
    agreementHash: row.agreement_hash,
    legalReference: agreement?.legalReference ?? null,
    mode: agreement?.mode ?? null,
    profile: { name: profile?.name ?? null, version: profile?.version ?? null, hash: row.profile_hash },
    due: row.due_at.toISOString(),
    released: row.released_at?.toISOString() ?? null,
    records: recordsOf(row.counts),
    counts: row.counts,
    refusedTexts: row.gate?.['refusedTexts'] ?? {}
  }
}

const STATES = [
  'waiting',
  'releasing',
  'gating',
  'held',
  'sealing',
  'recording',
  'recorded',
  'ready',
  'refused',
  'empty',
  'withdrawn',
  'recalled',
  'expired'
] as const

export async function listDatasets(pool: Pool, reader: Reader): Promise<ListedDataset[]> {
  const rows = await readAtDesk(pool, { ...reader, what: 'datasets' }, (db) => listDisclosures(db, STATES))
  const policies = await keptPolicies(pool, [...new Set(rows.flatMap((row) => [row.agreement_hash, row.profile_hash]))])
  return rows.map((row) => listed(row, policies))
}

/** A dataset that was released, as its entry says. */
export interface ShownDataset {
  readonly state: DisclosureRow['state']
  /** place of its entry in the log, which was proved */
  readonly entry: number
  /** contract and rule, in the words of the agreement */
  readonly legalReference: string
  readonly statement: DatasetStatement
}

/** One dataset that was released. RequestError not-found | IntegrityError proof-invalid, policy-missing, policy-altered. */
export async function showDataset(rooms: Rooms, dataset: string, reader: Reader): Promise<ShownDataset> {
  const [row] = await readAtDesk(rooms.pool, { ...reader, what: 'datasets', about: isOwnId(dataset) ? { dataset } : {} }, async (db) => {
    const found = isOwnId(dataset) ? await findDisclosure(db, dataset) : null
    return found === null ? [] : [found]
  })
  if (row === undefined || row.statement === null)
    throw new RequestError('not-found', 'No such dataset was released: sallyport dataset list says how far each is.')
  const proven = (await provenEntries(rooms, [dataset])).get(dataset)
  if (proven === undefined) throw new IntegrityError('proof-invalid', { dataset, entry: 'not in the log' })
  if (proven.statement === null) throw new RequestError('not-found', 'What was said of this dataset has expired.')
  const { told } = proven.statement
  const { legalReference } = JSON.parse(await findPolicy(rooms.pool, told.agreement.hash)) as Agreement // validated before it was kept
  return { state: row.state, entry: proven.index, legalReference, statement: told }
}
