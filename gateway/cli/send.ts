/**
 * `sallyport send`: uploads files as one submission and closes it. Goes on where it stopped: the submission and the files it keeps are
 * remembered, and each file travels under a key made of its bytes, so nothing is kept twice. Refuses to send the same feed again unasked.
 */
import { hash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { OperatorHint } from '../core/errors.ts'
import { type FeedFile, findFeed } from './client/feed.ts'
import { parseObject } from './client/json.ts'
import { type ClientOptions, sessionOf, withClientOptions } from './client/options.ts'
import { createProgress, type Progress } from './client/progress.ts'
import { refusalOf } from './client/refusal.ts'
import type { Session } from './client/session.ts'
import { readState, writeState } from './client/state.ts'
import { exitOf, isOnlyWaiting, isUnderWay, parseSubmission, progressOf, type Submission, sentencesOf } from './client/submission.ts'
import { uploadAll } from './client/upload.ts'

interface Options extends ClientOptions {
  readonly agreement?: string
  readonly parallel: number
  readonly state: string
  readonly wait?: number
  readonly issues?: string
  readonly again?: true
}

/** What is remembered of a feed: keys of files the gateway keeps. */
interface Sent {
  readonly submission: string
  readonly kept: readonly string[]
  readonly closed: 'yes' | 'no'
}

const EXAMPLES = `
Examples:
  npx sallyport send --agreement demo-safe-harbor --server https://gateway.example.org --party demo-hospital --key sig.jwk export/
  npx sallyport send … Patient.ndjson Encounter.ndjson.gz --wait 600 --issues issues.ndjson
Folders are searched for .ndjson and .json files, plain or .gz. Interrupted? Run the same command again: files already kept are not sent twice.
Ends with 0 when all was kept, 1 on failure, 2 on wrong usage, 3 when denied, refused or held, 75 to try again later. With --wait, too, 0 may mean
that an agreement is still waiting (its release window is not due) or under way (the seconds were over): the states are printed.
`

function parseSent(value: unknown): Sent | null {
  const sent = Object(value) as Partial<Sent> // members are checked on the next line
  const sound = typeof sent.submission === 'string' && Array.isArray(sent.kept) && (sent.closed === 'yes' || sent.closed === 'no')
  return sound ? (sent as Sent) : null
}

/** One state file for each feed, gateway, party and agreement. */
function statePath(options: Options, files: readonly FeedFile[]): string {
  const named = JSON.stringify([options.server, options.party, options.agreement ?? '', files.map((file) => file.key).sort()])
  return join(options.state, 'sent', `${hash('sha256', named, 'hex').slice(0, 32)}.json`)
}

function path(submission: string): string {
  return `/submissions/${encodeURIComponent(submission)}`
}

async function openSubmission(session: Session, options: Options): Promise<string> {
  const query = options.agreement === undefined ? '' : `?agreement=${encodeURIComponent(options.agreement)}`
  // one key for all tries of this call: an answer that was lost does not leave an open submission behind
  const headers = { 'idempotency-key': randomUUID() }
  const answer = await session.call({ method: 'POST', url: `${session.server}/submissions${query}`, headers })
  return parseSubmission(parseObject(await answer.text())).id
}

async function look(session: Session, submission: string): Promise<Submission> {
  const answer = await session.call({ method: 'GET', url: `${session.server}${path(submission)}` })
  return parseSubmission(parseObject(await answer.text()))
}

async function close(session: Session, submission: string): Promise<Submission> {
  const answer = await session.call({ method: 'POST', url: `${session.server}${path(submission)}/close` })
  return parseSubmission(parseObject(await answer.text()))
}

/** After so long a disclosure that has not begun waits for its agreement's release window, not for a free worker. */
const WINDOW_MS = 60_000

/** Looks every half second, later every five, until nothing is under way, all that is left is not due, or the seconds are over. */
async function waitForRelease(session: Session, submission: Submission, seconds: number, progress: Progress): Promise<Submission> {
  const until = Date.now() + seconds * 1000
  let seen = submission
  const begun = Date.now()
  for (let turn = 0; isUnderWay(seen) && Date.now() < until; turn += 1) {
    if (isOnlyWaiting(seen) && Date.now() - begun > WINDOW_MS) break
    progress.show(progressOf(seen), 1, seen.agreements.map((one) => `${one.agreement} ${one.state}`).join(', '))
    await sleep(Math.min(5000, 500 + turn * 50))
    seen = await look(session, submission.id)
  }
  progress.stop()
  return seen
}

async function fetchIssues(session: Session, submission: string, file: string): Promise<void> {
  const answer = await session.call({
    method: 'GET',
    url: `${session.server}${path(submission)}/issues`,
    headers: { accept: 'application/fhir+ndjson' }
  })
  await pipeline(answer.body, createWriteStream(file, { mode: 0o600 }))
}

/** Does the gateway still know the submission? A gateway made anew does not. */
async function isKnown(session: Session, submission: string): Promise<boolean> {
  const answer = await session.attempt({ method: 'GET', url: `${session.server}${path(submission)}` })
  if (answer.status !== 404 && answer.status >= 400) throw await refusalOf(answer)
  await answer.text()
  return answer.status !== 404
}

/** The submission to fill: the remembered one while it is open, else a new one. Throws OperatorHint when this feed was sent before. */
async function begin(session: Session, options: Options, file: string): Promise<Sent> {
  const sent = options.again === true ? null : readState(file, parseSent)
  if (sent?.closed === 'yes') {
    throw new OperatorHint(`this very feed was sent before, as submission ${sent.submission}: --again sends it once more`)
  }
  if (sent !== null && (await isKnown(session, sent.submission))) return sent
  return { submission: await openSubmission(session, options), kept: [], closed: 'no' }
}

async function sendFeed(session: Session, paths: readonly string[], options: Options): Promise<Submission> {
  const files = await findFeed(paths)
  const file = statePath(options, files)
  const begun = await begin(session, options, file)
  const { submission, kept } = begun
  const remember = (keys: readonly string[]): void => writeState(file, { ...begun, kept: keys })
  remember(kept)
  await uploadAll(session, { submission, files, kept, parallel: options.parallel, remember, progress: createProgress('bytes') })
  const closed = await close(session, submission)
  writeState(file, { submission, kept: files.map((one) => one.key), closed: 'yes' } satisfies Sent)
  return options.wait === undefined ? closed : waitForRelease(session, closed, options.wait, createProgress('percent'))
}

async function send(paths: readonly string[], options: Options): Promise<void> {
  const session = sessionOf(options, 'sallyport/submit')
  try {
    const submission = await sendFeed(session, paths, options)
    if (options.issues !== undefined) await fetchIssues(session, submission.id, options.issues)
    process.stdout.write(options.json === true ? `${JSON.stringify(submission)}\n` : `${sentencesOf(submission).join('\n')}\n`)
    process.exitCode = exitOf(submission)
  } finally {
    await session.close()
  }
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 86_400)) throw new InvalidArgumentError('Give a number above 0.')
  return value
}

function few(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 16) throw new InvalidArgumentError('Give a whole number from 1 to 16.')
  return value
}

export function command(): Command {
  return withClientOptions(
    new Command('send')
      .description('send files to a gateway, as a hospital')
      .argument('<path...>', 'files and folders of NDJSON or Bundles')
  )
    .option('--agreement <id>', 'the agreement to serve; default: every active one you are the source of')
    .option('--parallel <n>', 'files on their way at the same time', few, 2)
    .option('--wait <seconds>', 'wait until the gateway has released or withheld everything', positive)
    .option('--issues <file>', 'write what was rejected, and where it stood, as NDJSON of OperationOutcomes')
    .option('--state <folder>', 'where to remember what was sent', '.sallyport')
    .option('--again', 'send a feed that was sent before')
    .addHelpText('after', EXAMPLES)
    .action(send)
}
