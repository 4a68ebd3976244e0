/**
 * RELEASE, the record: one transaction holds the statement, its outbox row, the rows of its subjects and the ledger of released subjects, so that nothing
 * is released that is not recorded. Decides the statement. Refuses, with an entry, when the agreement or the certificate it was made under is
 * no longer in force, or lets less leave by now; waits while the agreement is suspended; sends the dataset back to the gate when somebody opted out meanwhile.
 */
import type { PoolClient } from 'pg'
import { certificateOf } from '../../core/agreement/certificate.ts'
import type { HashedAgreement } from '../../core/agreement/policies.ts'
import { sha256 } from '../../core/digest.ts'
import { type Code, IntegrityError, UpstreamError } from '../../core/errors.ts'
import type { DatasetStatement, ShardRow as StatedShard } from '../../core/log/statement.ts'
import type { Agreement } from '../../generated/policy.ts'
import { holdStanding } from '../../store/agreements.ts'
import { removeStored } from '../../store/directory.ts'
import {
  type DisclosureRow,
  findDisclosure,
  holdAgreement,
  lockDisclosure,
  moveDisclosure,
  recordedCount,
  recordStatement
} from '../../store/disclosures.ts'
import { holdOptOuts } from '../../store/opt-outs.ts'
import { transaction } from '../../store/pool.ts'
import { qualityOf } from '../../store/quality.ts'
import { bucketPages, dropShards, keepReleased, listShards, type ReleasedSubject, type ShardRow } from '../../store/results.ts'
import { submissionsOfDisclosure } from '../../store/submissions.ts'
import { undelete } from '../../store/withdrawals.ts'
import { addWork, finishWork } from '../../store/work.ts'
import type { DisclosureCounts } from '../accept/views.ts'
import { growTree, keepTree, type ReleasedRow, type SubjectTree } from '../accounting/subject-rows.ts'
import { type Named, optedOutAmong, termsOf } from '../consent/consent.ts'
import { crossingScope } from '../crosswalk.ts'
import { datasetKeys } from '../dataset-keys.ts'
import { BUCKETS } from '../frames.ts'
import type { House, WorkRef } from '../house.ts'
import { append, type Statement } from '../log/log.ts'
import { policyDocuments } from '../policy-documents.ts'
import { total } from '../tallies.ts'
import { leftRoster, passedBounds, termsLapse } from './bounds.ts'
import { toldToRecipient } from './counts.ts'
import { addDestroy } from './destroy.ts'
import { ledgerRows } from './ledger-rows.ts'
import { SUPPRESSED } from './levels.ts'
import { toldShortfalls } from './quality.ts'
import { certificateLapse, refusal, refuse } from './refusal.ts'
import { openSubjects } from './subjects.ts'

export const ENGINE = 'sallyport/0.1.0'
const LEDGER_BATCH = 5000

function stated(shard: ShardRow, form: Agreement['sealedForm']): StatedShard {
  const plain = { bytes: shard.plain_bytes ?? 0, sha256: shard.plain_sha256?.toString('hex') ?? '' }
  // Served in clear, a transport-only shard is measured as it is served; at rest it is sealed under the gateway's own key.
  const sealed = form === 'transport-only' ? plain : { bytes: shard.bytes ?? 0, sha256: shard.sha256?.toString('hex') ?? '' }
  return { name: shard.name, type: shard.type, records: shard.records ?? 0, ...sealed, plainBytes: plain.bytes, plainSha256: plain.sha256 }
}

