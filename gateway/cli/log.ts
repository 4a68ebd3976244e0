/**
 * `sallyport log fsck|export|checkpoint`: the log verified from its leaves, written out for an investigation, or its newest checkpoint. Reading what entries
 * say is an entry itself, and so is a verification. Ends with 3 when the log is not what it was signed to be.
 */
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, InvalidArgumentError } from 'commander'
import { RequestError } from '../core/errors.ts'
import { LOG_FAULTS } from '../core/log/fsck.ts'
import type { Bodies } from '../exchange/log/log-export.ts'
import type { FsckReport } from '../exchange/log/log-fsck.ts'
import { createProgress } from './client/progress.ts'
import { atDesk } from './desk.ts'
import { EXIT } from './failures.ts'
import { intoPrivate } from './private-file.ts'

const EXAMPLES = `
fsck makes every hash, node, root and signature again from the leaves, holds what entries say against what they commit to, compares the newest checkpoint
kept in the data folder, and names the faults, 20 at most: table, index, what is wrong. It says how many entries have expired (what they said was deleted after six
years; their hashes stay). Ends with 0 when the log is whole, 3 when not.

export writes NDJSON as schemas/log/export.json says, from --from to the newest checkpoint (or that of --size): sallyport verify proves it offline. What
has expired is only proved by a file that ends with the newest checkpoint.

Examples:
  npx sallyport log fsck
  npx sallyport log export investigation.ndjson --bodies all
  npx sallyport log export - --from 120000 --bodies party:acme-health > theirs.ndjson
  npx sallyport log checkpoint`

function sizeOf(text: string): bigint {
  if (!/^(?:0|[1-9]\d{0,17})$/.test(text)) throw new InvalidArgumentError('It is a number of entries.')
  return BigInt(text)
}

