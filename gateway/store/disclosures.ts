/**
 * Disclosures: what is released under one agreement at one moment, from waiting to ready. A disclosure's id is its
 * dataset's id. State changes name the state they leave, so a late or doubled step changes nothing.
 */
import { SUSPENDED } from './agreements.ts'
import type { Db } from './pool.ts'
import { rows, run } from './pool.ts'
import { isDead } from './replicas.ts'

export type DisclosureState =
  | 'waiting'
  | 'releasing'
  | 'gating'
  | 'held'
  | 'sealing'
  | 'recording'
  | 'recorded'
  | 'ready'
  | 'refused'
  | 'empty'
  | 'withdrawn'
  | 'recalled'
  | 'expired'

export interface DisclosureRow {
  readonly id: string
  readonly agreement: string
  readonly agreement_hash: string
  readonly profile_hash: string
  readonly recipient: string
  readonly source: string
  readonly state: DisclosureState
  readonly reason: string | null
  readonly due_at: Date
  readonly at: Date | null
  readonly sealed_key: Buffer
  readonly buckets_left: number | null
  readonly shards_left: number | null
  readonly counts: Record<string, unknown>
  readonly gate: Record<string, unknown> | null
  readonly statement: string | null
  readonly salt: Buffer | null
  readonly manifest: string | null
  readonly dictionary: string | null
  readonly created_at: Date
  readonly released_at: Date | null
  /** the dataset it is cut from again; null: from what was sent */
  readonly recut_of: string | null
  /** the first access to a file or the manifest */
  readonly fetched_at: Date | null
}

/** The disclosure of the agreement that still waits for its moment, made if there is none; what arrives meanwhile joins it. */
export async function joinWaiting(
  db: Db,
  row: {
    id: string
    agreement: string
    agreementHash: string
    profileHash: string
    recipient: string
    source: string
    dueAt: Date
    sealedKey: Buffer
  },
  submission: string
): Promise<string> {
  const [joined] = await rows<{ id: string }>(
    db,
    `INSERT INTO disclosure (id, agreement, agreement_hash, profile_hash, recipient, source, state, due_at, sealed_key)
     VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8)
     ON CONFLICT (agreement) WHERE state = 'waiting' DO UPDATE SET agreement_hash = EXCLUDED.agreement_hash, profile_hash = EXCLUDED.profile_hash
     RETURNING id`,
    [row.id, row.agreement, row.agreementHash, row.profileHash, row.recipient, row.source, row.dueAt, row.sealedKey]
  )
  const id = joined?.id ?? row.id
  await run(db, 'INSERT INTO disclosure_submission (disclosure, submission) VALUES ($1, $2) ON CONFLICT DO NOTHING', [id, submission])
  return id
}

/** A waiting disclosure whose moment has come, locked against other replicas. */
export async function dueDisclosure(db: Db): Promise<DisclosureRow | null> {
  const sql = `SELECT * FROM disclosure WHERE state = 'waiting' AND due_at <= now() AND agreement NOT IN (${SUSPENDED})
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`
  return (await rows<DisclosureRow>(db, sql))[0] ?? null
}

export async function findDisclosure(db: Db, id: string): Promise<DisclosureRow | null> {
  return (await rows<DisclosureRow>(db, 'SELECT * FROM disclosure WHERE id = $1', [id]))[0] ?? null
}

/** Of that source or recipient: a dataset of others costs what none costs. */
export async function findDisclosureOf(db: Db, id: string, party: string): Promise<DisclosureRow | null> {
  return (
    (await rows<DisclosureRow>(db, 'SELECT * FROM disclosure WHERE id = $1 AND (source = $2 OR recipient = $2)', [id, party]))[0] ?? null
  )
}

export async function lockDisclosure(db: Db, id: string): Promise<DisclosureRow | null> {
  return (await rows<DisclosureRow>(db, 'SELECT * FROM disclosure WHERE id = $1 FOR UPDATE', [id]))[0] ?? null
}

/** Fixes the release moment, the policies it is made under and the number of buckets to do. */
export async function startReleasing(
  db: Db,
  id: string,
  row: { at: Date; agreementHash: string; profileHash: string; buckets: number }
): Promise<number> {
  return run(
    db,
    `UPDATE disclosure SET state = 'releasing', at = $2, agreement_hash = $3, profile_hash = $4, buckets_left = $5
     WHERE id = $1 AND state = 'waiting'`,
    [id, row.at, row.agreementHash, row.profileHash, row.buckets]
  )
}

/** A waiting disclosure waits until then. */
export async function postpone(db: Db, id: string, until: Date): Promise<number> {
  return run(db, "UPDATE disclosure SET due_at = $2 WHERE id = $1 AND state = 'waiting'", [id, until])
}

