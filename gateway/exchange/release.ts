/**
 * RELEASE: the loop that carries disclosures from closed submissions to ready datasets. Reading the table of steps is reading the
 * flow; each step is idempotent, claimed from Postgres by any replica, and leaves either nothing or a committed row. Decides only what to
 * do next: due disclosures start, steps that fail are tried again, and a step that keeps failing refuses its disclosure (fail closed).
 */
import { codeOf, IntegrityError, UpstreamError } from '../core/errors.ts'
import { submissionIds } from '../store/disclosures.ts'
import { latestCheckpoint } from '../store/log.ts'
import { transaction } from '../store/pool.ts'
import { claimWork, finishWork, retryWork, type Work, type WorkKind } from '../store/work.ts'
import type { House, StageName, WorkRef } from './house.ts'
import { destroy } from './release/destroy.ts'
import { makeManifests } from './release/manifests.ts'
import { sealingKey } from './release/recipient.ts'
import { record } from './release/record.ts'
import { refuse } from './release/refusal.ts'
import { startDue } from './release/start.ts'
import { ThreadDied } from './wire.ts'

type Step = (house: House, ref: WorkRef, part: number) => Promise<void>

/** The release pass, down the page; a step that ends a stage puts the next one to work. */
const STEPS: { readonly [kind in WorkKind]: Step } = {
  bucket: releaseBucket,
  gate: (house, ref) => judge(house, ref),
  seal: async (house, ref, part) => house.crew.sealShard({ ...ref, part, recipientKey: await sealingKey(house, ref) }),
  record: (house, ref) => record(house, ref),
  destroy: (house, ref) => destroy(house, ref)
}

/** Bytes of the largest subject that is taken in, when it is tried at first, and each time the thread died of the try before. */
const LARGEST: readonly number[] = [16, 4, 1, 0.25].map((mebibytes) => mebibytes * 1024 * 1024)

/**
 * A subject whose records take a thread down costs itself, not the dataset of everybody else: with each thread that dies fewer of the large ones are taken
 * in, and those that are not are withheld and counted.
 */
async function releaseBucket(house: House, ref: WorkRef, part: number): Promise<void> {
  for (const [index, largest] of LARGEST.entries()) {
    try {
      return await house.crew.releaseBucket({ ...ref, bucket: part, largest })
    } catch (error) {
      if (!(error instanceof ThreadDied) || index === LARGEST.length - 1) throw error
      tell(house, { kind: 'bucket', target: ref.disclosure, code: 'internal', attempts: index + 1, error })
    }
  }
}

/** The gate runs in a worker; a dataset it holds is told of here. */
async function judge(house: House, ref: WorkRef): Promise<void> {
  const judged = await house.crew.judge(ref)
  if (judged?.verdict === 'hold') house.observe.datasetHeld({ dataset: ref.disclosure, agreement: judged.agreement })
  if (judged?.verdict === 'refuse')
    house.observe.datasetRefused({ dataset: ref.disclosure, agreement: judged.agreement, code: judged.reason ?? 'too-few-like-them' })
}

/** What each step is called in a trace. */
const STAGES: { readonly [kind in WorkKind]: StageName } = {
  bucket: 'release-bucket',
  gate: 'gate',
  seal: 'seal-shard',
  record: 'record',
  destroy: 'destroy'
}

/** A step that is not the operator's trouble is given up after so many attempts. */
const MAX_ATTEMPTS = 5
const RETRY_SECONDS = [1, 2, 5, 15, 60]
/** That a retry could be noted means that the database is back: no work waits longer for it. */
const DATABASE_SECONDS = 2

/** Tells of a failure; one that must never be is told as that, too: someone has to look. */
function tell(house: House, failure: Parameters<House['observe']['stepFailed']>[0]): void {
  house.observe.stepFailed(failure)
  if (failure.error instanceof IntegrityError) house.observe.integrityBroken({ code: failure.code, target: failure.target })
}

async function fail(house: House, work: Work, error: unknown): Promise<void> {
  const code = codeOf(error)
  tell(house, { kind: work.kind, target: work.target, code, attempts: work.attempts, error })
  const longest = code === 'database-unavailable' ? DATABASE_SECONDS : 60
  const wait = Math.min(RETRY_SECONDS[Math.min(work.attempts, RETRY_SECONDS.length) - 1] ?? 60, longest)
  if (error instanceof UpstreamError || work.attempts < MAX_ATTEMPTS || work.kind === 'destroy') {
    await retryWork(house.pool, work.id, house.replica, wait)
    return
  }
  await transaction(house.pool, async (client) => {
    if ((await finishWork(client, work.id, house.replica)) === 1) await refuse(house, client, work.target, code)
  })
}

