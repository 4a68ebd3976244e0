/**
 * RELEASE, one bucket: consent → agreement scope → minimum necessary, derive and de-identify (the compiled engine) → encrypted
 * segments with an index of whose lines they are; or, under an aggregate-only agreement, what each subject adds. Runs in a worker thread. Decides nothing by itself: each stage is in core.
 * Fails closed: a subject whose records cannot be de-identified is withheld whole, and the rest goes on.
 */
import { randomUUID } from 'node:crypto'
import { releaseLines, type SourceText, type Subject, type SubjectLines, textsOf } from '../../core/deidentify/subject.ts'
import type { Answers } from '../../core/scrub/outside.ts'
import type { Party } from '../../generated/policy.ts'
import { sealSegment } from '../../seal/segment.ts'
import { Draft } from '../../store/directory.ts'
import { bucketDone, type DisclosureRow, findDisclosure, moveDisclosure } from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import { insertBucket, type Segment } from '../../store/results.ts'
import { addWork, finishWork } from '../../store/work.ts'
import { commitFile } from '../commit-file.ts'
import { basesOf, leftOf } from '../consent/objections.ts'
import { type Crossing, crossingScope, crossings, crosswalkKey, sharedKey } from '../crosswalk.ts'
import { datasetKeys } from '../dataset-keys.ts'
import { pack } from '../frames.ts'
import type { SpareBytes } from '../growing.ts'
import type { BucketTask, Rooms, WorkRef } from '../house.ts'
import { readKept } from '../kept.ts'
import { type Enforced, type EnforcedRecords, enforced, type PolicyCache } from '../policy-cache.ts'
import { momentOf } from '../policy-documents.ts'
import { type Asking, answered } from './answered.ts'
import { contributeGroup } from './contribute.ts'
import { addDestroy } from './destroy.ts'
import { type Group, gatherBucket } from './gather.ts'
import { isTooLarge, type Lines, type Output, type Permitted, withhold, withholdEach } from './output.ts'
import { beginQuality, type GroupQuality, groupQuality, sealQuality } from './quality.ts'
import { recutBucket } from './recut.ts'
import { linesPlace, type SubjectRow, sealSubjects } from './subjects.ts'

/** What a step in a worker stands on. */
export interface Bench extends Rooms {
  readonly cache: PolicyCache
  readonly parties: ReadonlyMap<string, Party>
  readonly spare: SpareBytes
  /** called once for a piece of work; null: no recogniser of others is asked */
  readonly recogniser: (() => Asking) | null
}

/** A group with what it is released under. */
interface Crossed {
  readonly group: Group
  readonly at: string
  readonly key: string
  readonly ids: readonly string[]
  readonly consents: readonly string[]
  readonly applied: readonly string[]
  readonly members: readonly string[]
  readonly crossing: Crossing
  readonly shared: Crossing
  readonly ownBases: readonly string[]
  readonly quality: GroupQuality
}

function subjectOf(crossed: Crossed, { scope }: EnforcedRecords): Subject<SourceText> {
  const { group, at, crossing, shared, ownBases, quality } = crossed
  return {
    at,
    secret: crossing.secret,
    // records that are no patient's have no shift: their dates are removed
    shiftDays: group.subject === null ? null : crossing.shiftDays,
    sharedSecret: shared.secret,
    surrogate: crossing.surrogate,
    identity: group.subject,
    ownBases,
    records: [...group.records.values()].map((kept) => ({ identity: kept.identity, read: () => quality.read(kept) })),
    replaced: group.replaced.map((kept) => ({ read: () => readKept(kept) })),
    scope
  }
}

/** What a recogniser of others is asked about; of a group that will be withheld, nothing. */
function textsIn(crossed: Crossed, policies: EnforcedRecords, { largest }: Output): ReadonlySet<string> {
  if (isTooLarge(crossed.group, largest)) return new Set()
  try {
    return textsOf(policies.engine, subjectOf(crossed, policies))
  } catch {
    return new Set()
  }
}

