/**
 * `sallyport audit search|export`: the log as FHIR AuditEvents, for officers and auditors at the desk. Each run is an entry. An export is streamed and goes on
 * where it was broken off; the file stands under its name only once it is whole.
 */
import { createReadStream } from 'node:fs'
import { access, open, rename } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { indexOf } from '../core/audit/audit-event.ts'
import { type AuditQuery, readAuditSearch } from '../core/audit/search.ts'
import { sha256 } from '../core/digest.ts'
import { RequestError } from '../core/errors.ts'
import type { LogFault } from '../core/log/fsck.ts'
import { isKind } from '../core/log/kinds.ts'
import { atDesk } from './desk.ts'
import { EXIT } from './failures.ts'
import { momentOf } from './moment.ts'

const EXAMPLES = `
A search takes the parameters of GET /fhir/AuditEvent: _tag (the kind of entry), date, type, subtype, action, outcome, agent, entity, _id, _sort. One event a
line; of an entry that was altered, only that it was: the command then ends with 4. What concerns a patient is made by 'sallyport accounting'.
Kinds, and the codes of each: gateway/core/log/README.md.

Examples:
  npx sallyport audit search '_tag=dataset-released,file-delivered&date=ge2026-01-01'
  npx sallyport audit search 'date=ge2026-01-01&outcome=8'
  npx sallyport audit search 'entity=6f1c…&_sort=date' | jq -r '[.recorded, .meta.tag[0].code] | @tsv'
  npx sallyport audit export --from 2026-01-01 --to 2026-02-01 --out january.ndjson`

async function search(text = ''): Promise<void> {
  const { eventsAtDesk } = await import('../exchange/audit/audit-search.ts')
  const parameters = new Map(
    [...Map.groupBy(new URLSearchParams(text), ([name]) => name)].map(([name, pairs]) => [name, pairs.map(([, value]) => value)])
  )
  const query = readAuditSearch(parameters, 'desk')
  if (query.summary !== null) throw new RequestError('unsupported-parameter', 'At the desk, count the lines: | wc -l')
  const at = new Date()
  const found = await atDesk(async (desk) => {
    let events = 0
    for await (const event of eventsAtDesk(desk, { ...query, count: 500 }, { at, tell })) {
      process.stdout.write(`${JSON.stringify(event)}\n`)
      events += 1
    }
    return events
  })
  if (found === 0) process.stderr.write(`No event matches. ${hintOf(query)}\n`)
}

/** A kind that was asked for as another code is asked for by _tag. */
function hintOf({ type, subtype }: AuditQuery): string {
  const kind = [...(type ?? []), ...(subtype ?? [])].find(isKind)
  return kind === undefined ? 'Kinds and codes: gateway/core/log/README.md.' : `${kind} is a kind of entry: ask for _tag=${kind}.`
}

/** An entry that was altered: its event says so, and the command ends with 4. */
function tell({ table, index, fault }: LogFault): void {
  process.stderr.write(`entry ${index} was altered (${table}: ${fault}): run sallyport log fsck\n`)
  process.exitCode = EXIT.alarm
}

interface ExportOptions {
  readonly from?: Date
  readonly to?: Date
  readonly out: string
}

/** How far an export that was broken off came: the bytes of its whole lines, and the place of the last of them. */
async function standing(part: string): Promise<{ bytes: number; last: number | null }> {
  const known = { bytes: 0, last: null as number | null }
  const file = await open(part, 'a+', 0o600)
  const { size } = await file.stat().finally(() => file.close())
  const lines = createInterface({ input: createReadStream(part), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    const end = known.bytes + Buffer.byteLength(line) + 1
    const index = end > size ? null : placeOf(line)
    if (index === null) break
    known.bytes = end
    known.last = index
  }
  return known
}

function placeOf(line: string): number | null {
  try {
    return indexOf(String((JSON.parse(line) as { id?: unknown }).id))
  } catch {
    return null
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}

async function exportEvents({ from, to, out }: ExportOptions): Promise<void> {
  if (await exists(out)) throw new RequestError('bad-request', 'The file is there already: name a new one.')
  const { exportedEvents } = await import('../exchange/audit/audit-export.ts')
  // the name tells of which time: an export of another does not go on where this one stopped
  const part = `${out}.${sha256(`${from?.toISOString() ?? ''} ${to?.toISOString() ?? ''}`).toString('hex', 0, 4)}.part`
  const { bytes, last } = await standing(part)
  const file = await open(part, 'r+')
  try {
    await file.truncate(bytes)
    const at = { from: from ?? null, until: to ?? null, after: last, at: new Date(), tell }
    const written = { to: bytes }
    await atDesk(async (desk) => {
      for await (const lines of exportedEvents(desk, at)) written.to += (await file.write(lines, written.to)).bytesWritten
    })
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, out)
}

export function command(): Command {
  const audit = new Command('audit').description('search the log, or export it, as FHIR AuditEvents').addHelpText('after', EXAMPLES)
  audit.command('search').description('events that match, one a line').argument('[query]', 'as in GET /fhir/AuditEvent').action(search)
  audit
    .command('export')
    .description('every event of a time into a new file of NDJSON; run again to go on where it was broken off')
    .option('--from <moment>', 'a day, or a time with its zone', momentOf)
    .option('--to <moment>', 'up to then, not including it', momentOf)
    .requiredOption('--out <file>', 'a new file')
    .action(exportEvents)
  return audit
}
