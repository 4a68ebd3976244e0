/**
 * The insurer's door: what an agreement released since a moment, as files and manifests. Rights are checked at kick-off and again
 * before each file and manifest, and each second while a file is on its way; each access to one, the same again too, is an entry, committed before the first byte. Refuses
 * datasets that are not ready, recalled, or of others: all look alike ('not-found'), and those made under an expert's certificate that is over or a wider version of
 * their agreement. What the
 * recipient is to delete is told whatever became of the agreement.
 */
import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { PoolClient } from 'pg'
import { decideExport } from '../../core/agreement/decide.ts'
import type { HashedAgreement } from '../../core/agreement/policies.ts'
import type { Json } from '../../core/digest.ts'
import { Recorded } from '../../core/disclosure.ts'
import { RefusedError, RequestError } from '../../core/errors.ts'
import { isOwnId } from '../../core/own-id.ts'
import type { Agreement } from '../../generated/policy.ts'
import { awaitReleases, type DisclosureRow, findDisclosureOf, lockDisclosure, readyDatasets, underWay } from '../../store/disclosures.ts'
import { deleteExport, type ExportRow, findExport, finishExport, insertExport } from '../../store/exports.ts'
import { transaction } from '../../store/pool.ts'
import { listShards, type ShardRow } from '../../store/results.ts'
import { isWhollyFetched, markAcknowledged, markFetched, markShardFetched } from '../../store/withdrawals.ts'
import { aboutDisclosure } from '../audit/audit.ts'
import type { Caller, Download, ExportFile, ExportManifest, ExportRequest, ExportStatus, Exports } from '../doors.ts'
import type { House } from '../house.ts'
import { append, appendAnew, type Statement } from '../log/log.ts'
import { addDestroy } from '../release/destroy.ts'
import { DELETED, deletedFile, deletedFiles, deletionsSince } from './deletions.ts'
import { forwardShard } from './forward-shard.ts'
import { handOut } from './handing-out.ts'
import { lapseOf, statementOf } from './lapse.ts'
import { redeliver } from './redelivery.ts'

/** The insurer's door on this house. */
export function openExports(house: House): Exports {
  return {
    kickOff: (caller, request) => kickOff(house, caller, request),
    status: (caller, job) => status(house, caller, job),
    cancel: (caller, job) => cancel(house, caller, job),
    file: (caller, job, name) => file(house, caller, job, name),
    manifest: (caller, dataset) => manifest(house, caller, dataset),
    dictionary: (caller, dataset) => dictionary(house, caller, dataset),
    acknowledge: (caller, dataset) => acknowledge(house, caller, dataset),
    redeliver: (caller, dataset, reason) => redeliver(house, caller, dataset, reason)
  }
}

/** The agreement, if the caller may export under it now, and the rules that say so. RefusedError with the reason of the refusal. */
function entitled(house: House, caller: Caller, agreement: string): HashedAgreement & { readonly rules: readonly string[] } {
  const decision = decideExport(caller.party, agreement, house.policies.agreements, house.now().toISOString())
  if (decision.verdict === 'permit') return { ...decision.granted, rules: decision.rules }
  // the caller reads this entry: one of others looks in it as one that does not exist, whose name is the caller's word
  const named = house.policies.agreements.get(agreement)?.agreement.recipient === caller.party ? { agreement } : {}
  const rules = decision.reasons.map(({ rule }) => rule)
  throw new RefusedError(decision.reasons[0].code, { kind: 'export-refused', ...named, rules, policies: decision.policies })
}

/** What the caller may export; null: what it is to delete, and nothing else, for a deletion waits for no agreement to be in force. RefusedError where that is nothing. */
async function reachOf(
  house: House,
  caller: Caller,
  asked: Pick<ExportRow, 'agreement' | 'since'>
): Promise<ReturnType<typeof entitled> | null> {
  try {
    return entitled(house, caller, asked.agreement)
  } catch (error) {
    if (error instanceof RefusedError && (await deletionsSince(house, { ...asked, party: caller.party })) > 0) return null
    throw error
  }
}

async function kickOff(house: House, caller: Caller, request: ExportRequest): Promise<{ job: string }> {
  const since = request.since === null ? null : new Date(request.since)
  if (since !== null && Number.isNaN(since.getTime())) throw new RequestError('bad-request', '_since is a FHIR instant.')
  const reach = await reachOf(house, caller, { agreement: request.agreement, since })
  const job = randomUUID()
  const by = reach === null ? { rules: [`${request.agreement}/deletions`] } : { policy: reach.hash, rules: [...reach.rules] }
  const about = { export: job, recipient: caller.party, agreement: request.agreement, ...by }
  await transaction(house.pool, async (client) => {
    await insertExport(client, { id: job, party: caller.party, agreement: request.agreement, since, types: request.types })
    await append(client, `export-permitted:${job}`, { v: 1, kind: 'export-permitted', at: house.now().toISOString(), ...about })
  })
  house.observe.exportStarted({ agreement: request.agreement, party: caller.party })
  return { job }
}