/** One bucket less to do; how many are left, or null when the disclosure is no longer releasing. */
export async function bucketDone(db: Db, id: string): Promise<number | null> {
  const [row] = await rows<{ buckets_left: number }>(
    db,
    "UPDATE disclosure SET buckets_left = buckets_left - 1 WHERE id = $1 AND state = 'releasing' RETURNING buckets_left",
    [id]
  )
  return row?.buckets_left ?? null
}

/** One shard less to do; how many are left, or null when the disclosure is no longer sealing. */
export async function shardDone(db: Db, id: string): Promise<number | null> {
  const [row] = await rows<{ shards_left: number }>(
    db,
    "UPDATE disclosure SET shards_left = shards_left - 1 WHERE id = $1 AND state = 'sealing' RETURNING shards_left",
    [id]
  )
  return row?.shards_left ?? null
}

/** Moves on from one of `from`; 0 when it was not there. */
export async function moveDisclosure(
  db: Db,
  id: string,
  from: readonly DisclosureState[],
  to: DisclosureState,
  reason: string | null = null
): Promise<number> {
  return run(db, 'UPDATE disclosure SET state = $3, reason = $4 WHERE id = $1 AND state = ANY($2::text[])', [id, from, to, reason])
}

export async function setGate(db: Db, id: string, gate: object, counts: object): Promise<number> {
  return run(db, 'UPDATE disclosure SET gate = $2, counts = $3 WHERE id = $1', [id, JSON.stringify(gate), JSON.stringify(counts)])
}

/** The data dictionary that goes with the dataset: canonical JSON. */
export async function setDictionary(db: Db, id: string, dictionary: string): Promise<number> {
  return run(db, 'UPDATE disclosure SET dictionary = $2 WHERE id = $1', [id, dictionary])
}

export async function startSealing(db: Db, id: string, shards: number): Promise<number> {
  return run(db, "UPDATE disclosure SET state = 'sealing', shards_left = $2 WHERE id = $1 AND state IN ('gating', 'held')", [id, shards])
}

export async function recordStatement(db: Db, id: string, row: { statement: string; salt: Buffer; counts: object }): Promise<number> {
  const sql = "UPDATE disclosure SET state = 'recorded', statement = $2, salt = $3, counts = $4 WHERE id = $1 AND state = 'recording'"
  return run(db, sql, [id, row.statement, row.salt, JSON.stringify(row.counts)])
}

/** Recorded disclosures whose entry a signed checkpoint covers: their manifests can be made. */
export async function coveredDisclosures(db: Db, size: bigint): Promise<(DisclosureRow & { index: bigint })[]> {
  const found = await rows<DisclosureRow & { index: string }>(
    db,
    `SELECT d.*, l.index::text AS index FROM disclosure d JOIN log_body b ON b.disclosure = d.id JOIN log_entry l ON l.index = b.index
     WHERE d.state = 'recorded' AND l.kind = 'dataset-released' AND l.index < $1 ORDER BY l.index LIMIT 100`,
    [String(size)]
  )
  return found.map((row) => ({ ...row, index: BigInt(row.index) }))
}

/**
 * The moments of releases and of finished exports, told apart: while one release is being committed no export finishes, so that an export's
 * transactionTime never lies between a dataset's moment and its commit (the next _since would miss it). Both run in transactions.
 */
const RELEASE_MOMENTS = 7_301_006

export async function holdReleases(db: Db): Promise<void> {
  await run(db, 'SELECT pg_advisory_xact_lock($1)', [RELEASE_MOMENTS])
}

export async function awaitReleases(db: Db): Promise<void> {
  await run(db, 'SELECT pg_advisory_xact_lock_shared($1)', [RELEASE_MOMENTS])
}

/** Grows with each dataset of the agreement that is recorded, and again when it is withdrawn: a gate's judgement holds only while this number does. */
export async function recordedCount(db: Db, agreement: string): Promise<number> {
  const sql = `SELECT count(*) + count(*) FILTER (WHERE state = 'withdrawn') AS n FROM disclosure
    WHERE agreement = $1 AND state IN ('recorded', 'ready', 'recalled', 'expired', 'withdrawn')`
  return (await rows<{ n: number }>(db, sql, [agreement]))[0]?.n ?? 0
}

/** No other dataset of the agreement is recorded until the caller's transaction ends. */
export async function holdAgreement(db: Db, agreement: string): Promise<void> {
  await run(db, "SELECT pg_advisory_xact_lock(hashtextextended('sallyport agreement ' || $1, 0))", [agreement])
}

/** The manifest is kept and the dataset can be pulled from this moment on. Hold releases first. */
export async function makeReady(db: Db, id: string, manifest: string): Promise<number> {
  return run(
    db,
    "UPDATE disclosure SET state = 'ready', manifest = $2, released_at = clock_timestamp() WHERE id = $1 AND state = 'recorded'",
    [id, manifest]
  )
}

