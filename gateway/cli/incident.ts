/**
 * `sallyport incident`: opens an incident for an impermissible disclosure and lists its subjects, for breach assessment. The list goes into a new file that only its
 * owner can read; to the terminal only where that is asked for by name.
 */
import { Command } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { printable } from '../core/printable.ts'
import type { Incident } from '../exchange/accounting/incident.ts'
import { atDesk } from './desk.ts'
import { withWord } from './hold.ts'
import { writePrivate } from './private-file.ts'

const EXAMPLES = `
From then on the disclosure stands in the accounting of every patient it lists. The entry in the log counts them and names nobody.

Examples:
  npx sallyport incident 6f1c… --officer "Privacy Office" --reason "sent under the wrong agreement" --out subjects.txt
  npx sallyport incident 6f1c… --officer "Privacy Office" --reason "the same, for counsel" --json --out subjects.json
  npx sallyport incident list`

interface Options {
  readonly officer: string
  readonly reason: string
  readonly out?: string
  readonly json?: true
}

function textOf({ statement, subjects, expired }: Incident): string {
  const rows = subjects.map(({ patient, records }) => {
    const names = patient.ids.map((id) => `${patient.base === '' ? '' : `${patient.base}/`}Patient/${id}`)
    const counts = Object.entries(records).map(([type, n]) => `${n} ${type}`)
    return `${names.join(' = ')}  ${counts.join(', ')}`
  })
  const head = [
    `Dataset ${statement.dataset}, released ${statement.at} to ${statement.recipient} under ${statement.agreement.id}.`,
    `Subjects: ${subjects.length}, of ${statement.source}.`,
    ...(expired === 0 ? [] : [`Of ${expired} more it is no longer known who they are.`])
  ]
  return `${[...head, '', ...rows.sort()].map(printable).join('\n')}\n`
}

async function open(dataset: string, { officer, reason, out, json }: Options): Promise<void> {
  const { openIncident } = await import('../exchange/accounting/incident.ts')
  const listed = async (): Promise<{ bytes: Buffer; made: number }> => {
    const incident = await atDesk((desk) => openIncident(desk, dataset, { officer, reason, account: desk.account, at: new Date() }))
    const document = json === true ? `${JSON.stringify(incident)}\n` : textOf(incident)
    return { bytes: Buffer.from(document), made: incident.subjects.length }
  }
  if (out === '-') {
    process.stdout.write((await listed()).bytes)
    return
  }
  const file = out ?? `incident.${json === true ? 'json' : 'txt'}`
  process.stdout.write(`${await writePrivate(file, listed)} subjects are listed in ${file}.\n`)
}

async function list({ json }: { readonly json?: true }): Promise<void> {
  const { listIncidents } = await import('../exchange/accounting/incident.ts')
  const listed = await atDesk((desk) => listIncidents(desk, desk.account, new Date()))
  if (json === true) process.stdout.write(`${asciiJson(listed)}\n`)
  else if (listed.length === 0) process.stdout.write('There are no incidents.\n')
  else
    for (const { dataset, at, source, recipient, subjects, officer, reason } of listed)
      process.stdout.write(`${printable(`${dataset}  ${at}  ${source} to ${recipient}  ${subjects} subjects  ${officer}: ${reason}`)}\n`)
}

export function command(): Command {
  const incident = new Command('incident').description('impermissible disclosures, and whom they concern').addHelpText('after', EXAMPLES)
  const opening = incident
    .command('open', { isDefault: true })
    .description('open one and list its subjects (the default)')
    .argument('<dataset>')
  withWord(opening)
    .option('--out <file>', 'a new file that only you can read; - for the terminal; incident.txt if not given')
    .option('--json', 'one JSON object')
    .action(open)
  incident
    .command('list')
    .description('list which were opened, by whom and why; nobody is named')
    .option('--json', 'one JSON array')
    .action(list)
  return incident
}