/** How a dataset was sealed. */
function formOf(dataset: DisclosureRow): Agreement['sealedForm'] {
  return statementOf(dataset).sealedForm
}

/** One sealed dataset makes it a sealed export: nothing a stock client could not read is offered to it as NDJSON. */
function areSealed(forms: readonly Agreement['sealedForm'][]): boolean {
  return forms.some((form) => form !== 'transport-only')
}

/** Those that may be fetched now. */
async function fetchable(house: House, datasets: readonly DisclosureRow[]): Promise<DisclosureRow[]> {
  const lapses = await Promise.all(datasets.map((dataset) => lapseOf(house, dataset)))
  return datasets.filter((_, n) => lapses[n] === null)
}

async function ownJob(house: House, caller: Caller, id: string): Promise<ExportRow> {
  const job = isOwnId(id) ? await findExport(house.pool, id, caller.party) : null
  if (job === null) throw new RequestError('not-found')
  return job
}

/**
 * The dataset as the path names it and the shard's own name: unique within a job. Transport-only files lose their .gz: there gzip is how they
 * travel (Content-Encoding), and stock clients save what they unpacked under this name.
 */
function fileName(dataset: string, shard: ShardRow, form: Agreement['sealedForm']): string {
  return `${dataset}.${form === 'transport-only' ? shard.name.replace(/\.gz$/, '') : shard.name}`
}

/** How long a client should wait before it asks again. */
const RETRY_SECONDS = 2

/** Is a release that had begun when it was asked for still being made? Deletions wait for none. */
async function waits(house: House, job: ExportRow): Promise<boolean> {
  return job.finished_at === null && underWay(house.pool, job.agreement, job.created_at)
}

/** The moment up to which the export is complete. */
async function finish(house: House, job: ExportRow): Promise<Date> {
  const moment = await transaction(house.pool, async (client) => {
    await awaitReleases(client)
    return finishExport(client, job.id)
  })
  if (moment === null) throw new RequestError('not-found') // cancelled meanwhile
  return moment
}

/** Files of a dataset, of the types that were asked for. */
async function filesOf({ pool }: House, { types }: ExportRow, dataset: DisclosureRow): Promise<ExportFile[]> {
  const form = formOf(dataset)
  const shards = (await listShards(pool, dataset.id)).filter(({ type }) => types.length === 0 || types.includes(type))
  return shards.map((shard) => {
    const bytes = (form === 'transport-only' ? shard.plain_bytes : shard.bytes) ?? 0
    return { name: fileName(dataset.id, shard, form), type: shard.type, count: shard.records ?? 0, bytes, dataset: dataset.id }
  })
}

async function status(house: House, caller: Caller, id: string): Promise<ExportStatus> {
  const job = await ownJob(house, caller, id)
  const reach = await reachOf(house, caller, job)
  if (reach !== null && (await waits(house, job))) return { state: 'running', retryAfterSeconds: RETRY_SECONDS }
  const until = job.finished_at ?? (await finish(house, job))
  const files: ExportFile[] = []
  const manifests: ExportManifest[] = []
  const datasets = reach === null ? [] : await fetchable(house, await readyDatasets(house.pool, job.agreement, job.since, until))
  const sealed = areSealed(datasets.length > 0 || reach === null ? datasets.map(formOf) : [reach.agreement.sealedForm])
  for (const dataset of datasets) {
    const own = await filesOf(house, job, dataset)
    files.push(...own)
    if (own.length > 0) manifests.push({ dataset: dataset.id, name: dataset.id })
  }
  return {
    state: 'done',
    agreement: job.agreement,
    transactionTime: until.toISOString(),
    sealed,
    files,
    manifests,
    deleted: await deletedFiles(house, job, until)
  }
}

async function cancel(house: House, caller: Caller, id: string): Promise<void> {
  if (!isOwnId(id) || (await deleteExport(house.pool, id, caller.party)) !== 1) throw new RequestError('not-found')
}

/** A recorded dataset of which the caller is the recipient under an agreement in force. */
async function ownDataset(house: House, caller: Caller, id: string): Promise<{ row: DisclosureRow; recorded: Recorded }> {
  const row = isOwnId(id) ? await findDisclosureOf(house.pool, id, caller.party) : null
  const recorded = row === null || row.recipient !== caller.party ? null : Recorded.parse(row)
  if (row === null || recorded === null) throw new RequestError('not-found')
  entitled(house, caller, row.agreement)
  const lapse = await lapseOf(house, row)
  if (lapse !== null) throw new RefusedError(lapse, { kind: 'export-refused', agreement: row.agreement, policies: [row.profile_hash] })
  return { row, recorded }
}

interface Members {
  readonly [member: string]: Json
}

