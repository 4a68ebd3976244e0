/**
 * `sallyport scrub < in > out`: takes identifiers out of text alone, without a server: one text a line, or one JSON object a line of which one member is
 * the text. Decides nothing itself (core/scrub does). A line that cannot be read is not written; it is counted, and told by its number and a code.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { Command, InvalidArgumentError, Option } from 'commander'
import { loadWords } from '../config/words.ts'
import { createSurrogates } from '../core/deidentify/values/surrogate.ts'
import { parseExact } from '../core/fhir/exact.ts'
import { CLASSES, type IdentifierClass } from '../core/scrub/classes.ts'
import { placeholders } from '../core/scrub/cover/cover.ts'
import { surrogateCover } from '../core/scrub/cover/surrogates.ts'
import type { Known } from '../core/scrub/known/known.ts'
import { createScrubber, type Scrubbed } from '../core/scrub/scrubber.ts'
import type { Cover } from '../core/scrub/span.ts'
import type { Words } from '../core/scrub/words/words.ts'
import { EXIT } from './failures.ts'
import { readKnown } from './scrub/known.ts'
import { type Fault, type Line, linesOf } from './scrub/lines.ts'
import { openReport, written } from './scrub/report.ts'

interface Options {
  readonly ndjson?: string
  readonly known?: string
  readonly surrogates?: true
  readonly report?: string
  readonly keep: ReadonlySet<IdentifierClass>
  readonly year: number
}

/** Dates move back by up to a year, never by nothing. */
const MOST_DAYS = 365

async function scrub(options: Options): Promise<void> {
  const words = loadWords()
  const scrubber = createScrubber(words, options)
  const known = options.known === undefined ? null : readKnown(options.known)
  const cover = options.surrogates === true ? invented(words, known) : placeholders
  const report = options.report === undefined ? null : await openReport(options.report)
  const tally = createTally()
  for await (const line of linesOf(process.stdin)) {
    const made = typeof line === 'string' ? line : scrubLine(line, options.ndjson ?? null, (text) => scrubber.scrub(text, known, cover))
    count(tally, made)
    if (typeof made !== 'string') await written(process.stdout, `${made.text}\n`)
    await report?.row(typeof made === 'string' ? { line: tally.lines, rejected: made } : { line: tally.lines, findings: made.findings })
  }
  await report?.end()
  process.stderr.write(summaryOf(tally, options.ndjson ?? null))
  if (tally.rejected.length > 0 || isFieldNowhere(tally, options.ndjson ?? null)) process.exitCode = EXIT.failure
}

type Reason = Fault | 'not-json' | 'not-an-object' | 'member-is-no-text'

interface Made extends Scrubbed {
  /** whether the line had a text to search */
  readonly searched: boolean
}

/** The line as it leaves, and what was found in its text; or why it does not leave. */
function scrubLine({ text, end }: Line, field: string | null, scrubText: (text: string) => Scrubbed): Made | Reason {
  if (field === null || text.trim() === '') {
    const { text: made, findings } = scrubText(text)
    return { text: made + end, findings, searched: field === null }
  }
  const object = objectOf(text)
  if (typeof object === 'string') return object
  const value = Object.hasOwn(object, field) ? object[field] : undefined
  if (value === undefined) return { text: JSON.stringify(object) + end, findings: [], searched: false }
  if (typeof value !== 'string') return 'member-is-no-text'
  const made = scrubText(value)
  return { text: JSON.stringify({ ...object, [field]: made.text }) + end, findings: made.findings, searched: true }
}

