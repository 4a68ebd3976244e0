/**
 * `sallyport deidentify --profile P < in.ndjson > out.ndjson`: the gateway's own engine on a file, without a server. Decides nothing itself. Refuses a
 * profile with faults, or whose certificate is not in force, before reading a byte; a record that cannot be read is counted and reported by line, and
 * the rest goes on.
 */
import { once } from 'node:events'
import { createReadStream, writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { loadWords } from '../config/words.ts'
import { certificateOf, coversDay } from '../core/agreement/certificate.ts'
import { compileProfile } from '../core/deidentify/compile/compile.ts'
import { isRecordProfile, type Profile } from '../core/deidentify/profile/profile.ts'
import { createTally } from '../core/deidentify/tally.ts'
import { RequestError } from '../core/errors.ts'
import { readBody } from '../exchange/accept/body.ts'
import type { Outcome, RunLimits } from '../exchange/agreement/passes.ts'
import type { Members } from '../microsoft/document.ts'
import { runCounting } from './deidentify/aggregate.ts'
import { locateProfile } from './deidentify/locate.ts'
import { theirReport, theirSummary } from './deidentify/microsoft-report.ts'
import { reportOf } from './deidentify/report.ts'
import { run } from './deidentify/run.ts'
import { theirDocument } from './deidentify/theirs.ts'
import { EXIT } from './failures.ts'
import { openReport } from './scrub/report.ts'

interface Options {
  readonly profile: string
  readonly at?: string
  readonly report?: string
  readonly findings?: string
  readonly base: readonly string[]
  readonly memory: number
}

const MIB = 1024 * 1024
const LIMITS: Omit<RunLimits, 'memoryBytes'> = {
  recordBytes: 10 * MIB,
  bundleBytes: 16 * MIB,
  depth: 64
}

async function deidentify(file: string | undefined, options: Options): Promise<void> {
  const theirs = theirDocument(options.profile)
  if (theirs !== null) return deidentifyTheirs(file, options, theirs)
  const { profile, hash } = locateProfile(options.profile)
  const at = options.at ?? new Date().toISOString()
  refuseUncertified(profile, at)
  const chunks = await bodyOf(file)
  const limits = { ...LIMITS, memoryBytes: options.memory * MIB }
  const findings = options.findings === undefined ? null : await openReport(options.findings)
  const order = { at, ownBases: options.base, limits, write: writeOut, ...(findings === null ? {} : { tell: findings.row }) }
  const tally = options.report === undefined ? null : createTally()
  const outcome = isRecordProfile(profile)
    ? await run({ ...order, engine: compileProfile(profile, null, tally, loadWords) }, chunks)
    : await runCounting({ ...order, profile }, chunks)
  await findings?.end()
  if (options.report !== undefined)
    writeFileSync(options.report, `${JSON.stringify(reportOf({ profile, hash, at, outcome, tally }), null, 2)}\n`)
  process.stderr.write(summaryOf(outcome))
  if (Object.keys(outcome.rejected).length > 0) process.exitCode = EXIT.failure
}

/** An expert determines for a time (45 CFR 164.514(b)(1)): outside it nothing is made under the certificate, here as at the gateway. */
function refuseUncertified(profile: Profile, at: string): void {
  const certificate = certificateOf(profile)
  if (certificate !== null && !coversDay(certificate, new Date(at).toISOString().slice(0, 10)))
    throw new RequestError('certificate-expired')
}

/** Loaded only when asked for: it brings a FHIRPath library. */
async function deidentifyTheirs(file: string | undefined, options: Options, document: Members): Promise<void> {
  if (options.findings !== undefined) throw new RequestError('bad-request', '--findings is of profiles that scrub texts.')
  const { runTheirs } = await import('./deidentify/microsoft.ts')
  const named = file === undefined || file === '-' ? '' : file
  const at = options.at ?? new Date().toISOString()
  const limits = { bytes: LIMITS.bundleBytes, depth: LIMITS.depth }
  const warn = (text: string): void => void process.stderr.write(text)
  const outcome = await runTheirs({ document, file: named, at, limits, write: writeOut, warn }, () => bodyOf(file))
  if (options.report !== undefined) writeFileSync(options.report, `${JSON.stringify(theirReport(outcome, at), null, 2)}\n`)
  warn(theirSummary(outcome))
  if (outcome.rejected + outcome.skipped > 0) process.exitCode = EXIT.failure
}

async function bodyOf(file: string | undefined): Promise<AsyncIterable<Uint8Array>> {
  const source = file === undefined || file === '-' ? process.stdin : createReadStream(file, { highWaterMark: MIB })
  const body = await readBody(source, { gzip: false }, { expansion: 1000, uploadBytes: Number.MAX_SAFE_INTEGER })
  return body.chunks
}

async function writeOut(lines: string): Promise<void> {
  if (lines !== '' && !process.stdout.write(lines)) await once(process.stdout, 'drain')
}

function summaryOf(outcome: Outcome): string {
  const reasons = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([code, number]) => `, ${number} ${code}`)
      .join('')
  const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, number) => sum + number, 0)
  const smallest = Math.min(...outcome.classes.values())
  const rows = [
    `received  ${outcome.received}`,
    `released  ${outcome.released} of ${outcome.subjects} subjects`,
    `withheld  ${total(outcome.withheld)}${reasons(outcome.withheld)}`,
    `rejected  ${total(outcome.rejected)}${reasons(outcome.rejected)}`,
    ...outcome.issues.slice(0, 10).map(({ line, path, code }) => `  line ${line}${path === '' ? '' : ` ${path}`}: ${code}`)
  ]
  if (outcome.counted !== undefined) rows.push(countedIn(outcome.counted))
  else if (outcome.subjects > 0)
    rows.push(`no agreement, opt-outs or risk gate were applied; the smallest group of look-alikes has ${smallest}`)
  return `${rows.join('\n')}\n`
}

