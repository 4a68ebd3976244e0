/**
 * `sallyport witness`: follows the log of a gateway for a hospital, an insurer or an auditor. Fetches checkpoints, verifies them under a key that was
 * pinned, proves that each continues those before it, keeps them. Decides when to alarm: a fork, a rollback, another log or key, proofs that stay away, a log
 * that does not grow. Refuses to go on after a fork: what is kept stays as it was before it. It asks for no token, sees no data, and no release waits for it.
 * With --compare it lays what several saw side by side (witness/compare.ts): a log that shows each its own history is found in no other way.
 */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { IntegrityError, OperatorHint, PolicyError, RequestError, UpstreamError } from '../core/errors.ts'
import type { Checkpoint } from '../core/log/checkpoint.ts'
import { type Keys, parseKeys } from '../seal/verify/keys.ts'
import { askOf } from './client/ask.ts'
import { type FolderLock, lockFolder } from './client/lock.ts'
import { type LogWatch, openLogWatch } from './client/log-watch.ts'
import { placeOf } from './client/seen.ts'
import { createTransport, serverBase } from './client/transport.ts'
import { ALARMS, sentencesOf } from './failures.ts'
import { compare, comparedWords } from './witness/compare.ts'

interface Options {
  readonly url?: string
  readonly key: string
  readonly state?: string
  readonly compare?: readonly string[]
  readonly once?: true
  readonly interval: number
  readonly stale: number
  readonly json?: true
  readonly alarmCommand?: string
  readonly ca?: string
}

const EXAMPLES = `
Examples:
  npx sallyport witness --url https://gateway.example.org --key pins.json --state witness
  npx sallyport witness --url https://gateway.example.org --key log.vkey --state witness --once --json
  npx sallyport witness --key pins.json --compare witness https://gateway.example.org hospital-checkpoint.txt insurer/received
  npx sallyport witness … --alarm-command 'mail -s "log alarm" security@insurer.example'

The key is the log's public key, or the pins file, as the operator gave it to you by another way than the gateway. Keep the state folder: it is the memory.
--compare takes files of a checkpoint, folders that 'witness --state' or 'receive --out' keep (or their checkpoints.json), and gateways, two at least, and
says whether all saw one log. Checkpoints of different sizes are compared by a gateway's proof, so name one; whose it is does not matter. A fork is printed
with both signed notes: keep them, they convict the log before anyone.
The alarm command gets one JSON line on its standard input: code, message, when, and the file of evidence.
A log has an entry a day at least, that of its own daily verification: one that does not grow for --stale hours is reported once, and followed on.
Ends with 0 when stopped (or, with --once, when all is well; with --compare, when all agree), 4 on an alarm, 2 on wrong usage; with --once and --compare
also 75 when the gateway cannot be reached, and 1 when what was named is no checkpoint of the log or nobody can tell.
`

/** What following a log needs. */
type Following = Options & { readonly url: string; readonly state: string }

/** What one run works with. */
interface Watching {
  readonly options: Following
  readonly log: LogWatch
  readonly lock: FolderLock
  readonly stop: AbortSignal
}

const ALARM_COMMAND_MS = 60_000
const DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE'])
const HOUR_MS = 3_600_000

function print(options: Options, sentence: string, facts: Readonly<Record<string, unknown>>): void {
  const at = new Date().toISOString()
  process.stdout.write(options.json === true ? `${JSON.stringify({ at, ...facts })}\n` : `${at} ${sentence}\n`)
}

/** Looks once. What it saw is kept, or an IntegrityError log-… is thrown. */
async function look({ options, log }: Watching): Promise<void> {
  const before = log.kept()?.checkpoint ?? null
  const shown = await log.newest()
  if (shown === null) print(options, 'the log has no checkpoint yet', { state: 'empty' })
  else if (before === null || shown.size > before.size) tellGrown(options, before, shown)
  else print(options, `the log still has ${shown.size} entries`, { state: 'same', ...placeOf(shown) })
}

function tellGrown(options: Options, before: Checkpoint | null, shown: Checkpoint): void {
  const from = before === null ? 'first seen' : `grown from ${before.size}, and continues it`
  print(options, `the log has ${shown.size} entries: ${from}`, { state: before === null ? 'first' : 'grown', ...placeOf(shown) })
}

/** The alarm of a log that has not grown for too long; null while all is well. */
function staleness({ options, log }: Watching): IntegrityError | null {
  const kept = log.kept()
  if (kept === null || Date.now() - Date.parse(kept.since) < options.stale * HOUR_MS) return null
  return new IntegrityError('log-stale', { size: String(kept.checkpoint.size), since: kept.since })
}

/** Says it to the alarm command, and as a JSON line. */
async function alarm(options: Options, stop: AbortSignal, error: IntegrityError): Promise<void> {
  const facts = { state: 'alarm', code: error.code, message: error.message, ...error.evidence }
  if (options.json === true) print(options, '', facts)
  await tellAlarm(options, stop, facts)
}

async function tellAlarm(options: Options, stop: AbortSignal, facts: Readonly<Record<string, unknown>>): Promise<void> {
  if (options.alarmCommand === undefined) return
  const line = `${JSON.stringify({ at: new Date().toISOString(), url: options.url, ...facts })}\n`
  await runCommand(options.alarmCommand, line, stop)
}

function complain(error: unknown): void {
  for (const sentence of sentencesOf(error)) console.error(`sallyport: ${sentence}`)
}

/** The operator's own command line; it gets its minute, and whatever it does the alarm stands. */
function runCommand(command: string, input: string, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], timeout: ALARM_COMMAND_MS, signal: stop })
    const failed = (): void => console.error('sallyport: the alarm command failed')
    child.on('error', failed).on('close', (code) => {
      if (code !== 0) failed()
      resolve()
    })
    child.stdin.on('error', () => undefined).end(input)
  })
}

