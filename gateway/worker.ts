/**
 * The other file that knows all the parts: builds them once inside a worker thread, with its own small pool of connections and its
 * own key ring, and offers the tasks by name. Decides nothing. What it gets from main and gives back is bytes, ids and counts.
 */
import { Piscina } from 'piscina'
import { loadWords } from './config/words.ts'
import type { Words } from './core/scrub/words/words.ts'
import { readNamesTask, readPartTask } from './exchange/accept/read-part.ts'
import { SpareBytes } from './exchange/growing.ts'
import type { BucketTask, PartTask, ReadLimits, ShardTask, WorkRef } from './exchange/house.ts'
import { RegistryReader } from './exchange/identity/registry-live.ts'
import { type Bench, releaseBucket as releaseBucketTask } from './exchange/release/bucket.ts'
import { gateStep } from './exchange/release/gate.ts'
import { sealShard as sealShardTask } from './exchange/release/seal-shard.ts'
import { toOutcome } from './exchange/wire.ts'
import type { Party } from './generated/policy.ts'
import { createRecogniser, type RecogniserPlace } from './intake/recogniser.ts'
import { readKeyRing } from './seal/keyring.ts'
import { openPool } from './store/pool.ts'

/** What main hands to each worker at its start. */
export interface WorkerSeed {
  readonly databaseUrl: string
  readonly folder: string
  readonly keys: ReadonlyMap<string, string>
  /** of the folder: who is registered by now is read with each task */
  readonly parties: ReadonlyMap<string, Party>
  readonly limits: ReadLimits
  /** null: no recogniser of others is asked */
  readonly recogniser: RecogniserPlace | null
}

/** Some 100 ms and 6 MB: where a profile scrubs text, and then once. */
function wordsOnce(): () => Words {
  let words: Words | null = null
  return () => {
    words ??= loadWords()
    return words
  }
}

const POOL_SIZE = 2
const seed = Piscina.workerData as WorkerSeed // main makes the pool with a WorkerSeed
const pool = openPool(seed.databaseUrl, POOL_SIZE)
const registry = new RegistryReader(pool, { parties: seed.parties, officers: new Map() }, { keys: 'none' })
const bench: Omit<Bench, 'parties'> = {
  pool,
  folder: seed.folder,
  ring: readKeyRing(seed.keys),
  cache: { enforced: new Map(), loadWords: wordsOnce() },
  spare: new SpareBytes(),
  recogniser: seed.recogniser === null ? null : createRecogniser(seed.recogniser)
}

/** With the parties of this moment: one question where nobody changed. */
async function benchNow(): Promise<Bench> {
  await registry.look()
  return { ...bench, parties: registry.now().parties }
}

export function readPart(task: PartTask): unknown {
  return toOutcome(() => readPartTask(bench.ring, seed.limits, bench.spare, task))
}

export function readNames(task: Pick<PartTask, 'kind' | 'firstLine' | 'bytes' | 'offsets'>): unknown {
  return toOutcome(() => readNamesTask(seed.limits, task))
}

export function releaseBucket(task: BucketTask): unknown {
  return toOutcome(async () => releaseBucketTask(await benchNow(), task))
}

export function judge(task: WorkRef): unknown {
  return toOutcome(async () => gateStep(await benchNow(), task))
}

export function sealShard(task: ShardTask): unknown {
  return toOutcome(async () => sealShardTask(await benchNow(), task))
}