function releaseGroup(crossed: Crossed, answers: Answers | null, policies: EnforcedRecords, output: Output): void {
  const { group } = crossed
  if (isTooLarge(group, output.largest)) {
    withhold(output, 'not-releasable', group.records.size)
    return
  }
  let result: SubjectLines
  try {
    result = releaseLines(policies.engine, { ...subjectOf(crossed, policies), answers })
  } catch {
    // Whatever went wrong, it went wrong on PHI: the cause is dropped, the count says that it happened.
    withhold(output, 'not-releasable', group.records.size)
    return
  }
  crossed.quality.end()
  withholdEach(
    output,
    group,
    result.withheld.map(({ code }) => code)
  )
  for (const [place, times] of result.refusedTexts) output.refusedTexts[place] = (output.refusedTexts[place] ?? 0) + times
  // Who does not leave must not pad a group of those who do.
  if (result.released.length === 0) return
  const lines = new Map<string, number>()
  for (const { type, line } of result.released) {
    let list = output.lines.get(type)
    if (list === undefined) {
      list = { text: output.spare.take(), count: 0 }
      output.lines.set(type, list)
    }
    list.text.text(`${line}\n`)
    list.count += 1
    lines.set(type, (lines.get(type) ?? 0) + 1)
  }
  // Without a Patient among what leaves, the characteristics are unknown here; the ledger may know them from before.
  output.subjects.push({
    key: group.subject === null ? null : crossed.key,
    consents: crossed.consents,
    applied: crossed.applied,
    members: crossed.members,
    classes: lines.has('Patient') ? result.classes : null,
    ...(result.traits === null ? {} : { traits: result.traits }),
    ...(group.subject === null ? {} : { source: { base: group.subject.base, ids: crossed.ids, surrogate: crossed.crossing.surrogate } }),
    lines
  })
}

/** All groups of the bucket: who objects is withheld, the others are released or counted. */
export async function releaseGroups(
  bench: Bench,
  disclosure: DisclosureRow,
  policies: Enforced,
  { groups, largest, now }: { readonly groups: readonly Group[]; readonly largest: number; readonly now: string }
): Promise<Output> {
  const quality = beginQuality(policies.agreement)
  const output: Output = {
    lines: new Map(),
    subjects: [],
    withheld: {},
    refusedTexts: {},
    spare: bench.spare,
    received: 0,
    optedOut: 0,
    sensitive: {},
    quality,
    largest
  }
  const scope = crossingScope(disclosure)
  const permitted: Permitted[] = []
  for (const { group, ids, consents, members, code, left } of await leftOf(bench, disclosure, policies.agreement, { groups, now })) {
    output.received += group.records.size + group.superseded
    withhold(output, 'superseded', group.superseded)
    if (code === 'opted-out' || left.keptBack > 0) output.optedOut += 1
    withhold(output, code ?? 'opted-out', code === null ? left.keptBack : group.records.size)
    if (code !== null) continue
    const key = group.subject === null ? sharedKey(bench.ring, scope) : crosswalkKey(bench.ring, scope, group.subject)
    permitted.push({ group: left.group, key, ids, consents, applied: left.applied, members })
  }
  if (policies.kind === 'records') await crossGroups(bench, disclosure, policies, permitted, output)
  else
    for (const one of permitted)
      contributeGroup(one, policies, output, groupQuality(quality, one.group, basesOf(bench.parties, one.group), policies.scope))
  return output
}

/** Through the engine, subjects in the order of their surrogates, so that order tells nothing. */
async function crossGroups(
  bench: Bench,
  disclosure: DisclosureRow,
  policies: EnforcedRecords,
  permitted: readonly Permitted[],
  output: Output
): Promise<void> {
  const scope = crossingScope(disclosure)
  const shared = sharedKey(bench.ring, scope)
  const unique = new Map([[shared.toString('hex'), shared], ...permitted.map(({ key }) => [key.toString('hex'), key] as const)])
  const crossed = await crossings(bench.pool, bench.ring, scope, [...unique.values()])
  const at = momentOf(disclosure)
  const sharedCrossing = crossed.get(shared.toString('hex')) as Crossing // crossings() answers every key it was asked
  const order = permitted
    .map(
      ({ group, key, ids, consents, applied, members }): Crossed => ({
        group,
        quality: groupQuality(output.quality, group, basesOf(bench.parties, group), policies.scope),
        at,
        key: key.toString('hex'),
        ids,
        consents,
        applied,
        members,
        crossing: crossed.get(key.toString('hex')) as Crossing,
        shared: sharedCrossing,
        ownBases: basesOf(bench.parties, group)
      })
    )
    .sort((a, b) => (a.crossing.surrogate < b.crossing.surrogate ? -1 : 1))
  const ask = policies.engine.scrubbing === null ? null : (bench.recogniser?.() ?? null)
  for await (const { one, answers } of answered(order, (one) => textsIn(one, policies, output), ask))
    releaseGroup(one, answers, policies, output)
}