/** Looks until it is stopped. Throws what ends it: an alarm, or trouble that does not pass. A log that stands still is reported once, and followed on. */
async function follow(watching: Watching): Promise<void> {
  const { options, stop } = watching
  let reported: string | null = null
  while (!stop.aborted) {
    watching.lock.check()
    await look(watching).catch((error: unknown) => {
      if (stop.aborted) return
      if (!passes(error)) throw error
      complain(error)
    })
    const stale = staleness(watching)
    if (stale !== null && stale.evidence['since'] !== reported) {
      complain(stale)
      await alarm(options, stop, stale)
    }
    reported = stale?.evidence['since'] ?? null
    await sleep(options.interval * 1000, undefined, { signal: stop }).catch(() => undefined)
  }
}

async function lookOnce(watching: Watching): Promise<void> {
  await look(watching)
  const stale = staleness(watching)
  if (stale !== null) throw stale
}

/** Trouble on the way to the gateway passes, and so does what a proxy answers in its place; an alarm does not, nor a disk that takes nothing. */
function passes(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof IntegrityError) return false
  if (error instanceof OperatorHint || error instanceof RequestError || error instanceof UpstreamError) return true
  return 'code' in error && typeof error.code === 'string' && !DISK.has(error.code)
}

async function keysFrom(typed: string): Promise<Keys> {
  const keys = parseKeys(typed) ?? parseKeys(await readFile(typed, 'utf8').catch(() => ''))
  if (keys !== null && keys.log.length > 0) return keys
  throw new PolicyError('config-invalid', [
    { path: '--key', message: "must be the log's verifier key (name+id+base64), or a file of such keys or of pins" }
  ])
}

async function watch(options: Following, keys: Keys, lock: FolderLock, stop: AbortSignal): Promise<void> {
  const transport = createTransport({ ca: options.ca ?? null, cert: null, certKey: null })
  try {
    const tell = (sentence: string): void => console.error(`sallyport: ${sentence}`)
    const ask = askOf(options.url, transport.send, stop)
    const log = openLogWatch({ folder: options.state, verifiers: keys.log, ask, now: () => new Date(), tell })
    await (options.once === true ? lookOnce : follow)({ options, log, lock, stop })
  } catch (error) {
    if (error instanceof IntegrityError && ALARMS.has(error.code)) await alarm(options, stop, error)
    throw error
  } finally {
    await transport.close()
  }
}

/** Gateways are addresses; all else is a path. --state and --url are compared as well. */
async function compareAll(options: Options, keys: Keys, stop: AbortSignal): Promise<void> {
  const named = [options.state, options.url, ...(options.compare ?? [])].filter((source) => source !== undefined)
  if (named.length < 2) throw new PolicyError('config-invalid', [{ path: '--compare', message: 'must name two or more to compare' }])
  const isAddress = (source: string): boolean => /^https?:\/\//.test(source)
  const transport = createTransport({ ca: options.ca ?? null, cert: null, certKey: null })
  try {
    const gateways = named
      .filter(isAddress)
      .map((source) => ({ source, ask: askOf(serverBase(source, '--compare'), transport.send, stop) }))
    const paths = named.filter((source) => !isAddress(source))
    const { text, facts, alarm: found } = comparedWords(await compare(paths, gateways, keys.log))
    if (options.json === true) print(options, '', facts)
    else process.stdout.write(`${text}\n`)
    if (found === null) return
    await tellAlarm(options, stop, facts)
    throw found
  } finally {
    await transport.close()
  }
}

async function witness(options: Options): Promise<void> {
  const keys = await keysFrom(options.key)
  if (options.compare === undefined) await followLog(following(options), keys)
  else await compareAll(options, keys, new AbortController().signal)
}

function following(options: Options): Following {
  const { url, state } = options
  const missing = Object.entries({ '--url': url, '--state': state }).filter(([, value]) => value === undefined)
  const faults = missing.map(([path]) => ({ path, message: 'must be named, unless with --compare' }))
  if (url === undefined || state === undefined) throw new PolicyError('config-invalid', faults)
  return { ...options, url: serverBase(url, '--url'), state }
}

async function followLog(options: Following, keys: Keys): Promise<void> {
  const stop = new AbortController()
  const stopped = (): void => stop.abort()
  const lock = lockFolder(options.state)
  process.once('SIGINT', stopped).once('SIGTERM', stopped)
  try {
    await watch(options, keys, lock, stop.signal)
  } finally {
    process.off('SIGINT', stopped).off('SIGTERM', stopped)
    lock.release()
  }
}

function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+(?:\.\d+)?$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`a number from ${least} to ${most} is needed.`)
    return value
  }
}

export function command(): Command {
  return new Command('witness')
    .description('follow a log and alarm when it was altered')
    .requiredOption('--key <key>', "the log's public key: a verifier key, or a file of keys or pins")
    .option('--url <url>', 'the gateway, such as https://gateway.example.org')
    .option('--state <folder>', 'where checkpoints are kept')
    .option('--compare <what...>', 'do not follow: say whether these, files, folders and gateways, saw one log')
    .option('--once', 'look once and end')
    .option('--interval <seconds>', 'how often to look', between(1, 86_400), 60)
    .option('--stale <hours>', 'alarm when the log has not grown for so long', between(0.001, 87_600), 26)
    .option('--json', 'print one JSON object a line')
    .option('--alarm-command <command>', 'run by the shell on an alarm, which it reads as a JSON line')
    .option('--ca <file>', "PEM of the authority that signed the gateway's certificate; default: the system's")
    .addHelpText('after', EXAMPLES)
    .action(witness)
}
