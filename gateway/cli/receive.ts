/**
 * `sallyport receive`: runs a bulk export, downloads, verifies against pinned keys, opens, and only then acknowledges. Goes on where it
 * stopped, and the next run asks only for what was released since. Remembers the checkpoints of the log it has seen. Refuses to leave anything opened
 * that did not verify, and to open anything once the log contradicts what it showed before.
 */
import type { JsonWebKey } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { IntegrityError } from '../core/errors.ts'
import { type Pins, parsePins } from '../seal/manifest.ts'
import { logVerifiers } from '../seal/receipt.ts'
import { askOf } from './client/ask.ts'
import { download, fileHash, readPrivateJwk } from './client/download.ts'
import { awaitExport, type BulkExport, kickOff, type RemoteFile } from './client/export.ts'
import { type LogWatch, openLogWatch } from './client/log-watch.ts'
import { type ClientOptions, sessionOf, withClientOptions } from './client/options.ts'
import { createProgress, type Progress } from './client/progress.ts'
import type { Session } from './client/session.ts'
import { readState, writeState } from './client/state.ts'
import { madeWords, type OpenedDataset, unseal } from './client/unseal.ts'

interface Options extends ClientOptions {
  readonly agreement: string
  readonly out: string
  readonly pins: string
  readonly encKey?: string
  readonly since?: string
}

/** What is remembered in the folder between runs. */
interface Received {
  readonly agreement: string
  /** the job under way */
  readonly job: string | null
  /** the release time up to which everything is here */
  readonly since: string | null
  readonly datasets: readonly string[]
}

export interface Receipt {
  readonly agreement: string
  readonly transactionTime: string
  readonly datasets: readonly OpenedDataset[]
  /** lines of deleted.ndjson added now: surrogates to remove from what was received before */
  readonly deleted: number
}

const EXAMPLES = `
Examples:
  npx sallyport receive --agreement demo-safe-harbor --out received --server https://gateway.example.org \\
      --party demo-insurer --key sig.jwk --enc-key enc.jwk --pins gateway-keys.json
The pins are the gateway's public keys, as 'sallyport keys pins' prints them, handed to you by its operator: never take them from the gateway at the time of receiving.
Each dataset opens into a folder of its own, <out>/<dataset>/<Type>.ndjson, beside its manifest.json and dictionary.json. Interrupted? Run the same command again.
The checkpoints of the gateway's log are kept in <out>/.sallyport/log, and each new one must continue them: keep that folder.
Ends with 0 when all was received and verified, 1 on failure, 2 on wrong usage, 3 when denied or not verified, 75 to try again later, and 4 when the log
itself was altered (log-forked, log-rolled-back, log-foreign, log-unproved): then nothing is opened, and the evidence is the file that is named.
`

function parseReceived(value: unknown): Received | null {
  const received = Object(value) as Partial<Received> // members are checked on the next line
  return typeof received.agreement === 'string' && Array.isArray(received.datasets) ? (received as Received) : null
}

/** Everything one run works with. */
interface Run {
  readonly options: Options
  readonly session: Session
  readonly pins: Pins
  readonly key: JsonWebKey | null
  readonly log: LogWatch
  /** hidden folder for state and downloads */
  readonly work: string
  readonly progress: Progress
}

function statePath(run: Run): string {
  return join(run.work, `${run.options.agreement}.json`)
}

/** The job of an interrupted run while the server knows it, else a new one. */
async function runExport(run: Run, before: Received): Promise<BulkExport> {
  const since = run.options.since ?? before.since
  for (let job = before.job; ; job = null) {
    const url = job ?? (await kickOff(run.session, { agreement: run.options.agreement, since }))
    writeState(statePath(run), { ...before, job: url })
    const done = await awaitExport(run.session, url, (share) => run.progress.show(share, 1, 'the gateway prepares the export'))
    if (done !== null) return done
    await rm(join(run.work, 'download'), { recursive: true, force: true })
  }
}

async function fetchFiles(run: Run, files: readonly RemoteFile[], folder: string): Promise<Map<string, string>> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const byHash = new Map<string, string>()
  for (const [index, file] of files.entries()) {
    const path = join(folder, basename(new URL(file.url).pathname).replace(/[^A-Za-z0-9._-]/g, '_'))
    run.progress.show(index / files.length, 1, `file ${index + 1} of ${files.length}`)
    await download(run.session, file.url, path, 'gzip')
    byHash.set(await fileHash(path), path)
  }
  return byHash
}

async function fetchText(session: Session, url: string, accept: string): Promise<string> {
  return (await session.call({ method: 'GET', url, headers: { accept } })).text()
}

