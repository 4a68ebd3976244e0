/** `sallyport dataset list|show|recall`: what was released, to whom, why and under which rule, and taking it back. Counts and states only. */
import { Command } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { printable } from '../core/printable.ts'
import type { ListedDataset, ShownDataset } from '../exchange/exports/dataset-list.ts'
import { atDesk } from './desk.ts'
import { withWord } from './hold.ts'

const EXAMPLES = `
list goes by the gateway's tables; show by the entry of the log that released the dataset, proved first.

Examples:
  npx sallyport dataset list
  npx sallyport dataset list --json | jq '.[] | select(.state == "ready")'
  npx sallyport dataset show 6f1c…
  npx sallyport dataset recall 6f1c… --officer "Privacy Office" --reason "sent under the wrong agreement"`

const HEADINGS = ['dataset', 'state', 'released', 'recipient', 'purpose', 'agreement', 'records', 'withheld']

function cellsOf(row: ListedDataset): string[] {
  const { dataset, state, released, due, recipient, purposeOfUse, agreement, agreementVersion, records } = row
  const when = released === null ? `due ${due.slice(0, 10)}` : released.slice(0, 16)
  const counts = [records.released, records.withheld + records.rejected].map(String)
  return [dataset, state, when, recipient, purposeOfUse ?? '?', `${agreement}@${agreementVersion ?? '?'}`, ...counts]
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)))
  const line = (row: readonly string[]): string => row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('  ')
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('')
}

async function list(options: { json?: true }): Promise<void> {
  const { listDatasets } = await import('../exchange/exports/dataset-list.ts')
  const rows = await atDesk(({ pool, account }) => listDatasets(pool, { account, at: new Date() }))
  if (options.json) process.stdout.write(`${asciiJson(rows)}\n`)
  else process.stdout.write(rows.length === 0 ? 'There is no dataset yet.\n' : tableOf([HEADINGS, ...rows.map(cellsOf)]))
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const told = Object.entries(counts).map(([name, n]) => `${n} ${name}`)
  return told.length === 0 ? 'none' : told.join(', ')
}

function factsOf({ state, entry, legalReference, statement }: ShownDataset): [string, string][] {
  const { agreement, profile, counts, subjects, certificate } = statement
  return [
    ['dataset', statement.dataset],
    ['state', state],
    ['released', `${statement.at}, entry ${entry} of the log`],
    ['from', statement.source],
    ['to', statement.recipient],
    ['purpose', statement.purposeOfUse],
    ['mode', statement.mode],
    ['rule', legalReference],
    ['agreement', `${agreement.id}@${agreement.version}  ${agreement.hash}`],
    ['profile', `${profile.name}@${profile.version}  ${profile.hash}`],
    ...(certificate === null ? [] : [['certificate', certificate] as [string, string]]),
    ['records', `${counts.released} released of ${counts.received} (${countsText(counts.byType)})`],
    ...(counts.made === undefined ? [] : [['made', countsText(counts.made)] as [string, string]]),
    ['withheld', countsText(counts.withheld)],
    ['rejected', countsText(counts.rejected)],
    [
      'subjects',
      `${subjects.released} released, ${subjects.generalized} of them made coarser, ${subjects.suppressed} left out; k ${subjects.k}`
    ],
    ['its entries', `npx sallyport audit search 'entity=${statement.dataset}'`]
  ]
}

async function show(dataset: string, options: { json?: true }): Promise<void> {
  const { showDataset } = await import('../exchange/exports/dataset-list.ts')
  const shown = await atDesk((desk) => showDataset(desk, dataset, { account: desk.account, at: new Date() }))
  if (options.json) process.stdout.write(`${asciiJson(shown)}\n`)
  else for (const [name, value] of factsOf(shown)) process.stdout.write(`${printable(`${name.padEnd(12)}  ${value}`)}\n`)
}

async function recallDataset(dataset: string, word: { officer: string; reason: string }): Promise<void> {
  const { recall } = await import('../exchange/release/hold.ts')
  await atDesk(({ pool, account }) => recall(pool, dataset, { ...word, account, at: new Date() }))
  process.stdout.write(`${dataset} is recalled: it can no longer be pulled.\n`)
}

export function command(): Command {
  const dataset = new Command('dataset').description('list datasets, show or recall one').addHelpText('after', EXAMPLES)
  dataset
    .command('list')
    .description('every dataset: where it stands, to whom, why, under which agreement, how many records')
    .option('--json', 'one JSON array, with versions, hashes and counts by reason')
    .action(list)
  dataset
    .command('show')
    .description('one that was released, as its entry in the log says, proved')
    .argument('<dataset>')
    .option('--json', 'one JSON object')
    .action(show)
  withWord(dataset.command('recall').argument('<dataset>').description('take a released dataset back')).action(recallDataset)
  return dataset
}
