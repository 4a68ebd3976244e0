/**
 * The demo: a hospital sends a feed, the gateway releases it under every demo agreement, an insurer and a stock bulk client pull it, and scans
 * that share no code with the gateway look for what must not be there. Fails (1) unless every count adds up, everything
 * verifies and nothing is found. Refuses nothing: it is run on synthetic data, or on data its user may use so.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Submission } from '../gateway/cli/client/submission.ts'
import { HOSPITAL } from './demo/agreements.ts'
import { type DemoFeed, prepareFeed, type Wanted } from './demo/feed.ts'
import { type DemoFolder, makeFolder } from './demo/folder.ts'
import { funnel, nextCommands } from './demo/funnel.ts'
import { DemoError, type Gateway, sallyport, startGateway } from './demo/gateway.ts'
import { type DemoOutcome, isHeld, outcomeOf, type Timing } from './demo/outcome.ts'
import { partyOptions, receiveAll, scan } from './demo/receive.ts'

const USAGE = `Usage: npm run demo -- [options] [PATH…]

  --data PATH       your own FHIR NDJSON or Bundles instead of the synthetic feed: a file or a folder, gzip too; may stand several times
  --patients N      size of the synthetic feed (default 500)
  --seed TEXT       the same seed gives the same feed (default 'sallyport')
  --k N             another k than the demo agreements' own, where they may have it
  --json            print one JSON object and nothing else on stdout
  --exit            stop the gateway at the end (otherwise it stays up until Ctrl-C)
  --help

Ends with 0 when every count adds up, everything verifies and the leak scan finds nothing; with 3 when
the risk gate held a dataset for an officer; with 1 otherwise.
`

interface Options extends Wanted {
  readonly k: number | null
  readonly print: 'json' | 'funnel'
  readonly after: 'exit' | 'stay'
}

type Say = (line: string) => void

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new DemoError(`${option} wants a whole number above 0`)
  return value
}

function readOptions(words: readonly string[]): Options | null {
  const texts = {
    data: { type: 'string', multiple: true },
    patients: { type: 'string', default: '500' },
    seed: { type: 'string', default: 'sallyport' },
    k: { type: 'string' }
  } as const
  const flags = { json: { type: 'boolean' }, exit: { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ args: [...words], options: { ...texts, ...flags }, allowPositionals: true })
  if (values.help === true) return null
  const patients = wholeNumber('--patients', values.patients)
  const k = values.k === undefined ? null : wholeNumber('--k', values.k)
  const data = [...(values.data ?? []), ...positionals]
  return {
    data,
    patients,
    k,
    seed: values.seed,
    print: values.json === true ? 'json' : 'funnel',
    after: values.exit === true ? 'exit' : 'stay'
  }
}

async function loadOptOuts(folder: DemoFolder, feed: DemoFeed): Promise<void> {
  if (feed.optOuts === null) return
  const ran = await sallyport(folder, ['consent', 'opt-out', '--party', HOSPITAL, '--file', feed.optOuts])
  if (ran.code !== 0) throw new DemoError('the opt-outs could not be loaded')
}

/** Sends the feed and waits until all agreements are served. */
async function send(folder: DemoFolder, feed: DemoFeed): Promise<Submission> {
  const words = ['send', ...partyOptions(folder, HOSPITAL), '--state', folder.files.state, '--wait', '3600', '--json', ...feed.paths]
  const ran = await sallyport(folder, words)
  // 3: an agreement was refused or is held; the funnel tells which
  if (ran.code !== 0 && ran.code !== 3)
    throw new DemoError(`sallyport send ended with ${ran.code}: the gateway's log is ${folder.files.log}`)
  return JSON.parse(ran.out) as Submission // the --json output of our own command
}

function timingOf(submission: Submission, readyAt: number, gateway: Gateway): Timing {
  const opened = Date.parse(submission.openedAt)
  const closed = Date.parse(submission.closedAt ?? submission.openedAt)
  const seconds = Math.max(0.001, (readyAt - opened) / 1000)
  return {
    acceptSeconds: (closed - opened) / 1000,
    releaseSeconds: (readyAt - closed) / 1000,
    recordsPerSecond: submission.received / seconds,
    peakMemoryMiB: gateway.peakMemory()
  }
}

async function perform(folder: DemoFolder, gateway: Gateway, options: Options, say: Say): Promise<DemoOutcome> {
  const feed = await prepareFeed(folder, options)
  say(`feed: ${feed.records.toLocaleString('en-US')} records of ${feed.patients.toLocaleString('en-US')} patients (${feed.origin})`)
  await loadOptOuts(folder, feed)
  say('the hospital sends; the gateway de-identifies, judges, seals and records')
  const submission = await send(folder, feed)
  const readyAt = Date.now()
  say(
    'the insurer pulls its sealed datasets, verifies them against pinned keys and opens them; a stock bulk client pulls the transport-only one'
  )
  const received = await receiveAll(folder, submission)
  say('the scans look for every identifying value of the input in every record received, and for dates that did not move')
  const scans = await scan(folder, feed.paths, received)
  const timing = timingOf(submission, readyAt, gateway)
  return outcomeOf({ feed, submission, received, scans, timing, gateway: { url: folder.url, folder: folder.path } })
}

/** For officers' commands in another terminal. */
function writeEnvironment(folder: DemoFolder): void {
  const lines = Object.entries(folder.environment).map(([name, value]) => `export ${name}='${value}'\n`)
  writeFileSync(join(folder.path, 'environment'), lines.join(''), { mode: 0o600 })
}

function interrupted(gateway: Gateway): Promise<void> {
  return new Promise((done) => {
    const watch = setInterval(() => {
      if (!gateway.alive()) finish()
    }, 500)
    const finish = (): void => {
      clearInterval(watch)
      done()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, finish)
  })
}

async function demo(options: Options): Promise<number> {
  const say: Say = options.print === 'json' ? () => undefined : (line) => console.error(`· ${line}`)
  const folder = await makeFolder('.sallyport', options.k)
  writeEnvironment(folder)
  say(`a gateway with fresh keys starts at ${folder.url}; everything it keeps lies in ${folder.path}`)
  const gateway = await startGateway(folder)
  const stopEarly = (): void => {
    const ended = (): never => process.exit(130)
    gateway.stop().then(ended, ended)
  }
  process.once('SIGINT', stopEarly)
  try {
    const outcome = await perform(folder, gateway, options, say)
    process.stdout.write(options.print === 'json' ? `${JSON.stringify(outcome)}\n` : funnel(outcome))
    process.removeListener('SIGINT', stopEarly)
    if (options.after === 'stay') {
      console.error(
        `\nThe gateway stays up until Ctrl-C. In another terminal:\n\n${nextCommands(folder, outcome)
          .map((line) => `  ${line}`)
          .join('\n')}\n`
      )
      await interrupted(gateway)
    }
    if (isHeld(outcome)) return 3
    return outcome.ok ? 0 : 1
  } finally {
    say('stopping the gateway')
    await gateway.stop()
  }
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options === null) process.stdout.write(USAGE)
    return options === null ? 0 : await demo(options)
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) process.stderr.write(`${error.message}\n\n${USAGE}`)
    else if (error instanceof DemoError) console.error(error.message)
    else throw error
    return error instanceof DemoError ? 1 : 2
  }
}

process.exitCode = await main()
