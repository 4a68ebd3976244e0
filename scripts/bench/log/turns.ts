/**
 * Bare outbox, log and hash chain in turn: how many rows of each become durable a second when three processes add them, and how long an entry waits for its signed
 * checkpoint. Decides nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Pool } from 'pg'
import { readHead } from '../../../gateway/store/log.ts'

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url))
const PROCESSES = 3
const WRITERS = 16
const TURN_MS = 2000
const ROUNDS = 5

const MODES = ['outbox', 'entries', 'chain'] as const
export type Mode = (typeof MODES)[number]

export interface Ran {
  /** durable rows a second, of all processes */
  readonly perSecond: number
  /** for entries: from an entry's moment to a signed checkpoint over it, milliseconds, 99 of 100 */
  readonly lag: number
}

/** Where the writers work: the database, the folder that keeps checkpoints, the file with the key ring. */
interface House {
  readonly url: string
  readonly folder: string
  readonly keys: string
}

interface Signed {
  readonly size: number
  readonly at: number
}

interface Told {
  readonly added: number
  readonly started: number
  readonly ended: number
}

interface Writer {
  readonly child: ChildProcess
  readonly signed: readonly Signed[]
  readonly ready: Promise<void>
  /** adds rows for so long */
  turn(milliseconds: number): Promise<Told>
  end(): Promise<void>
}

function startWriter(mode: Mode, { url, folder, keys }: House): Writer {
  const words = [mode, url, folder, keys, String(WRITERS)]
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WRITER, ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
  const signed: Signed[] = []
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream }) // a pipe, as asked for
  const ready = Promise.withResolvers<void>()
  const waiting: ((told: Told) => void)[] = []
  lines.on('line', (line) => {
    const said = JSON.parse(line) as 'ready' | { size: string; at: number } | Told
    if (said === 'ready') ready.resolve()
    else if ('size' in said) signed.push({ size: Number(said.size), at: said.at })
    else waiting.shift()?.(said)
  })
  return {
    child,
    signed,
    ready: ready.promise,
    turn: (milliseconds) =>
      new Promise((resolve) => {
        waiting.push(resolve)
        child.stdin?.write(`${milliseconds}\n`)
      }),
    end: async () => {
      child.stdin?.end()
      await once(child, 'close')
    }
  }
}

interface Turn {
  readonly added: number
  readonly milliseconds: number
}

/** All processes of a mode add for one turn. Of entries, what still waits for its place at the end takes its time, too. */
async function takeTurn(mode: Mode, writers: readonly Writer[], pool: Pool): Promise<Turn> {
  const before = Number((await readHead(pool)).size)
  const told = await Promise.all(writers.map((writer) => writer.turn(TURN_MS)))
  const added = told.reduce((sum, { added: n }) => sum + n, 0)
  const started = Math.min(...told.map(({ started: at }) => at))
  let ended = Math.max(...told.map(({ ended: at }) => at))
  if (mode === 'entries') {
    const whole = (): Signed | undefined => writers.flatMap(({ signed }) => signed).find(({ size }) => size >= before + added)
    while (whole() === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
    ended = Math.max(ended, (whole()?.at ?? 0) - 1000) // the wait for the next second is lag, not work
  }
  return { added, milliseconds: ended - started }
}

/** The three in turn, again and again, in processes that stay warm, so that what else the machine does hits all alike; the first turns do not count. */
export async function writeInTurn(pool: Pool, house: House): Promise<Record<Mode, Ran>> {
  const writers = Object.fromEntries(MODES.map((mode) => [mode, Array.from({ length: PROCESSES }, () => startWriter(mode, house))]))
  const of = (mode: Mode): readonly Writer[] => writers[mode] ?? []
  await Promise.all(MODES.flatMap(of).map(({ ready }) => ready))
  for (const mode of MODES) await takeTurn(mode, of(mode), pool)
  const before = Number((await readHead(pool)).size)
  const turns: Record<Mode, Turn[]> = { outbox: [], entries: [], chain: [] }
  for (let round = 0; round < ROUNDS; round++) for (const mode of MODES) turns[mode].push(await takeTurn(mode, of(mode), pool))
  await Promise.all(MODES.flatMap(of).map((writer) => writer.end()))
  const lag = await lagOf(
    pool,
    before,
    of('entries').flatMap(({ signed }) => signed)
  )
  const ran = (mode: Mode): Ran => {
    const total = (part: keyof Turn): number => turns[mode].reduce((sum, turn) => sum + turn[part], 0)
    return { perSecond: (total('added') * 1000) / total('milliseconds'), lag }
  }
  return { outbox: ran('outbox'), entries: ran('entries'), chain: ran('chain') }
}

/** Each entry's time to the first checkpoint that covers it. */
async function lagOf(pool: Pool, before: number, signed: readonly Signed[]): Promise<number> {
  const { rows } = await pool.query(
    'SELECT (extract(epoch FROM at) * 1000)::float8 AS at FROM log_entry WHERE index >= $1 ORDER BY index',
    [before]
  )
  const points = [...signed].sort((a, b) => a.at - b.at)
  const lags: number[] = []
  let point = 0
  for (const [n, { at }] of (rows as { at: number }[]).entries()) {
    while ((points[point]?.size ?? Number.POSITIVE_INFINITY) <= before + n) point += 1
    lags.push((points[point]?.at ?? Number.NaN) - at)
  }
  lags.sort((a, b) => a - b)
  return lags[Math.floor(lags.length * 0.99)] ?? Number.NaN
}
