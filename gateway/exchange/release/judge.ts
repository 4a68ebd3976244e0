/**
 * RELEASE, the risk gate: all subjects of the dataset, and those the agreement released before, judged together (core/risk). Runs
 * in a worker thread. Decides the level of each subject, the counts that add up, and whether the dataset is sealed, held, refused or empty.
 * Only a verdict of 'release' (or an officer's word, see hold.ts) leads on to sealing.
 */
import type { PoolClient } from 'pg'
import { dictionary } from '../../core/deidentify/explain/dictionary.ts'
import { canonicalJson, type Json } from '../../core/digest.ts'
import { type Code, IntegrityError } from '../../core/errors.ts'
import { type GateResult, gate } from '../../core/risk/release/gate.ts'
import type { Agreement } from '../../generated/policy.ts'
import { type DisclosureRow, moveDisclosure, recordedCount, setDictionary, setGate, startSealing } from '../../store/disclosures.ts'
import { type Db, transaction } from '../../store/pool.ts'
import { type BucketRow, listBuckets, planShards, setLevels } from '../../store/results.ts'
import { addWork, finishWork } from '../../store/work.ts'
import type { DisclosureCounts } from '../accept/views.ts'
import { aboutDisclosure } from '../audit/audit.ts'
import { outSince, type WhyOut } from '../consent/out-since.ts'
import { crossingScope } from '../crosswalk.ts'
import { datasetKeys } from '../dataset-keys.ts'
import type { Judgement, WorkRef } from '../house.ts'
import { append } from '../log/log.ts'
import type { EnforcedRecords } from '../policy-cache.ts'
import type { Bench } from './bucket.ts'
import { countsOf, type Judged, refusedTextsOf } from './counts.ts'
import { addDestroy } from './destroy.ts'
import { classMac, readLedger } from './ledger.ts'
import { FULL, SUPPRESSED } from './levels.ts'
import { keepJudged, type Quality, toldOf as shortfallsOf } from './quality.ts'
import { type Recoded, recodeSubjects } from './recode.ts'
import { refuse } from './refusal.ts'
import { shardPlan } from './shard-plan.ts'
import { createCompactor, openSubjects, type SubjectRow } from './subjects.ts'

/** Is the row a subject for the gate: not the shared records, not one who is out since the bucket pass. */
function isJudged(row: SubjectRow, whyOut: WhyOut): boolean {
  return row.key !== null && whyOut(row) === null
}

/** The gate's levels, per bucket and in its order; shared records stand at level 0, who is out by now is out. */
function spread(judged: readonly Judged[], result: Pick<GateResult, 'levels'>, whyOut: WhyOut): Uint8Array[] {
  let next = 0
  const levelOf = (row: SubjectRow): number => {
    if (row.key === null) return FULL
    return isJudged(row, whyOut) ? (result.levels[next++] ?? SUPPRESSED) : SUPPRESSED
  }
  return judged.map(({ rows }) => Uint8Array.from(rows.subjects, levelOf))
}

/** What the officers and the statement see of the gate: numbers only. */
function gateSummary(result: GateResult | Recoded, agreement: Agreement): Record<string, unknown> & { released: number } {
  const { levels, ...rest } = result
  const count = (is: (level: number) => boolean): number => levels.reduce((sum, level) => (is(level) ? sum + 1 : sum), 0)
  return {
    k: agreement.k,
    ...rest,
    released: count((level) => level !== SUPPRESSED),
    generalized: count((level) => level !== SUPPRESSED && level !== FULL),
    suppressed: count((level) => level === SUPPRESSED)
  }
}

/** The gate of a profile without quasi-identifiers: the classes it fixes, at its two levels. */
async function gateSubjects(
  bench: Bench,
  disclosure: DisclosureRow,
  agreement: Agreement,
  subjects: readonly SubjectRow[]
): Promise<GateResult> {
  const scope = crossingScope(disclosure)
  const { counts: earlier, known, classes: before } = await readLedger(bench, scope, subjects)
  const named = (classes: readonly [string, string], level: 0 | 1): string =>
    classMac(bench.ring, scope, level, classes[level]).toString('hex')
  const classes = subjects.map((row, n) => {
    if (row.classes !== null) return [named(row.classes, 0), named(row.classes, 1)] as const
    // A subject that came without its Patient stays in the group the recipient knows it in; one never released is suppressed.
    const name = before.get(n)
    return name === undefined ? null : ([name, name] as const)
  })
  return gate({ classes, earlier, known, k: agreement.k, belowK: agreement.belowK, suppressionLimit: agreement.suppressionLimit })
}

/** Judges the dataset and moves it on to sealing, held or empty, in one transaction with its entry. */
export async function judge(
  bench: Bench,
  ref: WorkRef,
  disclosure: DisclosureRow,
  policies: EnforcedRecords,
  quality: Quality
): Promise<Judgement | null> {
  const { agreement, engine } = policies
  const key = datasetKeys(bench.ring, disclosure).segments
  const buckets = await listBuckets(bench.pool, disclosure.id)
  const compact = createCompactor()
  const judged = buckets.map((bucket) => ({ bucket, rows: compact(openSubjects(key, disclosure.id, bucket.bucket, bucket.subjects)) }))
  // An opt-out is in force from its commit: those of the time since the bucket pass count here.
  const whyOut = await outSince(bench, disclosure, agreement, { rows: judged.flatMap(({ rows }) => rows.subjects), now: ref.now })
  const subjects = judged.flatMap(({ rows }) => rows.subjects.filter((row) => isJudged(row, whyOut)))
  const ledger = await recordedCount(bench.pool, disclosure.agreement)
  const { risk } = policies.profile
  const recoded = risk === undefined ? null : await recodeSubjects(bench, disclosure, policies, risk, subjects)
  const result = recoded ?? (await gateSubjects(bench, disclosure, agreement, subjects))
  const levels = spread(judged, result, whyOut)
  const counts = await countsOf(bench.pool, disclosure.id, judged, levels, whyOut)
  return settle(bench, ref, disclosure, {
    buckets,
    levels,
    counts,
    summary: { ...gateSummary(result, agreement), ledger, ...refusedTextsOf(judged) },
    form: agreement.sealedForm,
    quality,
    dictionary: canonicalJson(dictionary(engine, recoded?.recoded) as unknown as Json)
  })
}

