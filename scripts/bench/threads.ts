/**
 * Two threads against one: bytes of whole subjects transferred in, bytes of lines transferred out, as the gateway's workers have it. Prints the ratio,
 * and the memory of the process after the set once and after the set four times more: what grows with the input would show.
 */
import { Worker } from 'node:worker_threads'
import { writeFrame } from '../../gateway/exchange/frames.ts'
import { GrowingBytes } from '../../gateway/exchange/growing.ts'
import { readSubjects, type SubjectLines } from './subjects.ts'

const ROUNDS = 5
/** About as much as a part of an upload. */
const TASK = 1024 * 1024

/** Frames of whole subjects, as they rest between the gateway's two passes. */
function tasksOf(subjects: readonly SubjectLines[]): Uint8Array<ArrayBuffer>[] {
  const tasks: Uint8Array<ArrayBuffer>[] = []
  const frames = new GrowingBytes(2 * TASK)
  subjects.forEach(({ patient, lines }, index) => {
    for (const { identity, text } of lines) writeFrame(frames, { ...identity, subject: { base: '', id: patient } }, text)
    if (frames.length < TASK && index < subjects.length - 1) return
    tasks.push(new Uint8Array(frames.bytes))
    frames.clear()
  })
  return tasks
}

interface Took {
  /** Milliseconds on the clock. */
  readonly wall: number
  /** Milliseconds of processor time, of all threads. */
  readonly work: number
}

/** Until the workers have done all tasks, each taking the next as it is free. */
async function run(workers: readonly Worker[], tasks: readonly Uint8Array<ArrayBuffer>[]): Promise<Took> {
  const waiting = tasks.map((task) => task.slice()).reverse()
  const [began, used] = [performance.now(), process.cpuUsage()]
  await Promise.all(workers.map((worker) => drain(worker, waiting)))
  const { user, system } = process.cpuUsage(used)
  return { wall: performance.now() - began, work: (user + system) / 1000 }
}

function drain(worker: Worker, waiting: Uint8Array<ArrayBuffer>[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const task = waiting.pop()
      if (task === undefined) {
        worker.off('message', next)
        worker.off('error', reject)
        resolve()
      } else worker.postMessage(task, [task.buffer])
    }
    worker.on('message', next)
    worker.on('error', reject)
    next()
  })
}

function startWorker(): Worker {
  // as gateway/crew.ts
  const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }
  return new Worker(new URL('./thread.ts', import.meta.url), { resourceLimits })
}

function memory(): number {
  return Math.round(process.memoryUsage().rss / 1024 / 1024)
}

async function main(subjects: readonly SubjectLines[]): Promise<void> {
  const tasks = tasksOf(subjects)
  const bytes = tasks.reduce((sum, task) => sum + task.length, 0)
  const workers = [startWorker(), startWorker()]
  const [first] = workers
  if (first === undefined) return
  await run([first], tasks)
  const once = memory()
  for (let more = 0; more < 4; more++) await run([first], tasks)
  console.log(
    `one thread: ${once} MiB resident after ${(bytes / 1e6).toFixed(0)} MB, ${memory()} MiB after ${((bytes * 5) / 1e6).toFixed(0)} MB`
  )
  await run(workers, tasks)
  const [one, two]: [Took[], Took[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    one.push(await run([first], tasks))
    two.push(await run(workers, tasks))
  }
  const least = (runs: readonly Took[], of: keyof Took): number => Math.min(...runs.map((took) => took[of]))
  const rate = (runs: readonly Took[]): string => (bytes / least(runs, 'wall') / 1000).toFixed(0)
  console.log(`one thread ${rate(one)} MB/s, two ${rate(two)} MB/s`)
  console.log(
    `ratio: ${(least(one, 'wall') / least(two, 'wall')).toFixed(2)} × one thread (at least 1.8, where two processors are free; by processor time ${((2 * least(one, 'work')) / least(two, 'work')).toFixed(2)})`
  )
  await Promise.all(workers.map((worker) => worker.terminate()))
}

await main(readSubjects(process.argv[2]))
