/**
 * `sallyport scrub < in > out`: takes identifiers out of text alone, without a server: one text a line, or one JSON object a line of which one member is
 * the text. Decides nothing itself (core/scrub does). A line that is no such object is not written; it is counted and told by its number.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { loadWords } from '../config/words.ts'
import { createSurrogates } from '../core/deidentify/values/surrogate.ts'
import { OperatorHint } from '../core/errors.ts'
import { CLASSES, type IdentifierClass } from '../core/scrub/classes.ts'
import { placeholders } from '../core/scrub/cover/cover.ts'
import { surrogateCover } from '../core/scrub/cover/surrogates.ts'
import type { Known } from '../core/scrub/known/known.ts'
import { knownOf } from '../core/scrub/known/known-of.ts'
import { createScrubber, type Scrubbed } from '../core/scrub/scrubber.ts'
import type { Cover } from '../core/scrub/span.ts'
import type { Words } from '../core/scrub/words/words.ts'
import { EXIT } from './failures.ts'
import { linesOf } from './scrub/lines.ts'

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
  const cover = options.surrogates === true ? invented(words) : placeholders
  const report = options.report === undefined ? null : createWriteStream(options.report)
  const counts = new Map<string, number>()
  const rejected: number[] = []
  let line = 0
  for await (const text of linesOf(process.stdin)) {
    const made = scrubLine(text, options.ndjson ?? null, (value) => scrubber.scrub(value, known, cover))
    line++
    if (made === null) rejected.push(line)
    else await write(line, made, report)
    for (const finding of made?.findings ?? []) counts.set(finding.class, (counts.get(finding.class) ?? 0) + 1)
  }
  if (report !== null) await ended(report)
  process.stderr.write(summaryOf(line, counts, rejected))
  if (rejected.length > 0) process.exitCode = EXIT.failure
}

async function write(line: number, { text, findings }: Scrubbed, report: WriteStream | null): Promise<void> {
  await written(process.stdout, `${text}\n`)
  if (report !== null) await written(report, `${JSON.stringify({ line, findings })}\n`)
}

/** The line as it leaves, and what was found in its text; null where it is no object, or its member no text. */
function scrubLine(line: string, field: string | null, scrubText: (text: string) => Scrubbed): Scrubbed | null {
  if (field === null) return scrubText(line)
  const object = objectOf(line)
  if (object === null) return null
  const value = object[field]
  if (value === undefined) return { text: JSON.stringify(object), findings: [] }
  if (typeof value !== 'string') return null
  const made = scrubText(value)
  return { text: JSON.stringify({ ...object, [field]: made.text }), findings: made.findings }
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

async function written(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain')
}

async function ended(stream: WriteStream): Promise<void> {
  stream.end()
  await once(stream, 'close')
}

/** NDJSON, an array, a Bundle or one resource. */
function readKnown(path: string): Known {
  const text = readFileSync(path, 'utf8')
  try {
    const whole: unknown = JSON.parse(text)
    return knownOf(Array.isArray(whole) ? whole : [whole])
  } catch {
    // not one document: NDJSON
  }
  try {
    return knownOf(
      text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line): unknown => JSON.parse(line))
    )
  } catch {
    throw new OperatorHint('--known must be a file of FHIR resources: JSON, or NDJSON')
  }
}

/** One secret and one shift for the run: what is read is taken for one subject's. */
function invented(words: Words): Cover {
  const days = randomInt(1, MOST_DAYS + 1)
  return surrogateCover(words, { keyed: createSurrogates(randomBytes(32)).keyed, moveDay: (day) => day - days })
}

function summaryOf(lines: number, counts: ReadonlyMap<string, number>, rejected: readonly number[]): string {
  const rows = [...CLASSES]
    .filter(([name]) => counts.has(name))
    .map(([name, { letter, says }]) => `  ${name.padEnd(12)}${String(counts.get(name)).padStart(8)}  (${letter}) ${says}`)
  const bad =
    rejected.length === 0
      ? []
      : [`rejected  ${rejected.length}: lines ${rejected.slice(0, 10).join(', ')}${rejected.length > 10 ? ' …' : ''}`]
  return `${[`read      ${lines} lines`, ...rows, ...bad, 'text that was scrubbed is not de-identified by that alone: no scrubber finds all'].join('\n')}\n`
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
by one number of days; the secret is made for this run and forgotten. The report has a line for each line: offsets (UTF-16), class, rule, replacement.
Exit codes: 0 done; 1 some lines could not be read (the others were written); 2 usage, or a file that was named is not there.`

export function command(): Command {
  return new Command('scrub')
    .description('take identifiers out of text')
    .option('--ndjson <field>', 'read one JSON object a line, whose member <field> is the text')
    .option('--known <file>', 'FHIR resources of the people the texts are about')
    .option('--surrogates', 'put invented values in place instead of [NAME]')
    .option('--report <file>', 'write what was found where, as NDJSON')
    .option('--keep <classes>', 'let these classes stand, such as TIME,DATE', classes, new Set<IdentifierClass>(['TIME']))
    .option('--year <year>', 'the year of release, by which a year of birth tells an age over 89', year, new Date().getFullYear())
    .addHelpText('after', EXAMPLES)
    .action(scrub)
}