async function writeLines(
  draft: Draft,
  disclosure: string,
  bucket: number,
  key: Uint8Array,
  lines: ReadonlyMap<string, Lines>
): Promise<Segment[]> {
  const index: Segment[] = []
  for (const [type, list] of [...lines].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const plain = list.text.bytes
    const sealed = sealSegment(key, linesPlace(disclosure, bucket, type), pack(plain))
    index.push({ type, offset: draft.size, length: sealed.length, records: list.count, plainBytes: plain.length })
    await draft.append(sealed)
  }
  return index
}

/** Does one bucket of the disclosure and commits its row, or leaves nothing. */
export async function releaseBucket(bench: Bench, task: BucketTask): Promise<void> {
  const { bucket, largest, ...ref } = task
  const disclosure = await findDisclosure(bench.pool, ref.disclosure)
  if (disclosure === null || disclosure.state !== 'releasing') {
    await finishWork(bench.pool, ref.work, ref.replica)
    return
  }
  if (disclosure.recut_of !== null) return recutBucket(bench, task, disclosure, (row) => commit(bench, ref, row))
  const policies = await enforced(bench.cache, bench.pool, disclosure)
  const groups = await gatherBucket(bench, disclosure.id, bucket)
  const output = await releaseGroups(bench, disclosure, policies, { groups, largest, now: ref.now })
  const key = datasetKeys(bench.ring, disclosure).segments
  const file = randomUUID()
  const draft = await Draft.begin(bench.folder, 'buckets', file)
  let index: Segment[]
  try {
    index = await writeLines(draft, disclosure.id, bucket, key, output.lines)
    await draft.keep()
  } catch (error) {
    await draft.drop()
    throw error
  } finally {
    for (const { text } of output.lines.values()) bench.spare.give(text)
  }
  const types = index.map((segment) => segment.type)
  const subjects: SubjectRow[] = output.subjects.map((row) => ({
    key: row.key,
    consents: row.consents,
    ...(row.applied === undefined || row.applied.length === 0 ? {} : { applied: row.applied }),
    ...(row.members === undefined || row.members.length === 0 ? {} : { members: row.members }),
    classes: row.classes,
    lines: types.map((type) => row.lines.get(type) ?? 0),
    ...(row.counted === undefined ? {} : { counted: row.counted }),
    ...(row.traits === undefined ? {} : { traits: row.traits }),
    ...(row.source === undefined ? {} : { source: row.source })
  }))
  const sealed = sealSubjects(key, disclosure.id, bucket, { types, subjects })
  const { received, withheld, refusedTexts, optedOut, sensitive } = output
  const counts = { received, withheld, optedOut, sensitive, ...(Object.keys(refusedTexts).length === 0 ? {} : { refusedTexts }) }
  const quality = sealQuality(key, disclosure.id, bucket, output.quality)
  await commit(bench, ref, { disclosure: disclosure.id, bucket, file, index, counts, subjects: sealed, quality })
}

async function commit(bench: Bench, ref: WorkRef, row: Parameters<typeof insertBucket>[1]): Promise<void> {
  await commitFile(bench.folder, 'buckets', row.file, () =>
    transaction(bench.pool, async (client) => {
      if ((await finishWork(client, ref.work, ref.replica)) !== 1 || !(await insertBucket(client, row))) return null
      if ((await bucketDone(client, ref.disclosure)) === 0) {
        await moveDisclosure(client, ref.disclosure, ['releasing'], 'gating')
        await addWork(client, 'gate', ref.disclosure, [0])
        const from = (await findDisclosure(client, ref.disclosure))?.recut_of ?? null
        if (from !== null) await addDestroy(client, from)
      }
      return row.file
    })
  )
}
