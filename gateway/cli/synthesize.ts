/** `sallyport synthesize`: writes a synthetic FHIR R4 feed to a folder or to stdout. Refuses counts and dates that make no sense. */
import { Command, InvalidArgumentError } from 'commander'
import { type FeedSummary, writeFolder, writeStream } from '../synthetic/write.ts'

interface Options {
  readonly patients: number
  readonly seed: string
  readonly at: string
  readonly out: string
  readonly gzip?: true
  readonly json?: true
}

const EXAMPLES = `
Every name, number and town is invented; the same seed gives the same bytes on every machine.

Examples:
  npx sallyport synthesize --patients 1000 --out feed
  npx sallyport synthesize --patients 100 --seed other --gzip --out feed
  npx sallyport synthesize --patients 10 | head -3
A folder gets one <Type>.ndjson a resource type, and optouts.ndjson for 'sallyport consent opt-out --file'.
`

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 10_000_000) throw new InvalidArgumentError('Give a whole number from 1 to 10000000.')
  return value
}

function day(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('Give a date such as 2026-06-30.')
  return text
}

function sentence(summary: FeedSummary, seconds: number): string {
  const rows = Object.entries(summary.byType).map(
    ([type, resources]) => `  ${type.padEnd(24)}${resources.toLocaleString('en-US').padStart(12)}`
  )
  const total = `${summary.resources.toLocaleString('en-US')} resources of ${summary.patients.toLocaleString('en-US')} patients, ${summary.optedOut} opted out`
  return [...rows, `${total}; ${Math.round(summary.resources / seconds).toLocaleString('en-US')} resources/s`].join('\n')
}

async function synthesize(options: Options): Promise<void> {
  const feed = { patients: options.patients, seed: options.seed, at: options.at }
  const started = performance.now()
  const toStream = options.out === '-'
  const compress = options.gzip === true ? 'gzip' : 'none'
  const summary = toStream ? await writeStream(feed, process.stdout) : await writeFolder(feed, { folder: options.out, compress })
  const seconds = (performance.now() - started) / 1000
  if (options.json === true)
    (toStream ? process.stderr : process.stdout).write(`${JSON.stringify({ ...summary, seed: options.seed, at: options.at })}\n`)
  else process.stderr.write(`${sentence(summary, seconds)}\n`)
}

export function command(): Command {
  return new Command('synthesize')
    .description('write a synthetic FHIR R4 feed')
    .option('--patients <n>', 'how many patients', count, 100)
    .option('--seed <text>', 'the same seed gives the same feed', 'sallyport')
    .option('--at <date>', 'the last day of the three years the feed covers', day, '2026-06-30')
    .option('--out <folder>', 'folder to write to; - for stdout', '-')
    .option('--gzip', 'compress the files of the folder')
    .option('--json', 'print a summary as one JSON object (on stderr when the feed goes to stdout)')
    .addHelpText('after', EXAMPLES)
    .action(synthesize)
}
