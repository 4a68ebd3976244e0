/**
 * `sallyport roster load|list`: whose records agreements with a roster may release. A list is a FHIR Group or one patient a line, and replaces the one before as a
 * whole. In force from the commit, on running jobs too. Of a Group it reads who is a member today: a period that ends later is for the next load. Refuses a Group
 * without any such member, or one that could be read in two ways, and then the list before stays.
 */
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { RequestError } from '../core/errors.ts'
import { atDesk } from './desk.ts'

const EXAMPLES = `
A file is a FHIR Group (its members of today: neither inactive, nor dropped, nor of another period), or has one patient a line: 123, Patient/123, or an absolute reference.

Examples:
  npx sallyport roster load --party demo-hospital --group members-2026 --file Group.json
  npx sallyport roster load --party demo-hospital --group members-2026 --file members.txt --json
  npx sallyport roster list

Exit codes: 0 done; 2 a wrong option, party, Group or file, and nothing has changed; 75 try again later.`

interface Loading {
  readonly party: string
  readonly group: string
  readonly file: string
  readonly json?: true
}

async function load({ party: name, group, file, json }: Loading): Promise<void> {
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(group)) throw new RequestError('bad-request', 'A Group has an id of letters, digits, - and .')
  const text = await readFile(file, 'utf8')
  const { loadRoster } = await import('../exchange/consent/roster.ts')
  const { namedOn } = await import('../exchange/consent/roster-file.ts')
  const { loadPolicies } = await import('../config/policies.ts')
  const done = await atDesk(async ({ pool, ring, policiesDir, account }) => {
    const at = new Date()
    const party = loadPolicies(policiesDir).parties.get(name)
    if (party === undefined || party.role !== 'hospital')
      throw new RequestError('bad-request', 'There is no such hospital among the parties.')
    const { patients, entries } = namedOn(text, at.toISOString().slice(0, 10), party)
    const members = await loadRoster(pool, ring, { party: party.id, roster: group }, patients, { account, at })
    return { named: entries, left: entries - patients.length, members }
  })
  const left =
    done.left === 0
      ? ''
      : ` ${done.left} of the file are none today: inactive, dropped, of another time, or named in no way that is understood.`
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ party: name, group, named: done.named, members: done.members })}\n`
      : `${group} of ${name} has ${done.members} members now; nobody else is on it.${left}\n`
  )
}

async function list({ json }: { readonly json?: true }): Promise<void> {
  const { listRosters } = await import('../store/rosters.ts')
  const { readAtDesk } = await import('../exchange/audit/audit.ts')
  const rows = await atDesk(({ pool, account }) => readAtDesk(pool, { account, at: new Date(), what: 'rosters' }, listRosters))
  if (json === true) process.stdout.write(`${asciiJson(rows)}\n`)
  else if (rows.length === 0) process.stdout.write('No roster was loaded.\n')
  else for (const { party, roster, members } of rows) process.stdout.write(`${party}  ${roster}  ${members} members\n`)
}

export function command(): Command {
  const roster = new Command('roster')
    .description('load whose records agreements with a roster may release, or list rosters')
    .addHelpText('after', EXAMPLES)
  roster
    .command('load')
    .description('replace the members of a Group')
    .requiredOption('--party <id>', 'the hospital whose patients they are')
    .requiredOption('--group <id>', 'the Group, as agreements name it')
    .requiredOption('--file <path>', 'a FHIR Group, or one patient a line')
    .option('--json', 'one JSON object')
    .action(load)
  roster.command('list').description('every roster, and how many are on it').option('--json', 'one JSON array').action(list)
  for (const each of roster.commands) each.addHelpText('after', EXAMPLES)
  return roster
}