function bodiesOf(text: string): Bodies {
  if (text === 'all' || text === 'none') return text
  const party = /^party:([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/.exec(text)?.[1]
  if (party === undefined) throw new InvalidArgumentError('It is all, none or party:<id>.')
  return { party }
}

function factsOf(report: FsckReport, seconds: number): Readonly<Record<string, unknown>> {
  const { size, verified, expired, checkpoints, root, faults } = report
  const counts = { size: String(size), verified: String(verified), expired: String(expired), checkpoints, root, seconds }
  const said = faults.map((fault) => ({ ...fault, says: LOG_FAULTS[fault.fault] }))
  return { ok: said.length === 0, ...counts, fault: said[0] ?? null, faults: said }
}

function sentencesOf({ size, verified, expired, checkpoints, root, faults }: FsckReport): string {
  const gone = expired === 0n ? '' : ` ${expired} of them have expired: what they said is deleted, their hashes stand.`
  if (faults.length === 0) return `The log is whole: ${size} entries under ${checkpoints} checkpoints, root ${root}.${gone}\n`
  const named = faults.map(({ table, index, fault }) => `${table} ${index}: ${fault}: ${LOG_FAULTS[fault]}`)
  return `The log is NOT whole: ${named.join('\n  ')}\nAs they should be: ${verified} of ${size} entries.${gone}\n`
}

async function fsckLog(options: { json?: true; record: boolean }): Promise<void> {
  const { fsck } = await import('../exchange/log/log-fsck.ts')
  const { askedKey, recordVerified } = await import('../exchange/log/log-verified.ts')
  const progress = createProgress('percent')
  const started = performance.now()
  const report = await atDesk(async (desk) => {
    const now = new Date()
    const found = await fsck(desk, { now, progress: (done, size) => progress.show(Number(done) / Number(size), 1, 'entries verified') })
    if (options.record) await recordVerified(desk, found, askedKey(), now, desk.account)
    return found
  }).finally(() => progress.stop())
  const seconds = Number(((performance.now() - started) / 1000).toFixed(3))
  process.stdout.write(options.json ? `${JSON.stringify(factsOf(report, seconds))}\n` : sentencesOf(report))
  if (report.fault !== null) process.exitCode = EXIT.denied
}

interface ExportOptions {
  readonly from?: bigint
  readonly size?: bigint
  readonly bodies: Bodies
  readonly json?: true
}

async function appendTo(handle: FileHandle, lines: AsyncIterable<string>): Promise<void> {
  for await (const text of lines) await handle.appendFile(text)
}

async function exportLog(file: string, options: ExportOptions): Promise<void> {
  if (file !== '-') return intoPrivate(file, (handle) => writeExport((lines) => appendTo(handle, lines), options, file))
  if (options.json === true) throw new RequestError('bad-request', '--json goes with a file: - is the export itself.')
  // stdout stays open for whoever reads it
  await writeExport((lines) => pipeline(lines, process.stdout, { end: false }), options, null)
}

/** `told`: the file that was named, where stdout is free to say what it holds. */
async function writeExport(write: (lines: Readable) => Promise<void>, options: ExportOptions, told: string | null): Promise<void> {
  const { exportEnd, exportLines } = await import('../exchange/log/log-export.ts')
  const { noteRead } = await import('../exchange/audit/audit-search.ts')
  const at = new Date()
  const request = { first: options.from ?? 0n, size: options.size ?? null, bodies: options.bodies, at }
  await atDesk(async (desk) => {
    const end = await exportEnd(desk, request)
    const whose = typeof request.bodies === 'string' ? request.bodies : `party ${request.bodies.party}`
    await noteRead({ pool: desk.pool, now: () => at }, desk, `export of entries ${request.first} to ${end.size}, bodies: ${whose}`)
    await write(Readable.from(exportLines(desk, request, end)))
    const entries = end.size - request.first
    const facts = { file: told, first: String(request.first), size: String(end.size), entries: String(entries), bodies: whose }
    const text = options.json
      ? JSON.stringify(facts)
      : `Wrote ${entries} entries, from ${request.first} to the checkpoint of ${end.size}; bodies: ${whose}.`
    if (told !== null) process.stdout.write(`${text}\n`)
  })
}

async function printCheckpoint(options: { json?: true }): Promise<void> {
  const { latestCheckpoint } = await import('../store/log.ts')
  const { newestKept } = await import('../store/kept-checkpoints.ts')
  const { note, kept } = await atDesk(async ({ pool, folder, ring }) => ({
    note: (await latestCheckpoint(pool))?.note ?? null,
    kept: (await newestKept(folder, ring.log.current.origin))?.note ?? null
  }))
  if (note === null && kept === null) throw new RequestError('not-found', 'Nothing was signed yet.')
  process.stdout.write(options.json ? `${JSON.stringify({ checkpoint: note, kept })}\n` : (note ?? kept ?? ''))
}

export function command(): Command {
  const log = new Command('log').description('verify the log, export it, or print its checkpoint').addHelpText('after', EXAMPLES)
  log
    .command('fsck')
    .description('make every hash again from the leaves, and name what is wrong')
    .option('--json', 'one JSON object')
    .option('--no-record', 'leave no entry that says it was verified (a database that may only be read)')
    .action(fsckLog)
  log
    .command('export')
    .argument('<file>', 'a new file, or - for standard output')
    .description('one self-contained file for an investigation')
    .option('--from <index>', 'first entry (default: 0)', sizeOf)
    .option('--size <size>', 'that of a signed checkpoint (default: the newest)', sizeOf)
    .option('--bodies <whose>', 'what entries say: all, none, or party:<id> for those that one party may read', bodiesOf, 'none')
    .option('--json', 'one JSON object that says what was written')
    .action(exportLog)
  log
    .command('checkpoint')
    .description('the newest signed checkpoint')
    .option('--json', 'one JSON object, with the one kept in the data folder')
    .action(printCheckpoint)
  return log
}