async function statementOf(house: House, disclosure: DisclosureRow): Promise<DatasetStatement> {
  const { agreement, profile } = await policyDocuments(house.pool, disclosure)
  const shards = (await listShards(house.pool, disclosure.id)).map((shard) => stated(shard, agreement.sealedForm))
  const sealed: Record<string, number> = {}
  for (const shard of shards) sealed[shard.type] = (sealed[shard.type] ?? 0) + shard.records
  const gate = disclosure.gate as { released: number; generalized: number; suppressed: number; smallestGroup: number } | null
  const judged = disclosure.counts as unknown as DisclosureCounts // both columns are written by the gate step only
  const counts = toldToRecipient(judged.made === undefined ? { ...judged, byType: sealed } : { ...judged, made: sealed })
  const expected = judged.made === undefined ? judged.released : total(judged.made)
  if (gate === null || disclosure.dictionary === null || total(sealed) !== expected)
    throw new IntegrityError('internal', { dataset: disclosure.id, shards: 'differ from the gate' })
  const submissions = await submissionsOfDisclosure(house.pool, disclosure.id)
  const through = submissions.reduce((last, row) => Math.max(last, row.closed_at?.getTime() ?? 0), 0)
  return {
    v: 1,
    kind: 'dataset-released',
    at: house.now().toISOString(),
    dataset: disclosure.id,
    agreement: { id: agreement.id, version: agreement.version, hash: disclosure.agreement_hash },
    profile: { name: profile.name, version: profile.version, hash: disclosure.profile_hash },
    source: disclosure.source,
    recipient: disclosure.recipient,
    purposeOfUse: agreement.purposeOfUse,
    mode: agreement.mode,
    certificate: certificateOf(profile)?.id ?? null,
    submissions: submissions.map((row) => row.id),
    releasedThrough: new Date(through).toISOString(),
    sealedForm: agreement.sealedForm,
    counts,
    subjects: {
      released: gate.released,
      generalized: gate.generalized,
      suppressed: gate.suppressed,
      smallestGroup: gate.smallestGroup,
      k: agreement.k
    },
    ...(agreement.quality === undefined || disclosure.recut_of !== null
      ? {}
      : { quality: toldShortfalls(await qualityOf(house.pool, disclosure.id)) }),
    dictionary: `sha256:${sha256(disclosure.dictionary).toString('hex')}`,
    shards,
    engine: ENGINE
  }
}

/** The subjects of what is released: who they are, their ledger rows, by HMAC, and their names in the opt-out list. */
async function releasedSubjects(
  house: House,
  disclosure: DisclosureRow
): Promise<{ released: ReleasedRow[]; ledger: ReleasedSubject[]; consents: Named[] }> {
  const key = datasetKeys(house.ring, disclosure).segments
  const released: ReleasedRow[] = []
  for await (const bucket of bucketPages(house.pool, disclosure.id, 0, BUCKETS - 1)) {
    const { types, subjects } = openSubjects(key, disclosure.id, bucket.bucket, bucket.subjects)
    subjects.forEach((subject, n) => {
      const level = bucket.levels?.[n] ?? SUPPRESSED
      if (subject.key !== null && level !== SUPPRESSED) released.push({ subject, types, level })
    })
  }
  const rowOf = await ledgerRows(house, disclosure, new Set(released.map(({ subject }) => subject.key ?? '')))
  const ledger = released.flatMap(({ subject, level }) => rowOf(subject, level) ?? [])
  return { released, ledger, consents: released.map(({ subject }) => subject) }
}

/** The rows of the subjects whose records leave; null where no record does. */
async function treeOf(
  house: House,
  disclosure: DisclosureRow,
  told: DatasetStatement,
  released: readonly ReleasedRow[]
): Promise<SubjectTree | null> {
  if (told.mode === 'aggregate-only') return null
  if (released.length !== told.subjects.released)
    throw new IntegrityError('internal', { dataset: disclosure.id, subjects: 'differ from the gate' })
  return growTree(house, disclosure, told.at, released)
}

/** Somebody opted out or left the roster, or another dataset of the agreement was recorded, since the gate: it judges again, and the shards are made anew. Files to remove after the commit. */
async function judgeAgain(client: PoolClient, disclosure: string): Promise<string[]> {
  await moveDisclosure(client, disclosure, ['recording'], 'gating')
  await addWork(client, 'gate', disclosure, [0])
  return dropShards(client, disclosure)
}

/** Suspended, or changed a moment ago: the step is tried again, by what is known then. */
function notNow(): UpstreamError {
  return new UpstreamError('agreement-inactive', 1)
}

interface ToRecord {
  readonly statement: DatasetStatement
  readonly tree: SubjectTree | null
  readonly released: readonly ReleasedRow[]
  readonly ledger: readonly ReleasedSubject[]
}

