/**
 * The worker threads, as the exchange calls them. Decides how many there are, how much memory each may take, and that what was
 * transferred is not copied. A thread that dies fails its task; the work is claimed again.
 */
import { Piscina } from 'piscina'
import type { Crew } from './exchange/house.ts'
import { fromOutcome, type Outcome, ThreadDied } from './exchange/wire.ts'
import type { WorkerSeed } from './worker.ts'

/** Heap of a thread in MB: enough for one bucket's output and the largest record, small enough for a gateway under 400 MiB. */
const HEAP = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }

export interface OwnedCrew extends Crew {
  stop(): Promise<void>
}

/** Node's own codes: ERR_WORKER_OUT_OF_MEMORY. */
function isDeath(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_WORKER')
}

export function startCrew(seed: WorkerSeed, size: number): OwnedCrew {
  const threads = new Piscina({
    filename: new URL('./worker.ts', import.meta.url).href,
    workerData: seed,
    minThreads: size,
    maxThreads: size,
    // While one step waits for the database or the disk, another has the processor.
    concurrentTasksPerWorker: 1,
    // --import of the telemetry preload is not inherited: a second SDK would start in each thread.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: HEAP
  })
  const run = async <T>(name: string, task: unknown, transfer: readonly ArrayBuffer[] = []): Promise<T> => {
    const outcome = await threads.run(task, { name, transferList: [...transfer] }).catch((error: unknown) => {
      throw isDeath(error) ? new ThreadDied() : error
    })
    return fromOutcome(outcome as Outcome<T>) // worker.ts answers outcomes
  }
  return {
    size,
    readPart: (task) => run('readPart', task, [task.bytes.buffer as ArrayBuffer]), // a part owns its buffer (core/fhir/cut.ts)
    readNames: (task) => run('readNames', task),
    releaseBucket: (task) => run('releaseBucket', task),
    judge: (task) => run('judge', task),
    sealShard: (task) => run('sealShard', task),
    stop: () => threads.destroy()
  }
}
