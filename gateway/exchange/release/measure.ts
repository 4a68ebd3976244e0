/**
 * RELEASE, the gate of an aggregate-only dataset: what the subjects of all buckets add up to becomes MeasureReports, the cells of few hidden
 * (core/aggregate). Runs in a worker thread. Decides the counts, and whether anything is left to release. The reports become a bucket of their own, so
 * that they are sealed and recorded as every dataset is.
 */
import { randomUUID } from 'node:crypto'
import { type Aggregate, aggregate } from '../../core/aggregate/aggregate.ts'
import { aggregateDictionary } from '../../core/aggregate/explain.ts'
import { canonicalJson, type Json } from '../../core/digest.ts'
import { sealSegment } from '../../seal/segment.ts'
import { Draft, removeStored } from '../../store/directory.ts'
import { type DisclosureRow, recordedCount, setDictionary, setGate } from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import { type BucketRow, dropBucket, insertBucket, listBuckets, setLevels } from '../../store/results.ts'
import { finishWork } from '../../store/work.ts'
import type { DisclosureCounts } from '../accept/views.ts'
import { commitFile } from '../commit-file.ts'
import { outSince } from '../consent/out-since.ts'
import { datasetKeys } from '../dataset-keys.ts'
import { BUCKETS, pack } from '../frames.ts'
import type { Judgement, WorkRef } from '../house.ts'
import type { EnforcedCounting } from '../policy-cache.ts'
import type { Bench } from './bucket.ts'
import { countsOf, type Judged } from './counts.ts'
import { beginSealing, endEmpty, holdDataset } from './judge.ts'
import { keepJudged, type Quality } from './quality.ts'
import { linesPlace, openSubjects, sealSubjects } from './subjects.ts'
import { keepTold, toldBefore } from './told.ts'

const TYPE = 'MeasureReport'
/** Behind those of subjects. */
const REPORTS = BUCKETS
const [IN, OUT] = [0, 2]

/** Counts, hides and moves the dataset on to sealing or to its end, in one transaction with its entry. */
export async function measure(
  bench: Bench,
  ref: WorkRef,
  disclosure: DisclosureRow,
  policies: EnforcedCounting,
  quality: Quality
): Promise<Judgement | null> {
  const key = datasetKeys(bench.ring, disclosure).segments
  const buckets = await listBuckets(bench.pool, disclosure.id, 0, BUCKETS - 1)
  const judged = buckets.map((bucket) => ({ bucket, rows: openSubjects(key, disclosure.id, bucket.bucket, bucket.subjects) }))
  // An opt-out is in force from its commit: those of the time since the bucket pass count here.
  const whyOut = await outSince(bench, disclosure, policies.agreement, { rows: judged.flatMap(({ rows }) => rows.subjects), now: ref.now })
  const levels = judged.map(({ rows }) => Uint8Array.from(rows.subjects, (row) => (whyOut(row) === null ? IN : OUT)))
  const ledger = await recordedCount(bench.pool, disclosure.agreement)
  const { agreement, profile } = policies
  const made = aggregate({
    profile,
    k: agreement.k,
    subjects: contributionsOf(judged, levels),
    earlier: await toldBefore(bench.pool, bench.ring, disclosure),
    dataset: disclosure.id,
    at: (disclosure.at ?? disclosure.created_at).toISOString()
  })
  const counts = { ...(await countsOf(bench.pool, disclosure.id, judged, levels, whyOut)), made: { [TYPE]: made.reports.length } }
  return settle(bench, ref, disclosure, { policies, judged, levels, made, counts, ledger, quality })
}

function contributionsOf(judged: readonly Judged[], levels: readonly Uint8Array[]): Aggregate['told']['subjects'] {
  return judged.flatMap(({ rows }, b) =>
    rows.subjects.flatMap(({ key, counted }, n) =>
      key === null || counted === undefined || levels[b]?.[n] !== IN ? [] : [{ key, sex: counted.sex, stays: counted.stays }]
    )
  )
}

interface Verdict {
  readonly policies: EnforcedCounting
  readonly judged: readonly Judged[]
  readonly levels: readonly Uint8Array[]
  readonly made: Aggregate
  readonly counts: DisclosureCounts
  readonly ledger: number
  readonly quality: Quality
}

/** Commits what was decided; null when the claim was lost. */
async function settle(bench: Bench, ref: WorkRef, disclosure: DisclosureRow, verdict: Verdict): Promise<Judgement | null> {
  const { made, levels, judged, counts, policies, quality } = verdict
  const bucket = await writeReports(bench, disclosure, made)
  const word = made.reports.length === 0 ? 'empty' : quality.word
  const dropped: string[] = []
  const kept = await commitFile(bench.folder, 'buckets', bucket.file, () =>
    transaction(bench.pool, async (client) => {
      if ((await finishWork(client, ref.work, ref.replica)) !== 1) return null
      for (const [n, row] of judged.entries()) await setLevels(client, disclosure.id, row.bucket.bucket, Buffer.from(levels[n] ?? []))
      dropped.push(...(await dropBucket(client, disclosure.id, REPORTS)))
      await insertBucket(client, bucket)
      await setLevels(client, disclosure.id, REPORTS, Buffer.from([IN]))
      await keepTold(client, bench.ring, disclosure, made.told)
      await setDictionary(client, disclosure.id, canonicalJson(aggregateDictionary(policies.profile) as unknown as Json)) // plain data
      await setGate(client, disclosure.id, summaryOf(verdict, word), counts)
      await keepJudged(client, disclosure, quality)
      if (word === 'empty') await endEmpty(client, disclosure, counts)
      else if (word === 'hold') await holdDataset(client, ref, disclosure, { counts, reason: 'below-quality', quality })
      else await beginSealing(client, disclosure.id, [{ ...bucket, levels: null }], policies.agreement.sealedForm)
      return bucket.file
    })
  )
  await removeStored(bench.folder, 'buckets', dropped)
  return kept === null ? null : { verdict: word, agreement: disclosure.agreement }
}

/** What officers and the statement see: no subject leaves, so none is counted as released. */
function summaryOf({ policies, made, ledger }: Verdict, verdict: Judgement['verdict']): Record<string, unknown> {
  return { k: policies.agreement.k, verdict, released: 0, generalized: 0, suppressed: 0, smallestGroup: 0, cells: made.cells, ledger }
}

/** The reports as a bucket: one segment, in the name of nobody. */
async function writeReports(bench: Bench, disclosure: DisclosureRow, { reports }: Aggregate): Promise<Omit<BucketRow, 'levels'>> {
  const key = datasetKeys(bench.ring, disclosure).segments
  const plain = Buffer.from(reports.map((report) => `${JSON.stringify(report)}\n`).join(''), 'utf8')
  const sealed = sealSegment(key, linesPlace(disclosure.id, REPORTS, TYPE), pack(plain))
  const file = randomUUID()
  const draft = await Draft.begin(bench.folder, 'buckets', file)
  try {
    await draft.append(sealed)
    await draft.keep()
  } catch (error) {
    await draft.drop()
    throw error
  }
  const nobody = { key: null, consents: [], classes: null, lines: [reports.length] }
  return {
    disclosure: disclosure.id,
    bucket: REPORTS,
    file,
    index: [{ type: TYPE, offset: 0, length: sealed.length, records: reports.length, plainBytes: plain.length }],
    counts: { received: 0, withheld: {} },
    subjects: sealSubjects(key, disclosure.id, REPORTS, { types: [TYPE], subjects: [nobody] })
  }
}