function told(house: House, kind: 'file-delivered' | 'dataset-acknowledged', dataset: DisclosureRow, what: Members): Statement {
  return { v: 1, kind, at: house.now().toISOString(), ...aboutDisclosure(dataset), ...what }
}

/**
 * One access, whoever made it and how often before: a stolen token fetches what its owner fetched. A download that goes on is one, too: nothing
 * else tells it from a second one that leaves out the first byte.
 */
async function noteAccess(house: House, of: 'file' | 'manifest' | 'dictionary', dataset: DisclosureRow, what: Members): Promise<void> {
  await transaction(house.pool, async (client) => {
    // its row is locked until the commit: a patient's no comes before this access or after it
    if (of !== 'dictionary' && !(await markFetched(client, dataset.id))) throw new RequestError('not-found')
    await appendAnew(client, told(house, 'file-delivered', dataset, what))
  })
}

/** What an access from a byte on hands out: of the records their share, so that one download in many pieces is not counted as many. */
function handedOut(shard: ShardRow, bytes: number, from: number): Members {
  const records = shard.records ?? 0
  if (from === 0) return { shard: shard.name, records, bytes }
  return { shard: shard.name, from, records: Math.ceil((records * (bytes - from)) / bytes), bytes: bytes - from }
}

async function file(house: House, caller: Caller, id: string, name: string): Promise<Download> {
  const job = await ownJob(house, caller, id)
  if (name === DELETED) {
    await reachOf(house, caller, job)
    return deletedFile(house, job)
  }
  const { row, recorded } = await ownDataset(house, caller, name.slice(0, name.indexOf('.')))
  const form = formOf(row)
  const shard = (await listShards(house.pool, recorded.dataset)).find((candidate) => fileName(recorded.dataset, candidate, form) === name)
  if (shard === undefined || shard.file === null || row.agreement !== job.agreement) throw new RequestError('not-found')
  const bytes = (form === 'transport-only' ? shard.plain_bytes : shard.bytes) ?? 0
  const start = async (offset: number): Promise<Readable> => {
    if (offset < 0 || (offset >= bytes && offset > 0)) throw new RequestError('range-not-satisfiable')
    await noteAccess(house, 'file', row, { export: job.id, ...handedOut(shard, bytes, offset) })
    const stream = await forwardShard(house, recorded, shard, offset, form)
    house.observe.fileDelivered({ dataset: row.id, party: caller.party, bytes: bytes - offset })
    const mayGoOn = async (): Promise<void> => {
      house.requireFreshPolicies()
      await ownDataset(house, caller, recorded.dataset)
    }
    return handOut(stream, { mayGoOn, done: () => wholeShard(house, recorded.dataset, shard.part) })
  }
  const etag = ((form === 'transport-only' ? shard.plain_sha256 : shard.sha256) ?? Buffer.alloc(0)).toString('hex')
  const clear = form === 'transport-only'
  return {
    start,
    bytes,
    contentType: clear ? 'application/fhir+ndjson' : 'application/octet-stream',
    encoding: clear ? 'gzip' : 'identity',
    etag
  }
}

/** A shard was handed out to its end; with the last of them the dataset's segments are not needed any more. */
async function wholeShard({ pool }: House, dataset: string, part: number): Promise<void> {
  await transaction(pool, async (client) => {
    await markShardFetched(client, dataset, part)
    if (await isWhollyFetched(client, dataset)) await addDestroy(client, dataset)
  })
}

async function manifest(house: House, caller: Caller, id: string): Promise<string> {
  const { row, recorded } = await ownDataset(house, caller, id)
  await noteAccess(house, 'manifest', row, { shard: 'manifest' })
  return recorded.manifest
}

async function dictionary(house: House, caller: Caller, id: string): Promise<string> {
  const { row } = await ownDataset(house, caller, id)
  if (row.dictionary === null) throw new RequestError('not-found')
  await noteAccess(house, 'dictionary', row, { shard: 'dictionary' })
  return row.dictionary
}

/** Why its receipt cannot be confirmed: it is gone by now, or nobody asked for it. */
async function notReceived(client: PoolClient, dataset: string): Promise<RequestError> {
  if ((await lockDisclosure(client, dataset))?.state !== 'ready') return new RequestError('not-found')
  return new RequestError('bad-request', 'Nothing of this dataset was fetched: fetch its manifest and files, then confirm them.')
}

async function acknowledge(house: House, caller: Caller, id: string): Promise<void> {
  const { row } = await ownDataset(house, caller, id)
  await transaction(house.pool, async (client) => {
    if ((await markAcknowledged(client, row.id)) !== 1) throw await notReceived(client, row.id)
    await append(client, `dataset-acknowledged:${row.id}`, told(house, 'dataset-acknowledged', row, {}))
    // its segments are not needed any more: what was received is not cut again
    await addDestroy(client, row.id)
  })
  house.observe.acknowledged({ dataset: row.id, party: caller.party })
}
