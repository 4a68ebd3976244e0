/**
 * `sallyport consent opt-out|opt-in|list`: what patients say no to. In force from the commit, on running jobs too; what was made before is withdrawn and
 * cut again, or named for deletion. One line that cannot be taken is told by its number, and the others are in force.
 */
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { RequestError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { Party } from '../generated/policy.ts'
import { atDesk, type Desk } from './desk.ts'
import { EXIT } from './failures.ts'
import { patients } from './from-stdin.ts'
import { policiesHere } from './known-parties.ts'
import { several } from './private-file.ts'

const EXAMPLES = `
A patient is named as the hospital's records name them: 123, Patient/123, or an absolute reference.
--patient - reads names from standard input, one a line: what stands on a command line others of the machine can read.
A file has one a line: plain; a JSON object with "patient" and what is said no to (nothing more: everything); or a FHIR R4 Consent.
  {"patient":"123","recipient":"demo-insurer","purpose":"HPAYMT","category":"hiv","provider":"Practitioner/7"}   all that is named must fit
  {"patient":"123","recipient":"demo-insurer","selfPay":["Encounter/9"]}   paid out of pocket in full (45 CFR 164.522(a)(1)(vi)): it, what refers to it, what those refer to

Examples:
  npx sallyport consent opt-out --party demo-hospital --patient Patient/123
  npx sallyport consent opt-out --party demo-hospital --patient 123 --recipient demo-insurer --category hiv
  npx sallyport consent opt-out --party demo-hospital --patient 123 --recipient demo-insurer --self-pay Encounter/9
  npx sallyport consent opt-out --party demo-hospital --file optouts.ndjson
  npx sallyport consent opt-in --party demo-hospital --patient 123
  npx sallyport consent list --party demo-hospital --json

Exit codes: 0 done; 1 a line could not be taken, the others are in force; 2 a wrong option, party or file; 75 try again later.`

interface Options {
  readonly party: string
  readonly patient?: readonly string[]
  readonly file?: string
  readonly recipient?: string
  readonly purpose?: string
  readonly category?: string
  readonly provider?: string
  readonly selfPay?: readonly string[]
  readonly json?: true
}

/** The lines of what was said on the command line, those of the file behind them. */
async function written(options: Options): Promise<string> {
  const { recipient, purpose, category, provider, selfPay } = options
  const scope = JSON.parse(JSON.stringify({ recipient, purpose, category, provider, selfPay })) as Record<string, unknown> // leaves out what is undefined
  const own = (options.patient ?? []).map((patient) => JSON.stringify({ patient, ...scope }))
  if (own.length === 0 && Object.keys(scope).length > 0)
    throw new RequestError('bad-request', 'A scope goes with --patient; in a file each line has its own.')
  const file = options.file === undefined ? '' : await readFile(options.file, 'utf8')
  const lines = [...own, file].join('\n')
  if (lines.trim() === '') throw new RequestError('bad-request', 'Name patients with --patient or --file.')
  return lines
}

/** The hospital, as the policies of this desk know it. */
async function hospitalOf(desk: Desk, id: string): Promise<{ hospital: Party; parties: ReadonlyMap<string, Party> }> {
  const { parties } = await policiesHere(desk)
  const hospital = parties.get(id)
  if (hospital === undefined || hospital.role !== 'hospital')
    throw new RequestError('bad-request', 'There is no such hospital among the parties.')
  return { hospital, parties }
}

async function change(kind: 'opt-out' | 'opt-in', options: Options): Promise<void> {
  const text = await written(options)
  const { loadConsents } = await import('../exchange/consent/opt-outs.ts')
  const { readLines } = await import('../core/consent/lines.ts')
  const done = await atDesk(async (desk) => {
    const { hospital, parties } = await hospitalOf(desk, options.party)
    const recipients = new Set([...parties.values()].filter(({ role }) => role === 'insurer').map(({ id }) => id))
    const lines = readLines(text, { recipients, ownBases: hospital.fhirBases })
    const about = { change: kind, account: desk.account, at: new Date(), parties: new Set(parties.keys()) }
    return loadConsents(desk.pool, desk.ring, hospital, lines, about)
  }, 'brought up to date')
  const { faults, named, changed, unknown, withdrawn } = done
  const word = kind === 'opt-out' ? 'out' : 'in'
  if (options.json) process.stdout.write(`${asciiJson(done)}\n`)
  else {
    process.stdout.write(`${changed} of ${named} opted ${word}; the others were already.\n`)
    if (unknown > 0) process.stdout.write(`Of ${unknown} of them nothing was released under that name: they are to come, or mistyped.\n`)
    if (withdrawn > 0) process.stdout.write(`${withdrawn} datasets were withdrawn.\n`)
  }
  for (const { line, code } of faults) process.stderr.write(`line ${line}: ${code}\n`)
  if (faults.length > 0) process.exitCode = EXIT.failure
}

async function list(options: { party?: string; json?: true }): Promise<void> {
  const { optOuts } = await import('../exchange/consent/opt-outs.ts')
  const { ruleWords } = await import('../core/consent/words.ts')
  const { readAtDesk } = await import('../exchange/audit/audit.ts')
  const rows = await atDesk(({ pool, ring, account }) =>
    readAtDesk(pool, { account, at: new Date(), what: 'opt-outs' }, (db) => optOuts(db, ring, options.party ?? null))
  )
  if (options.json) process.stdout.write(`${asciiJson(rows)}\n`)
  else if (rows.length === 0) process.stdout.write('Nobody has opted out.\n')
  else
    for (const row of rows)
      process.stdout.write(
        `${printable(`${row.party}  ${row.patient ?? 'a forgotten patient'}  since ${row.since}  ${ruleWords(row.rule)}`)}\n`
      )
}

export function command(): Command {
  const consent = new Command('consent')
    .description('what patients say no to: opt out or in, list who is out')
    .addHelpText('after', EXAMPLES)
  for (const kind of ['opt-out', 'opt-in'] as const) {
    consent
      .command(kind)
      .description(
        kind === 'opt-out' ? 'their records leave under no agreement, or none of what is named' : 'take an opt-out back, as it was said'
      )
      .requiredOption('--party <id>', 'the hospital whose patients they are')
      .option(
        '--patient <id>',
        'as the records name them: 123, Patient/123; - reads them from standard input; may be given more than once',
        patients
      )
      .option('--recipient <id>', 'to this insurer only')
      .option('--purpose <code>', 'for this v3 PurposeOfUse only, and its parts')
      .option('--category <name>', 'records of this sensitive category only')
      .option(
        '--provider <reference>',
        'records by this provider only, as they refer to it: Practitioner/7; its roles count, and so do roles that are not known'
      )
      .option('--self-pay <reference>', 'what was paid out of pocket in full: Encounter/9; may be given more than once', several)
      .option('--file <path>', 'one a line')
      .option('--json', 'one JSON object')
      .action((options: Options) => change(kind, options))
  }
  consent
    .command('list')
    .description('who is out')
    .option('--party <id>', 'of this hospital only')
    .option('--json', 'one JSON array')
    .action(list)
  for (const each of consent.commands) each.addHelpText('after', EXAMPLES)
  return consent
}