/** The entry, and all that stands or falls with it. */
async function keepRecorded(client: PoolClient, disclosure: DisclosureRow, { statement, tree, released, ledger }: ToRecord): Promise<void> {
  const scope = crossingScope(disclosure)
  const salt = await append(client, `dataset-released:${disclosure.id}`, statement as unknown as Statement) // JSON by its schema
  await recordStatement(client, disclosure.id, { statement: JSON.stringify(statement), salt, counts: disclosure.counts })
  if (tree !== null) await keepTree(client, disclosure.id, tree)
  // of whom some records stay back the recipient may hold those still: it is to delete all it has, and then to load what it is sent now
  const whole = released.filter(({ subject }) => (subject.applied ?? []).length === 0)
  await undelete(
    client,
    scope,
    whole.map(({ subject }) => Buffer.from(subject.key ?? '', 'hex'))
  )
  for (let at = 0; at < ledger.length; at += LEDGER_BATCH)
    await keepReleased(client, scope, disclosure.id, ledger.slice(at, at + LEDGER_BATCH))
  await addDestroy(client, disclosure.id)
}

async function lapseUnder(house: House, disclosure: DisclosureRow, current: HashedAgreement | undefined): Promise<Code | null> {
  return current === undefined ? 'agreement-unknown' : termsLapse(house, disclosure, current.agreement)
}

/** Commits the statement with its entry, or the refusal with its. */
export async function record(house: House, ref: WorkRef): Promise<void> {
  const disclosure = await findDisclosure(house.pool, ref.disclosure)
  if (disclosure === null || disclosure.state !== 'recording') {
    await finishWork(house.pool, ref.work, ref.replica)
    return
  }
  // read once: what is judged here is what must stand when it is recorded
  const current = house.policies.agreements.get(disclosure.agreement)
  if (current?.state === 'suspended') throw notNow()
  const code = refusal(house, disclosure) ?? (await certificateLapse(house, disclosure)) ?? (await lapseUnder(house, disclosure, current))
  const told = await statementOf(house, disclosure)
  const { released, ledger, consents } = await releasedSubjects(house, disclosure)
  const tree = code === null ? await treeOf(house, disclosure, told, released) : null
  const statement: DatasetStatement = { ...told, subjectsRoot: tree?.root ?? null }
  const { agreement } = await policyDocuments(house.pool, disclosure)
  const dropped = await transaction(house.pool, async (client) => {
    if ((await finishWork(client, ref.work, ref.replica)) !== 1 || (await lockDisclosure(client, disclosure.id))?.state !== 'recording')
      return []
    if (code !== null) {
      await refuse(house, client, disclosure.id, code)
      return []
    }
    // what is in force is held until the commit: suspended or ended before it, nothing is released
    const standing = await holdStanding(client, disclosure.agreement)
    if (standing?.state !== 'active' || standing.hash !== current?.hash) throw notNow()
    // from here no opt-out commits before the record does: it is in force before or after, never between
    await holdOptOuts(client)
    // asked as of a moment behind every word that came before: a day that began while this waited counts
    const terms = termsOf(disclosure, agreement, house.policies.parties, house.now().toISOString())
    if ((await optedOutAmong(client, house.ring, terms, consents)).size > 0) return judgeAgain(client, disclosure.id)
    // what the recipient holds beside this dataset must be what the gate took into account
    await holdAgreement(client, disclosure.agreement)
    const recorded = await recordedCount(client, disclosure.agreement)
    if (recorded !== disclosure.gate?.['ledger'] || (await leftRoster(client, agreement, consents)))
      return judgeAgain(client, disclosure.id)
    const passed = await passedBounds(client, disclosure, agreement, consents, house.now())
    if (passed !== null) {
      await refuse(house, client, disclosure.id, passed)
      return []
    }
    await keepRecorded(client, disclosure, { statement, tree, released, ledger })
    return []
  })
  await removeStored(house.folder, 'shards', dropped)
  if (code !== null) house.observe.datasetRefused({ dataset: disclosure.id, agreement: disclosure.agreement, code })
}