function objectOf(line: string): Record<string, unknown> | Reason {
  try {
    const value = parseExact(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : 'not-an-object'
  } catch {
    return 'not-json'
  }
}

interface Tally {
  lines: number
  searched: number
  readonly counts: Map<string, number>
  readonly rejected: string[]
  toldAt: number
}

function createTally(): Tally {
  return { lines: 0, searched: 0, counts: new Map(), rejected: [], toldAt: Date.now() }
}

/** So often a long run tells how far it is, in milliseconds. */
const TELLS_EVERY = 5000

function count(tally: Tally, made: Made | Reason): void {
  tally.lines++
  if (typeof made === 'string') tally.rejected.push(`line ${tally.lines}: ${made}`)
  else {
    if (made.searched) tally.searched++
    for (const finding of made.findings) tally.counts.set(finding.class, (tally.counts.get(finding.class) ?? 0) + 1)
  }
  if (tally.lines % 256 !== 0 || Date.now() - tally.toldAt < TELLS_EVERY) return
  tally.toldAt = Date.now()
  process.stderr.write(`… ${tally.lines} lines\n`)
}

/** A member that no line has is a name mistyped, and nothing was searched. */
function isFieldNowhere({ lines, searched, rejected }: Tally, field: string | null): boolean {
  return field !== null && lines > rejected.length && searched === 0
}

/** One secret and one shift for the run: what is read is taken for one subject's. */
function invented(words: Words, known: Known | null): Cover {
  const days = randomInt(1, MOST_DAYS + 1)
  return surrogateCover(words, { keyed: createSurrogates(randomBytes(32)).keyed, moveDay: (day) => day - days, known })
}

const MOST_TOLD = 10

function summaryOf(tally: Tally, field: string | null): string {
  const { lines, counts, rejected, searched } = tally
  const rows = [...CLASSES]
    .filter(([name]) => counts.has(name))
    .map(([name, { letter, says }]) => `  ${name.padEnd(12)}${String(counts.get(name)).padStart(8)}  (${letter}) ${says}`)
  const without = lines - rejected.length - searched
  const said = [
    `read      ${lines} lines`,
    ...rows,
    ...(field !== null && without > 0 ? [`unchanged ${without}: empty, or without the member`] : []),
    ...(isFieldNowhere(tally, field) ? ['no line had the member that --ndjson names: nothing was searched'] : []),
    ...(rejected.length > 0 ? [`rejected  ${rejected.length}, not written: ${told(rejected)}`] : []),
    'text that was scrubbed is not de-identified by that alone: no scrubber finds all'
  ]
  return `${said.join('\n')}\n`
}

function told(rejected: readonly string[]): string {
  return `${rejected.slice(0, MOST_TOLD).join(', ')}${rejected.length > MOST_TOLD ? ' …' : ''}`
}

function classes(text: string, before: ReadonlySet<IdentifierClass>): ReadonlySet<IdentifierClass> {
  const names = new Set<IdentifierClass>(before)
  for (const name of text.toUpperCase().split(',')) {
    const known = [...CLASSES.keys()].find((each) => each === name)
    if (known === undefined) throw new InvalidArgumentError(`The classes are ${[...CLASSES.keys()].join(', ')}.`)
    names.add(known)
  }
  return names
}

function year(text: string): number {
  if (!/^\d{4}$/.test(text)) throw new InvalidArgumentError('Give a year of four digits.')
  return Number(text)
}

const EXAMPLES = `
Examples:
  npx sallyport scrub < notes.txt > scrubbed.txt
  npx sallyport scrub --ndjson note --report findings.ndjson < notes.ndjson > scrubbed.ndjson
  npx sallyport scrub --known patient.json --surrogates < one-patients-notes.txt > scrubbed.txt
  echo 'Seen by Dr. Example on 3/14/2021.' | npx sallyport scrub --keep DATE

One text a line; with --ndjson one JSON object a line, whose other members leave as they are. --known finds the names, addresses, numbers and dates of the
people in those resources in any writing. With --surrogates invented values stand in place, the same for the same throughout the run, and dates move back
by one number of days; the secret is made for this run and forgotten. The report has a row for each line: offsets (UTF-16) of what
was found, class, rule, replacement, or why the line was not written; only you may read it, and it stands there when the run is done.
A line is not written, and told by number and code, that is no UTF-8 (not-utf8), longer than 16 MiB (too-long), or with --ndjson no JSON (not-json),
no object (not-an-object), or whose member is not a string (member-is-no-text).
Exit codes: 0 done; 1 some lines could not be read (the others were written), or no line has the member; 2 usage, or a file that was named is not there.`

export function command(): Command {
  return new Command('scrub')
    .description('take identifiers out of text')
    .option('--ndjson <field>', 'read one JSON object a line, whose member <field> is the text')
    .option('--known <file>', 'FHIR resources of the people the texts are about')
    .option('--surrogates', 'put invented values in place instead of [NAME]')
    .option('--report <file>', 'write what was found where, as NDJSON')
    .addOption(
      new Option('--keep <classes>', 'let these classes stand, too, such as DATE,AGE')
        .argParser(classes)
        .default(new Set<IdentifierClass>(['TIME']), 'TIME')
    )
    .option('--year <year>', 'the year of release, by which a year of birth tells an age over 89', year, new Date().getFullYear())
    .addHelpText('after', EXAMPLES)
    .action(scrub)
}