function countedIn({ reports, told, hidden }: NonNullable<Outcome['counted']>): string {
  return `made      ${reports} MeasureReports, ${told} numbers told and ${hidden} hidden\nno agreement, opt-outs or earlier releases were applied`
}

function instant(text: string): string {
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(full) || Number.isNaN(Date.parse(full)))
    throw new InvalidArgumentError('Give a moment like 2026-01-31 or 2026-01-31T12:00:00Z.')
  return full
}

function mebibytes(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Give a whole number of MiB.')
  return number
}

const EXAMPLES = `
Examples:
  npx sallyport deidentify --profile safe-harbor < feed.ndjson > released.ndjson
  npx sallyport deidentify --profile policies/profiles/safe-harbor/profile.json --at 2026-01-31 --report report.json feed.ndjson.gz > released.ndjson
  npx sallyport deidentify --profile expert-determination --findings findings.ndjson < feed.ndjson > released.ndjson
  npx sallyport synthesize --patients 20 --out - | npx sallyport deidentify --profile safe-harbor | head -1
  npx sallyport deidentify --profile aggregate-only < feed.ndjson > measure-reports.ndjson

Reads NDJSON of resources or Bundles, or one Bundle; gzip too. Ids are surrogates under a secret made for this run: two runs cannot be linked.
A configuration of Microsoft's tool (fhirPathRules) may stand for the profile: it is followed as there, and what its rules do not name is kept.
--findings has a row for each text in which something was covered, subject by subject: line of the input, element path, which text of that path in the record
(from 0), and as in the report of scrub offsets (UTF-16), class, rule, replacement; never what stood there. Offsets count in the text as it came, of markup and
documents in the text that a reader sees. Only you may read it, and it stands there when the run is done.
Exit codes: 0 done; 1 some records could not be read (the others were written); 2 the profile has faults, or usage; 3 its certificate is not in force at that moment.`

export function command(): Command {
  return new Command('deidentify')
    .description('de-identify a file without a server')
    .argument('[file]', 'NDJSON or Bundle; otherwise standard input')
    .requiredOption('--profile <profile>', 'a profile.json, its folder, or the name of a profile that ships')
    .option('--at <instant>', 'release moment by which ages are judged (otherwise now)', instant)
    .option('--report <file>', 'write what was done per element and rule, as JSON')
    .option('--findings <file>', 'write what was covered where in texts, as NDJSON')
    .option('--base <url...>', "server bases that are the sender's own", [])
    .option('--memory <MiB>', 'records up to this size wait in memory, more in an encrypted temporary file', mebibytes, 256)
    .addHelpText('after', EXAMPLES)
    .action(deidentify)
}