async function perform(house: House, work: Work): Promise<void> {
  const started = performance.now()
  try {
    const ref = { disclosure: work.target, work: work.id, replica: house.replica, now: house.now().toISOString() }
    // A dataset of several submissions is traced with the first of them.
    const [submission = work.target] = await submissionIds(house.pool, work.target)
    await house.traced(submission, STAGES[work.kind], { kind: work.kind }, () => STEPS[work.kind](house, ref, work.part))
    house.observe.stepDone({ kind: work.kind, target: work.target, milliseconds: performance.now() - started })
  } catch (error) {
    await fail(house, work, error)
  }
}

export interface ReleaseLoop {
  /** Something may have changed: look now. */
  wake(): void
  /** A newer checkpoint may cover what is recorded: make manifests now. */
  covered(): void
  /** Claims no more work, waits for what is under way. */
  stop(): Promise<void>
}

/** How long to sleep when there is nothing to do; NOTIFY wakes it sooner. */
const IDLE_MS = 1000

class Loop implements ReleaseLoop {
  readonly #house: House
  /** with the number of the work that each does */
  readonly #running = new Map<Promise<void>, number>()
  readonly #checkpointMs: number
  /** when manifests are looked for again, whatever happens */
  #manifestsDue = 0
  #stopping = false
  /** Something may have changed since the last look. */
  #stirred: 'yes' | 'no' = 'no'
  #wake: () => void = () => undefined
  readonly #main: Promise<void>

  constructor(house: House, checkpointMs: number) {
    this.#house = house
    this.#checkpointMs = checkpointMs
    this.#main = this.#run()
  }

  wake(): void {
    this.#stirred = 'yes'
    this.#wake()
  }

  covered(): void {
    this.#manifestsDue = 0
    this.wake()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.wake()
    await this.#main
    await Promise.all(this.#running.keys())
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#stirred = 'no'
      let busy = false
      try {
        busy = await this.#turn()
      } catch (error) {
        this.#house.observe.stepFailed({ kind: 'loop', target: 'release', code: codeOf(error), attempts: 0, error })
        await this.#sleep(IDLE_MS)
      }
      if (!busy) await this.#sleep(Math.min(IDLE_MS, this.#checkpointMs))
    }
  }

  /** One look at everything there may be to do; true when there was something. */
  async #turn(): Promise<boolean> {
    const { pool, crew, replica, logRoom } = this.#house
    // every release makes entries: none begins while too many wait for their place
    const free = await logRoom.free()
    const started = free ? await this.#attempt('start', () => startDue(this.#house)) : 0
    const room = free ? crew.size * 2 + 1 - this.#running.size : 0
    const claimed = room > 0 ? await claimWork(pool, replica, [...this.#running.values()], room) : []
    for (const work of claimed) this.#start(work)
    let ready = 0
    if (performance.now() >= this.#manifestsDue) {
      this.#manifestsDue = performance.now() + this.#checkpointMs
      ready = await this.#attempt('manifest', async () => makeManifests(this.#house, (await latestCheckpoint(pool))?.size ?? 0n))
    }
    if (this.#running.size > crew.size * 2) await Promise.race(this.#running.keys())
    return started > 0 || claimed.length > 0 || ready > 0
  }

  /** One part of a turn; its failure is told and leaves the other parts to go on. */
  async #attempt(kind: string, part: () => Promise<number>): Promise<number> {
    try {
      return await part()
    } catch (error) {
      tell(this.#house, { kind, target: 'release', code: codeOf(error), attempts: 0, error })
      return 0
    }
  }

  #start(work: Work): void {
    const running: Promise<void> = perform(this.#house, work)
      // A failure to note a failure: the claim stays, and the next turn finds that nobody is doing it.
      .catch((error: unknown) =>
        this.#house.observe.stepFailed({ kind: work.kind, target: work.target, code: codeOf(error), attempts: work.attempts, error })
      )
      .finally(() => {
        this.#running.delete(running)
        this.wake()
      })
    this.#running.set(running, work.id)
  }

  #sleep(milliseconds: number): Promise<void> {
    if (this.#stopping || this.#stirred === 'yes') return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Starts the loop; `checkpointMs` is the time after which manifests that could not be made are tried again. */
export function startReleases(house: House, checkpointMs: number): ReleaseLoop {
  return new Loop(house, checkpointMs)
}
