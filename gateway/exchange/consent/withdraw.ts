/**
 * A later no. Decides, in the transaction that commits it, what becomes of the datasets that the patient is in: what nobody has asked for yet is withdrawn and
 * cut again under a new id without the patient; what was asked for in part, too, and the recipient is told to delete; of what was received whole nothing is
 * handed out any more. With a dataset that nobody received, those recorded after it are cut again as well, for their gate took it to be held. Where its
 * segments are gone it is withdrawn and not cut again, and the entry says so.
 */
import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { consentFor } from '../../core/consent/consent.ts'
import type { Rule, Terms } from '../../core/consent/rule.ts'
import type { DatasetStatement } from '../../core/log/statement.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { newKey, wrapLocal } from '../../seal/local.ts'
import { type DisclosureRow, holdAgreement, holdReleases, lockDisclosure, moveDisclosure } from '../../store/disclosures.ts'
import { listBuckets } from '../../store/results.ts'
import {
  type DeletedRow,
  datasetsById,
  insertDeleted,
  insertRecut,
  isWhollyFetched,
  type ReachedRow,
  reachedRows,
  restoreLedger,
  unfetchedDatasets
} from '../../store/withdrawals.ts'
import { addWork } from '../../store/work.ts'
import { openRow } from '../accounting/proven-subjects.ts'
import { aboutDisclosure } from '../audit/audit.ts'
import { crossingScope, crosswalkKey } from '../crosswalk.ts'
import { datasetKeys } from '../dataset-keys.ts'
import { BUCKETS } from '../frames.ts'
import { append } from '../log/log.ts'
import { addDestroy } from '../release/destroy.ts'
import { openSubjects } from '../release/subjects.ts'

/** What is denied from now on, by the names of those who deny it. */
export type Denied = ReadonlyMap<string, readonly Rule[]>

interface Room {
  readonly ring: KeyRing
  readonly at: Date
  /** ids of all parties */
  readonly parties: ReadonlySet<string>
}

function statementOf(dataset: DisclosureRow): DatasetStatement {
  return JSON.parse(dataset.statement ?? '{}') as DatasetStatement // committed by record()
}

function reaches(dataset: DisclosureRow, rules: readonly Rule[], { at, parties }: Room): boolean {
  const terms: Terms = { recipient: dataset.recipient, purpose: statementOf(dataset).purposeOfUse, at: at.toISOString(), parties }
  return consentFor(rules, terms) !== 'nothing'
}

/** Datasets of which only counts left have no rows: who was counted stands in the index that is kept until somebody asks for them. */
async function counts(client: PoolClient, room: Room, dataset: DisclosureRow, denied: Denied): Promise<boolean> {
  const key = datasetKeys(room.ring, dataset).segments
  for (const { bucket, subjects } of await listBuckets(client, dataset.id, 0, BUCKETS - 1))
    for (const { consents } of openSubjects(key, dataset.id, bucket, subjects).subjects)
      if (consents.some((name) => reaches(dataset, denied.get(name) ?? [], room))) return true
  return false
}

/** What of one source is reached: rows of subjects, by dataset. */
interface Reached {
  readonly datasets: ReadonlyMap<string, DisclosureRow>
  readonly rows: readonly ReachedRow[]
}

async function reachedBy(client: PoolClient, room: Room, denied: Denied): Promise<Reached> {
  const rows = await reachedRows(
    client,
    [...denied.keys()].map((name) => Buffer.from(name, 'hex'))
  )
  const found = await datasetsById(client, [...new Set(rows.map(({ disclosure }) => disclosure))])
  const datasets = new Map(found.map((row) => [row.id, row]))
  return {
    datasets,
    rows: rows.filter(({ disclosure, name }) => {
      const dataset = datasets.get(disclosure)
      return dataset !== undefined && reaches(dataset, denied.get(name.toString('hex')) ?? [], room)
    })
  }
}

const THERE: ReadonlySet<string> = new Set(['recorded', 'ready'])

