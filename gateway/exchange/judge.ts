/**
 * RELEASE, the risk gate: all subjects of the dataset, and those the agreement released before, judged together (core/risk). Runs
 * in a worker thread. Decides the level of each subject, the counts that add up, and whether the dataset is sealed, held or empty.
 * Only a verdict of 'release' (or an officer's word, see hold.ts) leads on to sealing.
 */
import { hmac } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import { type GateResult, gate, NEVER } from '../core/risk/gate.ts'
import type { Agreement } from '../generated/policy.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { type DisclosureRow, findDisclosure, moveDisclosure, setGate, startSealing } from '../store/disclosures.ts'
import { type Db, transaction } from '../store/pool.ts'
import { type BucketRow, listBuckets, planShards, releasedPage, setLevels } from '../store/results.ts'
import { uploadsOfDisclosure } from '../store/uploads.ts'
import { addWork, finishWork } from '../store/work.ts'
import type { Bench } from './bucket.ts'
import { datasetKeys } from './dataset-keys.ts'
import type { WorkRef } from './house.ts'
import { append, type Statement } from './log.ts'
import { enforced } from './policy-cache.ts'
import { type BucketSubjects, openSubjects, type SubjectRow } from './subjects.ts'
import type { DisclosureCounts } from './views.ts'

const LEDGER_PAGE = 20_000
const SUPPRESSED = 2
/** A shard holds at most about this many bytes of NDJSON. */
const SHARD_BYTES = 256 * 1024 * 1024

/** The name under which the ledger knows a class: keyed, so that the table tells nothing by itself. */
export function classMac(ring: KeyRing, agreement: string, level: number, name: string): Buffer {
  return hmac(ring.crosswalk.current.secret, 'class', agreement, String(level), name)
}

interface Judged {
  readonly bucket: BucketRow
  readonly rows: BucketSubjects
}

interface Earlier {
  readonly counts: readonly [Map<string, number>, Map<string, number>]
  readonly known: Uint8Array | null
  /** per subject of this dataset, the name of the class the ledger has it in */
  readonly classes: ReadonlyMap<number, string>
}

/** What the ledger holds: counts of classes among subjects not in this dataset, and the levels of those that are. */
async function readLedger(bench: Bench, agreement: string, subjects: readonly SubjectRow[]): Promise<Earlier> {
  const here = new Map(subjects.map((row, n) => [row.key ?? '', n]))
  const counts: [Map<string, number>, Map<string, number>] = [new Map(), new Map()]
  const classes = new Map<number, string>()
  let known: Uint8Array | null = null
  let after: Buffer = Buffer.alloc(0)
  for (;;) {
    const page = await releasedPage(bench.pool, agreement, after, LEDGER_PAGE)
    for (const row of page) {
      const n = here.get(row.key.toString('hex'))
      if (n !== undefined) {
        known ??= new Uint8Array(subjects.length).fill(NEVER)
        known[n] = row.level
        classes.set(n, row.class_mac.toString('hex'))
      } else {
        const level = counts[row.level === 0 ? 0 : 1]
        const name = row.class_mac.toString('hex')
        level.set(name, (level.get(name) ?? 0) + 1)
      }
    }
    const last = page.at(-1)
    if (last === undefined || page.length < LEDGER_PAGE) return { counts, known, classes }
    after = last.key
  }
}

/** Lines per type over subjects, by level. */
function tally(judged: readonly Judged[], levels: readonly Uint8Array[]): { byType: Record<string, number>; suppressed: number } {
  const byType: Record<string, number> = {}
  let suppressed = 0
  judged.forEach(({ rows }, b) => {
    rows.subjects.forEach((row, n) => {
      const out = levels[b]?.[n] === SUPPRESSED
      rows.types.forEach((type, t) => {
        const lines = row.lines[t] ?? 0
        if (out) suppressed += lines
        else if (lines > 0) byType[type] = (byType[type] ?? 0) + lines
      })
    })
  })
  return { byType, suppressed }
}

/** The gate's levels, per bucket and in its order; shared records stand at level 0. */
function spread(judged: readonly Judged[], result: GateResult): Uint8Array[] {
  let next = 0
  return judged.map(({ rows }) => Uint8Array.from(rows.subjects, (row) => (row.key === null ? 0 : (result.levels[next++] ?? SUPPRESSED))))
}

async function countsOf(db: Db, disclosure: string, judged: readonly Judged[], levels: readonly Uint8Array[]): Promise<DisclosureCounts> {
  const withheld: Record<string, number> = {}
  let received = 0
  const add = (into: Record<string, number>, from: Record<string, number>): void => {
    for (const [code, n] of Object.entries(from)) into[code] = (into[code] ?? 0) + n
  }
  for (const { bucket } of judged) {
    received += bucket.counts.received
    add(withheld, bucket.counts.withheld)
  }
  const rejected: Record<string, number> = {}
  for (const upload of await uploadsOfDisclosure(db, disclosure)) add(rejected, upload.rejected)
  const { byType, suppressed } = tally(judged, levels)
  if (suppressed > 0) withheld['too-few-like-them'] = suppressed
  const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, n) => total + n, 0)
  const counts = { received: received + sum(rejected), released: sum(byType), held: 0, withheld, rejected, byType }
  // Every record is somewhere, exactly once; a dataset whose counts do not add up is not released.
  if (counts.received !== counts.released + sum(withheld) + sum(rejected))
    throw new IntegrityError('internal', { disclosure, counts: 'do not add up' })
  return counts
}

