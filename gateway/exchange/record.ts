/**
 * RELEASE, the record: one transaction holds the statement, its outbox row and the ledger of released subjects, so that nothing is
 * released that is not recorded. Decides the statement. Then, once a signed checkpoint covers the entry, the manifest: before that the
 * recipient cannot open anything. Refuses, with an entry, when the agreement is no longer in force.
 */
import type { PoolClient } from 'pg'
import { isActive } from '../core/agreement/decide.ts'
import { dictionary } from '../core/deidentify/dictionary.ts'
import { canonicalJson, contentHash, type Json } from '../core/digest.ts'
import { type Code, codeOf, IntegrityError } from '../core/errors.ts'
import type { DatasetStatement, ShardRow as StatedShard } from '../core/log/statement.ts'
import type { Agreement } from '../generated/policy.ts'
import { buildManifest } from '../seal/manifest.ts'
import { wrapForRecipient } from '../seal/wrap.ts'
import { removeStored } from '../store/directory.ts'
import {
  coveredDisclosures,
  type DisclosureRow,
  findDisclosure,
  lockDisclosure,
  makeReady,
  moveDisclosure,
  recordStatement
} from '../store/disclosures.ts'
import { holdOptOuts } from '../store/opt-outs.ts'
import { transaction } from '../store/pool.ts'
import { dropShards, keepReleased, listBuckets, listShards, type ReleasedSubject, type ShardRow } from '../store/results.ts'
import { submissionsOfDisclosure } from '../store/submissions.ts'
import { addWork, dropWork, finishWork } from '../store/work.ts'
import { optedOutAmong } from './consent.ts'
import { datasetKeys } from './dataset-keys.ts'
import type { House, WorkRef } from './house.ts'
import { addDestroy } from './judge.ts'
import { classMac } from './ledger.ts'
import { append, receiptFor, type Statement } from './log.ts'
import { type Enforced, enforced, type PolicyCache } from './policy-cache.ts'
import { recipientKeyOf } from './recipient.ts'
import { openSubjects } from './subjects.ts'
import type { DisclosureCounts } from './views.ts'

export const ENGINE = 'sallyport/0.1.0'
const LEDGER_BATCH = 5000

function stated(shard: ShardRow, form: Agreement['sealedForm']): StatedShard {
  const plain = { bytes: shard.plain_bytes ?? 0, sha256: shard.plain_sha256?.toString('hex') ?? '' }
  // Served in clear, a transport-only shard is measured as it is served; at rest it is sealed under the gateway's own key.
  const sealed = form === 'transport-only' ? plain : { bytes: shard.bytes ?? 0, sha256: shard.sha256?.toString('hex') ?? '' }
  return { name: shard.name, type: shard.type, records: shard.records ?? 0, ...sealed, plainBytes: plain.bytes, plainSha256: plain.sha256 }
}

async function statementOf(house: House, disclosure: DisclosureRow, policies: Enforced, dictionaryHash: string): Promise<DatasetStatement> {
  const { agreement, profile } = policies
  const shards = (await listShards(house.pool, disclosure.id)).map((shard) => stated(shard, agreement.sealedForm))
  const byType: Record<string, number> = {}
  for (const shard of shards) byType[shard.type] = (byType[shard.type] ?? 0) + shard.records
  const gate = disclosure.gate as { released: number; generalized: number; suppressed: number; smallestGroup: number } | null
  const counts = { ...(disclosure.counts as unknown as DisclosureCounts), byType } // both columns are written by the gate step only
  const released = Object.values(byType).reduce((sum, n) => sum + n, 0)
  if (gate === null || released !== counts.released)
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
    dictionary: dictionaryHash,
    shards,
    engine: ENGINE
  }
}

/** The subjects of what is released: their ledger rows, by HMAC, and their names in the opt-out list. */
async function releasedSubjects(
  house: House,
  disclosure: DisclosureRow
): Promise<{ ledger: ReleasedSubject[]; consents: { consent: string | null }[] }> {
  const key = datasetKeys(house.ring, disclosure).segments
  const ledger: ReleasedSubject[] = []
  const consents: { consent: string | null }[] = []
  for (const bucket of await listBuckets(house.pool, disclosure.id)) {
    openSubjects(key, disclosure.id, bucket.bucket, bucket.subjects).subjects.forEach((subject, n) => {
      const level = bucket.levels?.[n] ?? 2
      if (subject.key === null || level > 1) return
      consents.push(subject)
      if (subject.classes === null) return
      const name = subject.classes[level] ?? ''
      ledger.push({ key: Buffer.from(subject.key, 'hex'), level, class_mac: classMac(house.ring, disclosure.agreement, level, name) })
    })
  }
  return { ledger, consents }
}

/** Somebody opted out while the shards were sealed: the gate judges again, without them, and the shards are made anew. Files to remove after the commit. */
async function judgeAgain(client: PoolClient, disclosure: string): Promise<string[]> {
  await moveDisclosure(client, disclosure, ['recording'], 'gating')
  await addWork(client, 'gate', disclosure, [0])
  return dropShards(client, disclosure)
}