/** The datasets to withdraw, the newest of each agreement first. */
async function affected(
  client: PoolClient,
  room: Room,
  source: string,
  denied: Denied,
  { datasets, rows }: Reached
): Promise<DisclosureRow[]> {
  const hit = new Set(rows.map(({ disclosure }) => disclosure))
  const unfetched = await unfetchedDatasets(client, source)
  for (const dataset of unfetched)
    if (statementOf(dataset).mode === 'aggregate-only' && (await counts(client, room, dataset, denied))) hit.add(dataset.id)
  const first = new Map<string, string>()
  for (const dataset of unfetched)
    if (hit.has(dataset.id) && !first.has(crossingScope(dataset))) first.set(crossingScope(dataset), statementOf(dataset).at)
  const later = unfetched.filter((dataset) => statementOf(dataset).at >= (first.get(crossingScope(dataset)) ?? '~'))
  const fetched = [...datasets.values()].filter(({ id, state, fetched_at }) => hit.has(id) && THERE.has(state) && fetched_at !== null)
  return [...later, ...fetched].sort((a, b) => (statementOf(a).at < statementOf(b).at ? 1 : -1))
}

/** Cuts the dataset again, as another; its id, or null where there is nothing left to cut. */
async function cutAgain(client: PoolClient, ring: KeyRing, dataset: string): Promise<string | null> {
  const buckets = (await listBuckets(client, dataset, 0, BUCKETS - 1)).map(({ bucket }) => bucket)
  if (buckets.length === 0) return null
  const id = randomUUID()
  await insertRecut(client, dataset, { id, sealedKey: wrapLocal(ring.wrapping, ['dataset', id], newKey()), buckets: buckets.length })
  await addWork(client, 'bucket', id, buckets)
  return id
}

async function withdraw(client: PoolClient, { ring, at }: Room, dataset: string): Promise<void> {
  const row = await lockDisclosure(client, dataset)
  if (row === null || !THERE.has(row.state)) return
  const fetched = row.fetched_at === null ? 'no' : (await isWhollyFetched(client, dataset)) ? 'whole' : 'in part'
  await moveDisclosure(client, dataset, ['recorded', 'ready'], 'withdrawn', 'opted-out')
  if (fetched === 'no') await restoreLedger(client, dataset)
  const recut = fetched === 'whole' ? null : await cutAgain(client, ring, dataset)
  const told = { v: 1, kind: 'dataset-withdrawn', at: at.toISOString(), ...aboutDisclosure(row), fetched, recut } as const
  await append(client, `dataset-withdrawn:${dataset}`, told)
  await addDestroy(client, dataset)
}

/** Where a surrogate that a recipient is to delete is sealed to. */
export function deletedPlace(agreement: string, key: Buffer): string[] {
  return ['surrogate deleted', agreement, key.toString('hex')]
}

/** Surrogates that a recipient may hold: of datasets that somebody asked for. */
function toDelete({ ring }: Room, { datasets, rows }: Reached): DeletedRow[] {
  const deleted = new Map<string, DeletedRow>()
  for (const row of rows) {
    const dataset = datasets.get(row.disclosure)
    if (dataset === undefined || dataset.fetched_at === null) continue
    const { subject } = openRow(ring, dataset.source, row, { ...row, sealed: row.row })
    const scope = crossingScope(dataset)
    const [id = ''] = subject.patient.ids
    const key = crosswalkKey(ring, scope, { party: dataset.source, base: subject.patient.base, type: 'Patient', id })
    const sealed = wrapLocal(ring.wrapping, deletedPlace(scope, key), Buffer.from(subject.surrogate, 'utf8'))
    deleted.set(`${scope} ${key.toString('hex')}`, { agreement: scope, key, sealed })
  }
  return [...deleted.values()]
}

/** In the transaction that commits the denials, which holds the list against other changes. How many datasets were withdrawn. */
export async function withdrawFor(client: PoolClient, room: Room, source: string, denied: Denied): Promise<number> {
  if (denied.size === 0) return 0
  // no export finishes, no dataset becomes ready and none is recorded between what is looked at here and the commit
  await holdReleases(client)
  const reached = await reachedBy(client, room, denied)
  const datasets = await affected(client, room, source, denied, reached)
  for (const agreement of [...new Set(datasets.map((dataset) => dataset.agreement))].sort()) await holdAgreement(client, agreement)
  for (const { id } of datasets) await withdraw(client, room, id)
  // what somebody asked for meanwhile is known by now: each row was locked
  const now = new Map((await datasetsById(client, [...reached.datasets.keys()])).map((row) => [row.id, row]))
  await insertDeleted(client, toDelete(room, { ...reached, datasets: now }))
  return datasets.length
}