async function openAll(run: Run, bulk: BulkExport, downloads: ReadonlyMap<string, string>): Promise<OpenedDataset[]> {
  const opened: OpenedDataset[] = []
  for (const { dataset, url, dictionary: dictionaryUrl } of bulk.manifests) {
    run.progress.show(opened.length / bulk.manifests.length, 1, 'verifying and opening')
    const manifest = await fetchText(run.session, url, 'application/jose+json')
    const dictionary = await fetchText(run.session, dictionaryUrl, 'application/json')
    const { pins, key, work, options } = run
    const agrees = (checkpoint: string): Promise<void> => run.log.agrees(checkpoint)
    opened.push(await unseal({ manifest, dictionary, dataset, downloads, work: join(work, 'shards'), out: options.out, pins, key, agrees }))
    const said = await run.session.call({
      method: 'POST',
      url: `${run.session.server}/datasets/${encodeURIComponent(dataset)}/acknowledgement`
    })
    await said.text()
  }
  return opened
}

/** Surrogates withdrawn since: Bundles of DELETE entries, gathered in deleted.ndjson for whoever keeps the datasets. */
async function gatherDeleted(run: Run, bulk: BulkExport): Promise<number> {
  const folder = join(run.work, 'download', 'deleted')
  if (bulk.deleted.length > 0) await mkdir(folder, { recursive: true })
  for (const [index, file] of bulk.deleted.entries()) {
    const path = join(folder, `${index}.ndjson`)
    await download(run.session, file.url, path, 'identity')
    await pipeline(createReadStream(path), createWriteStream(join(run.options.out, 'deleted.ndjson'), { flags: 'a', mode: 0o600 }))
  }
  return bulk.deleted.reduce((sum, file) => sum + file.records, 0)
}

async function receiveAll(run: Run): Promise<Receipt> {
  const { options, work } = run
  const before = readState(statePath(run), parseReceived) ?? { agreement: options.agreement, job: null, since: null, datasets: [] }
  await run.log.newest()
  const bulk = await runExport(run, before)
  const folder = join(work, 'download')
  try {
    const downloads = await fetchFiles(run, bulk.files, folder)
    const datasets = await openAll(run, bulk, downloads)
    const deleted = await gatherDeleted(run, bulk)
    const ids = [...before.datasets, ...datasets.map((one) => one.dataset)]
    writeState(statePath(run), { agreement: options.agreement, job: null, since: bulk.transactionTime, datasets: [...new Set(ids)] })
    await rm(folder, { recursive: true, force: true })
    return { agreement: options.agreement, transactionTime: bulk.transactionTime, datasets, deleted }
  } catch (error) {
    // what did not verify is not kept to be tried again: the next run fetches it anew
    if (error instanceof IntegrityError) await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    run.progress.stop()
  }
}

function sentences(receipt: Receipt): string[] {
  const lines = receipt.datasets.flatMap((one) => [
    `dataset ${one.dataset}: ${contentOf(one)}`,
    `  signature, receipt (entry ${one.log.index} of ${one.log.size}), hashes and data dictionary verified; opened in ${one.folder}`
  ])
  if (lines.length === 0) lines.push('nothing new was released')
  if (receipt.deleted > 0) lines.push(`${receipt.deleted} records must be removed from earlier datasets: see deleted.ndjson`)
  return lines
}

function contentOf({ records, subjects, made }: OpenedDataset): string {
  if (made !== undefined) return madeWords(made, subjects.k)
  return `${records.toLocaleString('en-US')} records of ${subjects.released.toLocaleString('en-US')} subjects (k = ${subjects.k}, smallest group ${subjects.smallestGroup})`
}

async function receive(options: Options): Promise<void> {
  const pins = parsePins(await readFile(options.pins, 'utf8'))
  const key = options.encKey === undefined ? null : await readPrivateJwk(options.encKey)
  const session = sessionOf(options, 'system/*.rs')
  const work = join(options.out, '.sallyport')
  await mkdir(work, { recursive: true, mode: 0o700 })
  const progress = createProgress('percent')
  try {
    const log = openLogWatch({
      folder: join(work, 'log'),
      verifiers: logVerifiers(pins.log),
      ask: askOf(session.server, session.attempt),
      now: () => new Date(),
      tell: (sentence) => console.error(`sallyport: ${sentence}`)
    })
    const receipt = await receiveAll({ options, session, pins, key, log, work, progress })
    process.stdout.write(options.json === true ? `${JSON.stringify(receipt)}\n` : `${sentences(receipt).join('\n')}\n`)
  } finally {
    await session.close()
  }
}

export function command(): Command {
  return withClientOptions(new Command('receive').description('pull, verify and open datasets, as an insurer'))
    .requiredOption('--agreement <id>', 'the agreement under which you receive')
    .requiredOption('--out <folder>', 'where datasets are opened; also remembers what was received')
    .requiredOption('--pins <file>', "the gateway's public keys, as its operator gave them to you")
    .option('--enc-key <file>', 'your private encryption key (JWK); not needed where the agreement is transport-only')
    .option('--since <instant>', 'only what was released after this; default: since the last run')
    .addHelpText('after', EXAMPLES)
    .action(receive)
}