/** Shards of one type each, cut at bucket borders: `Observation.1.ndjson.gz.c2sp`. */
export function shardPlan(
  buckets: readonly BucketRow[],
  form: Agreement['sealedForm']
): { name: string; type: string; firstBucket: number; lastBucket: number }[] {
  const types = [...new Set(buckets.flatMap((bucket) => bucket.index.map((segment) => segment.type)))].sort()
  const ending = form === 'transport-only' ? 'ndjson.gz' : `ndjson.gz.${form}`
  return types.flatMap((type) => {
    const plan: { name: string; type: string; firstBucket: number; lastBucket: number }[] = []
    let bytes = Number.POSITIVE_INFINITY
    for (const { bucket, index } of buckets) {
      const segment = index.find((entry) => entry.type === type)
      if (segment === undefined) continue
      const last = plan.at(-1)
      if (last === undefined || bytes + segment.plainBytes > SHARD_BYTES) {
        plan.push({ name: `${type}.${plan.length + 1}.${ending}`, type, firstBucket: bucket, lastBucket: bucket })
        bytes = segment.plainBytes
      } else {
        last.lastBucket = bucket
        bytes += segment.plainBytes
      }
    }
    return plan
  })
}

/** What the officers and the statement see of the gate: numbers only. */
function gateSummary(result: GateResult, agreement: Agreement): Record<string, unknown> & { released: number } {
  const count = (level: number): number => result.levels.reduce((sum, l) => (l === level ? sum + 1 : sum), 0)
  return {
    k: agreement.k,
    verdict: result.verdict,
    released: count(0) + count(1),
    generalized: count(1),
    suppressed: count(SUPPRESSED),
    smallestGroup: result.smallestGroup,
    suppressedShare: result.suppressedShare,
    groups: result.groups
  }
}

/** Judges the dataset and moves it on to sealing, held or empty, in one transaction with its entry. */
export async function judge(bench: Bench, ref: WorkRef): Promise<void> {
  const disclosure = await findDisclosure(bench.pool, ref.disclosure)
  if (disclosure === null || disclosure.state !== 'gating') {
    await finishWork(bench.pool, ref.work, ref.replica)
    return
  }
  const { agreement } = await enforced(bench.cache, bench.pool, disclosure)
  const key = datasetKeys(bench.ring, disclosure).segments
  const buckets = await listBuckets(bench.pool, disclosure.id)
  const judged = buckets.map((bucket) => ({ bucket, rows: openSubjects(key, disclosure.id, bucket.bucket, bucket.subjects) }))
  const subjects = judged.flatMap(({ rows }) => rows.subjects.filter((row) => row.key !== null))
  const { counts: earlier, known, classes: before } = await readLedger(bench, disclosure.agreement, subjects)
  const named = (classes: readonly [string, string], level: 0 | 1): string =>
    classMac(bench.ring, disclosure.agreement, level, classes[level]).toString('hex')
  const classes = subjects.map((row, n) => {
    if (row.classes !== null) return [named(row.classes, 0), named(row.classes, 1)] as const
    // A subject that came without its Patient stays in the group the recipient knows it in; one never released is suppressed.
    const name = before.get(n)
    return name === undefined ? null : ([name, name] as const)
  })
  const result = gate({ classes, earlier, known, k: agreement.k, belowK: agreement.belowK, suppressionLimit: agreement.suppressionLimit })
  const levels = spread(judged, result)
  const counts = await countsOf(bench.pool, disclosure.id, judged, levels)
  await settle(bench, ref, disclosure, { buckets, levels, counts, summary: gateSummary(result, agreement), form: agreement.sealedForm })
}

interface Verdict {
  readonly buckets: readonly BucketRow[]
  readonly levels: readonly Uint8Array[]
  readonly counts: DisclosureCounts
  readonly summary: ReturnType<typeof gateSummary>
  readonly form: Agreement['sealedForm']
}

async function settle(bench: Bench, ref: WorkRef, disclosure: DisclosureRow, verdict: Verdict): Promise<void> {
  const { buckets, levels, summary } = verdict
  const at = new Date().toISOString()
  const base = {
    v: 1,
    at,
    dataset: disclosure.id,
    agreement: disclosure.agreement,
    policy: disclosure.agreement_hash,
    profile: disclosure.profile_hash
  } as const
  await transaction(bench.pool, async (client) => {
    if ((await finishWork(client, ref.work, ref.replica)) !== 1) return
    for (const [n, bucket] of buckets.entries()) await setLevels(client, disclosure.id, bucket.bucket, Buffer.from(levels[n] ?? []))
    const held = summary['verdict'] === 'hold'
    const counts = held ? { ...verdict.counts, released: 0, held: verdict.counts.released, byType: {} } : verdict.counts
    await setGate(client, disclosure.id, summary, counts)
    const told: Statement = { ...base, kind: held ? 'dataset-held' : 'dataset-empty', counts: counts as never }
    if (held) {
      await moveDisclosure(client, disclosure.id, ['gating'], 'held', 'too-few-like-them')
      await append(client, `dataset-held:${disclosure.id}`, told, disclosure.id)
    } else if (summary.released === 0) {
      await moveDisclosure(client, disclosure.id, ['gating'], 'empty')
      await setGate(client, disclosure.id, summary, emptied(verdict.counts))
      await append(client, `dataset-empty:${disclosure.id}`, { ...told, counts: emptied(verdict.counts) as never }, disclosure.id)
      await addDestroy(client, disclosure.id)
    } else {
      await beginSealing(client, disclosure.id, buckets, verdict.form)
    }
  })
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

/** The submissions of an ended disclosure may be ready to be destroyed. */
export async function addDestroy(db: Db, disclosure: string): Promise<void> {
  await addWork(db, 'destroy', disclosure, [0])
}
