/** `sallyport dataset list|recall`: what was released, and taking it back. Counts and states only. */
import { Command } from 'commander'
import { atDesk } from './desk.ts'
import { withWord } from './hold.ts'

const EXAMPLES = `
Examples:
  npx sallyport dataset list
  npx sallyport dataset list --json | jq '.[] | select(.state == "ready")'
  npx sallyport dataset recall 6f1c… --officer "Privacy Office" --reason "sent under the wrong agreement"`

const STATES = [
  'waiting',
  'releasing',
  'gating',
  'held',
  'sealing',
  'recording',
  'recorded',
  'ready',
  'refused',
  'empty',
  'withdrawn',
  'recalled',
  'expired'
] as const

async function list(options: { json?: true }): Promise<void> {
  const { listDisclosures } = await import('../store/disclosures.ts')
  const { readAtDesk } = await import('../exchange/audit.ts')
  const found = await atDesk(({ pool, account }) =>
    readAtDesk(pool, { account, at: new Date(), what: 'datasets' }, (db) => listDisclosures(db, STATES))
  )
  const rows = found.map((row) => ({
    dataset: row.id,
    agreement: row.agreement,
    state: row.state,
    reason: row.reason,
    due: row.due_at.toISOString(),
    released: row.released_at?.toISOString() ?? null,
    counts: row.counts,
    // texts and attachments that did not leave, by element and reason
    refusedTexts: row.gate?.['refusedTexts'] ?? {}
  }))
  if (options.json) process.stdout.write(`${JSON.stringify(rows)}\n`)
  else if (rows.length === 0) process.stdout.write('There is no dataset yet.\n')
  else
    for (const row of rows)
      process.stdout.write(`${row.dataset}  ${row.state.padEnd(9)}  ${row.agreement}  ${row.released ?? `due ${row.due}`}\n`)
}

async function recallDataset(dataset: string, word: { officer: string; reason: string }): Promise<void> {
  const { recall } = await import('../exchange/hold.ts')
  await atDesk(({ pool, account }) => recall(pool, dataset, { ...word, account, at: new Date() }))
  process.stdout.write(`${dataset} is recalled: it can no longer be pulled.\n`)
}

export function command(): Command {
  const dataset = new Command('dataset').description('list datasets, or recall one').addHelpText('after', EXAMPLES)
  dataset.command('list').description('every dataset and where it stands').option('--json', 'one JSON array').action(list)
  withWord(dataset.command('recall').argument('<dataset>').description('take a released dataset back')).action(recallDataset)
  return dataset
}