interface Verdict {
  readonly buckets: readonly BucketRow[]
  readonly levels: readonly Uint8Array[]
  readonly counts: DisclosureCounts
  readonly summary: ReturnType<typeof gateSummary>
  readonly form: Agreement['sealedForm']
  readonly quality: Quality
  /** canonical JSON */
  readonly dictionary: string
}

/** Commits levels, counts and what follows from the verdict; null when the claim was lost. */
async function settle(bench: Bench, ref: WorkRef, disclosure: DisclosureRow, verdict: Verdict): Promise<Judgement | null> {
  const word = wordOf(verdict)
  return transaction(bench.pool, async (client) => {
    if ((await finishWork(client, ref.work, ref.replica)) !== 1) return null
    for (const [n, bucket] of verdict.buckets.entries()) {
      await setLevels(client, disclosure.id, bucket.bucket, Buffer.from(verdict.levels[n] ?? []))
    }
    await setDictionary(client, disclosure.id, verdict.dictionary)
    await setGate(client, disclosure.id, verdict.summary, countsBy(word, verdict.counts))
    await keepJudged(client, disclosure, verdict.quality)
    await follow(client, ref, disclosure, verdict, word)
    return { verdict: word, agreement: disclosure.agreement }
  })
}

function wordOf({ summary, quality }: Verdict): Judgement['verdict'] {
  const { verdict } = summary as { verdict?: unknown }
  if (verdict === 'hold' || verdict === 'refuse') return verdict
  return summary.released === 0 ? 'empty' : quality.word
}

/** The counts as the verdict leaves them: held back whole, withheld whole, or as they are. */
function countsBy(word: Judgement['verdict'], counts: DisclosureCounts): DisclosureCounts {
  if (word === 'hold') return { ...counts, released: 0, held: counts.released, byType: {} }
  return word === 'empty' ? emptied(counts) : counts
}

/** What comes next: sealing, an officer, or the end; the latter with their entry. */
async function follow(
  client: PoolClient,
  ref: WorkRef,
  disclosure: DisclosureRow,
  verdict: Verdict,
  word: Judgement['verdict']
): Promise<void> {
  if (word === 'release') {
    await beginSealing(client, disclosure.id, verdict.buckets, verdict.form)
    return
  }
  if (word === 'refuse') {
    await refuse({ now: () => new Date() }, client, disclosure.id, 'too-few-like-them')
    return
  }
  const counts = countsBy(word, verdict.counts)
  if (word === 'empty') {
    await endEmpty(client, disclosure, counts)
    return
  }
  const reason = (verdict.summary as { verdict?: unknown }).verdict === 'hold' ? 'too-few-like-them' : 'below-quality'
  await holdDataset(client, ref, disclosure, { counts, reason, quality: verdict.quality })
}

/** An officer must decide: why, with its entry. */
export async function holdDataset(
  client: PoolClient,
  ref: WorkRef,
  disclosure: DisclosureRow,
  { counts, reason, quality }: { readonly counts: DisclosureCounts; readonly reason: Code; readonly quality: Quality }
): Promise<void> {
  await moveDisclosure(client, disclosure.id, ['gating'], 'held', reason)
  await append(client, `dataset-held:${disclosure.id}:${ref.work}`, {
    ...toldOf('dataset-held', disclosure, counts),
    reason,
    ...shortfallsOf(quality)
  })
}

function toldOf(kind: 'dataset-held' | 'dataset-empty', disclosure: DisclosureRow, counts: DisclosureCounts): Parameters<typeof append>[2] {
  const at = new Date().toISOString()
  return { v: 1, kind, at, ...aboutDisclosure(disclosure), counts: counts as unknown as Json } // plain numbers by its type
}

/** Nothing leaves of a dataset that was gating: its end, with its entry. */
export async function endEmpty(client: PoolClient, disclosure: DisclosureRow, counts: DisclosureCounts): Promise<void> {
  await moveDisclosure(client, disclosure.id, ['gating'], 'empty')
  await append(client, `dataset-empty:${disclosure.id}`, toldOf('dataset-empty', disclosure, counts))
  await addDestroy(client, disclosure.id)
}

/** No subject is left, so nothing leaves: what shared records there were are withheld, too. */
function emptied(counts: DisclosureCounts): DisclosureCounts {
  const withheld =
    counts.released === 0
      ? counts.withheld
      : { ...counts.withheld, 'not-releasable': (counts.withheld['not-releasable'] ?? 0) + counts.released }
  return { ...counts, released: 0, byType: {}, withheld }
}

/** Plans the shards and puts them to work; the disclosure must be gating or, by an officer's word, held. */
export async function beginSealing(
  db: Db,
  disclosure: string,
  buckets: readonly BucketRow[],
  form: Agreement['sealedForm']
): Promise<void> {
  const shards = shardPlan(buckets, form)
  await planShards(db, disclosure, shards)
  if ((await startSealing(db, disclosure, shards.length)) !== 1)
    throw new IntegrityError('internal', { disclosure, state: 'not to be sealed' })
  await addWork(
    db,
    'seal',
    disclosure,
    shards.map((_, n) => n)
  )
}
