/** `sallyport consent opt-out|opt-in|list`: patients whose records leave under no agreement. In force from the commit, on running jobs too. */
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { RequestError } from '../core/errors.ts'
import { atDesk } from './desk.ts'

const EXAMPLES = `
A patient is named as the hospital's records name them: 123, Patient/123, or an absolute reference.
A file has one a line: plain, or a JSON object with "patient".

Examples:
  npx sallyport consent opt-out --party demo-hospital --patient Patient/123
  npx sallyport consent opt-out --party demo-hospital --file optouts.ndjson
  npx sallyport consent opt-in --party demo-hospital --patient 123
  npx sallyport consent list --party demo-hospital --json`

interface Options {
  readonly party: string
  readonly patient?: readonly string[]
  readonly file?: string
  readonly json?: true
}

function patientOnLine(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    const row: unknown = JSON.parse(line)
    if (typeof row === 'object' && row !== null && 'patient' in row && typeof row.patient === 'string') return row.patient
  } catch {
    // said below, for both
  }
  throw new RequestError('bad-request', 'Each line of the file is a patient id, or a JSON object with "patient".')
}

async function named(options: Options): Promise<string[]> {
  const lines = options.file === undefined ? [] : (await readFile(options.file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '')
  const patients = [...(options.patient ?? []), ...lines.map((line) => patientOnLine(line.trim()))]
  if (patients.length === 0) throw new RequestError('bad-request', 'Name patients with --patient or --file.')
  return patients
}

async function change(kind: 'opt-out' | 'opt-in', options: Options): Promise<void> {
  const texts = await named(options)
  const { changeConsent, patientOf } = await import('../exchange/consent.ts')
  const { loadPolicies } = await import('../config/policies.ts')
  const changed = await atDesk(({ pool, ring, policiesDir, account }) => {
    const party = loadPolicies(policiesDir).parties.get(options.party)
    if (party === undefined || party.role !== 'hospital')
      throw new RequestError('bad-request', 'There is no such hospital among the parties.')
    const patients = texts.map((text) => patientOf(party.id, text, party.fhirBases))
    return changeConsent(pool, ring, kind, party.id, patients, { account, at: new Date() })
  }, 'brought up to date')
  const word = kind === 'opt-out' ? 'out' : 'in'
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ named: texts.length, changed })}\n`
      : `${changed} of ${texts.length} patients opted ${word}; the others were already.\n`
  )
}

async function list(options: { party?: string; json?: true }): Promise<void> {
  const { optOuts } = await import('../exchange/consent.ts')
  const { readAtDesk } = await import('../exchange/audit.ts')
  const rows = await atDesk(({ pool, ring, account }) =>
    readAtDesk(pool, { account, at: new Date(), what: 'opt-outs' }, (db) => optOuts(db, ring, options.party ?? null))
  )
  if (options.json) process.stdout.write(`${JSON.stringify(rows)}\n`)
  else if (rows.length === 0) process.stdout.write('Nobody has opted out.\n')
  else for (const row of rows) process.stdout.write(`${row.party}  ${row.patient}  since ${row.since}\n`)
}

function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

export function command(): Command {
  const consent = new Command('consent').description('opt a patient out or in, or list who is out').addHelpText('after', EXAMPLES)
  for (const kind of ['opt-out', 'opt-in'] as const) {
    consent
      .command(kind)
      .description(kind === 'opt-out' ? 'their records leave under no agreement' : 'take an opt-out back')
      .requiredOption('--party <id>', 'the hospital whose patients they are')
      .option('--patient <id>', 'as the records name them: 123, Patient/123; may be given more than once', several)
      .option('--file <path>', 'one patient a line')
      .option('--json', 'one JSON object')
      .action((options: Options) => change(kind, options))
  }
  consent
    .command('list')
    .description('who is out')
    .option('--party <id>', 'of this hospital only')
    .option('--json', 'one JSON array')
    .action(list)
  return consent
}