/** Why the dataset may not be released now, whatever was true when it began. */
function refusal(house: House, disclosure: DisclosureRow): Code | null {
  const current = house.policies.agreements.get(disclosure.agreement)
  return current === undefined ? 'agreement-unknown' : isActive(current.agreement, house.now().toISOString())
}

/** Ends a disclosure as refused, with its entry, in the caller's transaction. */
export async function refuse(house: House, client: PoolClient, disclosure: DisclosureRow, code: Code): Promise<void> {
  const told: Statement = {
    v: 1,
    kind: 'dataset-refused',
    at: house.now().toISOString(),
    dataset: disclosure.id,
    agreement: disclosure.agreement,
    policy: disclosure.agreement_hash,
    profile: disclosure.profile_hash,
    reason: code
  }
  await append(client, `dataset-refused:${disclosure.id}`, told, disclosure.id)
  await moveDisclosure(client, disclosure.id, ['waiting', 'releasing', 'gating', 'held', 'sealing', 'recording'], 'refused', code)
  await dropWork(client, disclosure.id)
  await addDestroy(client, disclosure.id)
}

/** Commits the statement with its entry, or the refusal with its. */
export async function record(house: House, cache: PolicyCache, ref: WorkRef): Promise<void> {
  const disclosure = await findDisclosure(house.pool, ref.disclosure)
  if (disclosure === null || disclosure.state !== 'recording') {
    await finishWork(house.pool, ref.work, ref.replica)
    return
  }
  const code = refusal(house, disclosure)
  const policies = await enforced(cache, house.pool, disclosure)
  const dict = dictionary(policies.engine)
  const statement = await statementOf(house, disclosure, policies, contentHash(dict as unknown as Json)) // plain JSON by its type
  const { ledger, consents } = await releasedSubjects(house, disclosure)
  const dropped = await transaction(house.pool, async (client) => {
    if ((await finishWork(client, ref.work, ref.replica)) !== 1 || (await lockDisclosure(client, disclosure.id))?.state !== 'recording')
      return []
    if (code !== null) {
      await refuse(house, client, disclosure, code)
      return []
    }
    // from here no opt-out commits before the record does: it is in force before or after, never between
    await holdOptOuts(client)
    if ((await optedOutAmong(client, consents)).size > 0) return judgeAgain(client, disclosure.id)
    const salt = await append(client, `dataset-released:${disclosure.id}`, statement as unknown as Statement, disclosure.id) // JSON by its schema
    const row = { statement: JSON.stringify(statement), salt, dictionary: canonicalJson(dict as unknown as Json), counts: statement.counts }
    await recordStatement(client, disclosure.id, row)
    for (let at = 0; at < ledger.length; at += LEDGER_BATCH)
      await keepReleased(client, disclosure.agreement, ledger.slice(at, at + LEDGER_BATCH))
    await addDestroy(client, disclosure.id)
    return []
  })
  await removeStored(house.folder, 'shards', dropped)
  if (code !== null) house.observe.datasetRefused({ dataset: disclosure.id, agreement: disclosure.agreement, code })
}

async function wrappedKeys(house: House, disclosure: DisclosureRow, agreement: Agreement): Promise<string[]> {
  if (agreement.sealedForm !== 'c2sp') return []
  return [
    await wrapForRecipient(
      datasetKeys(house.ring, disclosure).data,
      recipientKeyOf(await house.keysOf(disclosure.recipient), agreement),
      disclosure.id
    )
  ]
}

async function makeManifest(house: House, cache: PolicyCache, disclosure: DisclosureRow & { index: number }): Promise<number> {
  if (disclosure.statement === null || disclosure.salt === null) throw new IntegrityError('internal', { dataset: disclosure.id })
  const { agreement } = await enforced(cache, house.pool, disclosure)
  const statement = JSON.parse(disclosure.statement) as DatasetStatement // committed by record()
  const receipt = await receiptFor(house.pool, disclosure.index)
  const keys = await wrappedKeys(house, disclosure, agreement)
  const manifest = await buildManifest(house.ring.manifest, { statement, salt: disclosure.salt, receipt, keys })
  const ready = await makeReady(house.pool, disclosure.id, manifest)
  const withheld = Object.values(statement.counts.withheld).reduce((sum, n) => sum + n, 0)
  if (ready === 1)
    house.observe.datasetReady({ dataset: disclosure.id, agreement: disclosure.agreement, released: statement.counts.released, withheld })
  return ready
}

/**
 * Makes the manifests of recorded datasets that the checkpoint of `size` covers. How many became ready. One that cannot be made now (the
 * recipient's key server is away) keeps no other recipient waiting.
 */
export async function makeManifests(house: House, cache: PolicyCache, size: number): Promise<number> {
  let ready = 0
  for (const disclosure of await coveredDisclosures(house.pool, size)) {
    try {
      ready += await makeManifest(house, cache, disclosure)
    } catch (error) {
      house.observe.stepFailed({ kind: 'manifest', target: disclosure.id, code: codeOf(error), attempts: 0, error })
    }
  }
  return ready
}