export async function disclosuresOfSubmission(db: Db, submission: string): Promise<(DisclosureRow & { buckets_total: number })[]> {
  return rows<DisclosureRow & { buckets_total: number }>(
    db,
    `SELECT d.*, (SELECT count(*) FROM bucket_result b WHERE b.disclosure = d.id)::integer AS buckets_total
     FROM disclosure d JOIN disclosure_submission ds ON ds.disclosure = d.id WHERE ds.submission = $1 ORDER BY d.agreement, d.created_at`,
    [submission]
  )
}

/**
 * Is a dataset of the agreement being made that began by `since`, within the hour? An export asked for then waits for it, and for none that is cut again: that
 * one is would tell when a patient said no.
 */
export async function underWay(db: Db, agreement: string, since: Date): Promise<boolean> {
  const sql = `SELECT FROM disclosure WHERE agreement = $1 AND recut_of IS NULL AND GREATEST(at, created_at) <= $2
    AND GREATEST(at, created_at) > now() - interval '1 hour' AND state IN ('releasing', 'gating', 'sealing', 'recording', 'recorded') LIMIT 1`
  return (await rows(db, sql, [agreement, since])).length > 0
}

export async function submissionIds(db: Db, disclosure: string): Promise<string[]> {
  return (
    await rows<{ submission: string }>(db, 'SELECT submission FROM disclosure_submission WHERE disclosure = $1 ORDER BY submission', [
      disclosure
    ])
  ).map((row) => row.submission)
}

/** When the agreement last released (its moment), for the release window. */
export async function lastRelease(db: Db, agreement: string): Promise<Date | null> {
  const [row] = await rows<{ at: Date | null }>(
    db,
    "SELECT max(at) AS at FROM disclosure WHERE agreement = $1 AND state NOT IN ('waiting', 'refused', 'empty')",
    [agreement]
  )
  return row?.at ?? null
}

export async function listDisclosures(db: Db, states: readonly DisclosureState[]): Promise<DisclosureRow[]> {
  return rows<DisclosureRow>(db, 'SELECT * FROM disclosure WHERE state = ANY($1::text[]) ORDER BY created_at', [states])
}

/** Datasets past the days their agreement lets the gateway keep them, locked; the policy row says how many. */
export async function outlivedDatasets(db: Db, now: Date): Promise<DisclosureRow[]> {
  return rows<DisclosureRow>(
    db,
    `SELECT d.* FROM disclosure d JOIN policy p ON p.hash = d.agreement_hash WHERE d.state IN ('ready', 'recalled')
     AND COALESCE(d.released_at, d.at) + (p.body::jsonb -> 'retention' ->> 'gatewayDays')::integer * interval '1 day' <= $1 LIMIT 100 FOR UPDATE OF d SKIP LOCKED`,
    [now]
  )
}

/** Datasets of an agreement that may be pulled: ready, released or offered again after `since` and not after `until`. */
export async function readyDatasets(db: Db, agreement: string, since: Date | null, until: Date): Promise<DisclosureRow[]> {
  return rows<DisclosureRow>(
    db,
    `SELECT * FROM disclosure d WHERE agreement = $1 AND state = 'ready' AND released_at <= $3
       AND ($2::timestamptz IS NULL OR released_at > $2 OR EXISTS (SELECT FROM redelivery r WHERE r.disclosure = d.id AND r.at > $2 AND r.at <= $3))
     ORDER BY released_at`,
    [agreement, since, until]
  )
}

/**
 * How many datasets of a source are being cut from what was sent. Under a suspended agreement only those that somebody is still at: what begins
 * again when it is resumed asks first what patients say by then.
 */
export async function beingMade(db: Db, source: string): Promise<number> {
  const claimed = `SELECT FROM work w WHERE w.target = d.id AND w.kind = 'bucket' AND NOT ${isDead('w.replica')}`
  const sql = `SELECT count(*) AS n FROM disclosure d WHERE source = $1 AND state = 'releasing' AND recut_of IS NULL
    AND (agreement NOT IN (${SUSPENDED}) OR EXISTS (${claimed}))`
  return (await rows<{ n: number }>(db, sql, [source]))[0]?.n ?? 0
}

/** Agreements and recipients that a source ever had a disclosure for. */
export async function scopesOfSource(db: Db, source: string): Promise<{ agreement: string; recipient: string }[]> {
  return rows(db, 'SELECT DISTINCT agreement, recipient FROM disclosure WHERE source = $1 ORDER BY agreement, recipient', [source])
}

/** Whose records went to this recipient under an agreement of this id. */
export async function sourceOf(db: Db, agreement: string, recipient: string): Promise<string> {
  const sql = 'SELECT source FROM disclosure WHERE agreement = $1 AND recipient = $2 ORDER BY created_at DESC LIMIT 1'
  return (await rows<{ source: string }>(db, sql, [agreement, recipient]))[0]?.source ?? ''
}
