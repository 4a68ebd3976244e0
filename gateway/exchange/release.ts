/**
 * RELEASE: the loop that carries disclosures from closed submissions to ready datasets. Reading the table of steps is reading the
 * flow; each step is idempotent, claimed from Postgres by any replica, and leaves either nothing or a committed row. Decides only what to
 * do next: due disclosures start, steps that fail are tried again, and a step that keeps failing refuses its disclosure (fail closed).
 */
import { codeOf, UpstreamError } from '../core/errors.ts'
import { submissionIds } from '../store/disclosures.ts'
import { transaction } from '../store/pool.ts'
import { claimWork, finishWork, retryWork, type Work, type WorkKind } from '../store/work.ts'
import { destroy } from './destroy.ts'
import type { House, StageName, WorkRef } from './house.ts'
import { sequence } from './log.ts'
import { makeManifests } from './manifests.ts'
import type { PolicyCache } from './policy-cache.ts'
import { record } from './record.ts'
import { refuse } from './refusal.ts'
import { startDue } from './start.ts'

type Step = (house: House, cache: PolicyCache, ref: WorkRef, part: number) => Promise<void>

/** The release pass, down the page; a step that ends a stage puts the next one to work. */
const STEPS: { readonly [kind in WorkKind]: Step } = {
  bucket: (house, _cache, ref, part) => house.crew.releaseBucket({ ...ref, bucket: part }),
  gate: (house, _cache, ref) => house.crew.judge(ref),
  seal: (house, _cache, ref, part) => house.crew.sealShard({ ...ref, part }),
  record: (house, cache, ref) => record(house, cache, ref),
  destroy: (house, _cache, ref) => destroy(house, ref)
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

async function fail(house: House, work: Work, error: unknown): Promise<void> {
  const code = codeOf(error)
  house.observe.stepFailed({ kind: work.kind, target: work.target, code, attempts: work.attempts, error })
  const wait = RETRY_SECONDS[Math.min(work.attempts, RETRY_SECONDS.length) - 1] ?? 60
  if (error instanceof UpstreamError || work.attempts < MAX_ATTEMPTS || work.kind === 'destroy') {
    await retryWork(house.pool, work.id, house.replica, wait)
    return
  }
  await transaction(house.pool, async (client) => {
    if ((await finishWork(client, work.id, house.replica)) === 1) await refuse(house, client, work.target, code)
  })
}

async function perform(house: House, cache: PolicyCache, work: Work): Promise<void> {
  const started = performance.now()
  try {
    const ref = { disclosure: work.target, work: work.id, replica: house.replica }
    // A dataset of several submissions is traced with the first of them.
    const [submission = work.target] = await submissionIds(house.pool, work.target)
    await house.traced(submission, STAGES[work.kind], { kind: work.kind }, () => STEPS[work.kind](house, cache, ref, work.part))
    house.observe.stepDone({ kind: work.kind, target: work.target, milliseconds: performance.now() - started })
  } catch (error) {
    await fail(house, work, error)
  }
}

export interface ReleaseLoop {
  /** Something may have changed: look now. */
  wake(): void
  /** Claims no more work, waits for what is under way. */
  stop(): Promise<void>
}

/** How long to sleep when there is nothing to do; NOTIFY wakes it sooner. */
const IDLE_MS = 1000

class Loop implements ReleaseLoop {
  readonly #house: House
  readonly #cache: PolicyCache = new Map()
  /** with the number of the work that each does */
  readonly #running = new Map<Promise<void>, number>()
  readonly #checkpointMs: number
  #sequenced = 0
  #stopping = false
  #wake: () => void = () => undefined
  readonly #main: Promise<void>

  constructor(house: House, checkpointMs: number) {
    this.#house = house
    this.#checkpointMs = checkpointMs
    this.#main = this.#run()
  }

  wake(): void {
    this.#wake()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.wake()
    await this.#main
    await Promise.all(this.#running.keys())
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
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
    const { pool, crew, replica, ring } = this.#house
    const started = await startDue(this.#house)
    const room = crew.size * 2 + 1 - this.#running.size
    const claimed = room > 0 ? await claimWork(pool, replica, [...this.#running.values()], room) : []
    for (const work of claimed) this.#start(work)
    let ready = 0
    if (performance.now() - this.#sequenced >= this.#checkpointMs) {
      this.#sequenced = performance.now()
      ready = await makeManifests(this.#house, this.#cache, await sequence(pool, ring))
    }
    if (this.#running.size > crew.size * 2) await Promise.race(this.#running.keys())
    return started > 0 || claimed.length > 0 || ready > 0
  }

  #start(work: Work): void {
    const running: Promise<void> = perform(this.#house, this.#cache, work)
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
    if (this.#stopping) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Starts the loop; `checkpointMs` is the least time between two checkpoints. */
export function startReleases(house: House, checkpointMs: number): ReleaseLoop {
  return new Loop(house, checkpointMs)
}
