/** The demo's gateway: `node scripts/sallyport.js serve` as a child, its log in a file, ready when /readyz says so. Also runs the other commands. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Agent, request } from 'undici'
import type { DemoFolder } from './folder.ts'

const SALLYPORT = fileURLToPath(new URL('../sallyport.js', import.meta.url))

export interface Gateway {
  readonly pid: number
  /** the largest resident memory seen, MiB; null where /proc does not tell */
  peakMemory(): number | null
  /** true while it runs */
  alive(): boolean
  stop(): Promise<void>
}

export class DemoError extends Error {
  override readonly name = 'DemoError'
}

/** The demo keeps to itself: no configuration of a real gateway, and no database of one, is inherited. */
function environmentOf(folder: DemoFolder): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SALLYPORT_|DATABASE_URL)/.test(name))
  return { ...Object.fromEntries(inherited), ...folder.environment }
}

async function isReady(folder: DemoFolder, agent: Agent): Promise<boolean> {
  try {
    const answer = await request(`${folder.url}/readyz`, { dispatcher: agent })
    await answer.body.dump()
    return answer.statusCode === 200
  } catch {
    return false
  }
}

/** Linux only: the launcher's child is the gateway. */
function peakOf(launcher: number): number | null {
  try {
    const child = readFileSync(`/proc/${launcher}/task/${launcher}/children`, 'utf8').trim().split(' ')[0]
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1]
    return peak === undefined ? null : Math.round(Number(peak) / 1024)
  } catch {
    return null
  }
}

/** Asks the child to stop and waits; after a minute it is not asked any more. */
async function stopChild(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  await ended
  clearTimeout(timer)
}

export async function startGateway(folder: DemoFolder): Promise<Gateway> {
  // a file, no pipe: a gateway that outlives the demo for a moment must be able to say that it stops
  const log = openSync(folder.files.log, 'a', 0o600)
  // its own group: Ctrl-C reaches the demo alone, which then stops the gateway in order; its stdin ends with the demo, even by kill -9
  const child = spawn(process.execPath, [SALLYPORT, 'serve', '--until-stdin-ends'], {
    env: environmentOf(folder),
    stdio: ['pipe', log, log],
    detached: true
  })
  writeFileSync(join(folder.path, 'gateway.pid'), String(child.pid ?? 0))
  closeSync(log)
  let running = true
  const ended = new Promise<void>((done) => {
    child.once('exit', () => {
      running = false
      done()
    })
  })
  const agent = new Agent({ connect: { ca: readFileSync(folder.files.ca) } })
  const until = Date.now() + 120_000
  while (!(await isReady(folder, agent))) {
    if (!running || Date.now() > until) {
      if (running) await stopChild(child, ended)
      throw new DemoError(`the gateway did not start: its log is ${folder.files.log}\n${lastLines(folder.files.log)}`)
    }
    await sleep(100)
  }
  await agent.close()
  return { pid: child.pid ?? 0, peakMemory: () => peakOf(child.pid ?? 0), alive: () => running, stop: () => stopChild(child, ended) }
}

function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trim().split('\n').slice(-6).join('\n')
}

export interface Ran {
  readonly code: number
  readonly out: string
}

/** Runs a command; its progress goes where ours goes. */
export function sallyport(folder: DemoFolder, words: readonly string[]): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [SALLYPORT, ...words], { env: environmentOf(folder), stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.once('error', fail)
    child.once('close', (code) => done({ code: code ?? 1, out }))
  })
}

/** Runs a command that must succeed, and parses what it printed with --json. */
export async function sallyportJson<T>(folder: DemoFolder, words: readonly string[]): Promise<T> {
  const ran = await sallyport(folder, words)
  if (ran.code !== 0) throw new DemoError(`sallyport ${words[0]} ended with ${ran.code}: the gateway's log is ${folder.files.log}`)
  return JSON.parse(ran.out) as T // the --json output of our own command
}
