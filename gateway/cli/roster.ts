/**
 * `sallyport roster load|list`: whose records agreements with a roster may release. A list is a FHIR Group or one patient a line, and replaces the one before as a
 * whole. In force from the commit, on running jobs too. Refuses a Group that leaves somebody out again (`exclude`, `inactive`): who is on a list is on it.
 */
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { RequestError } from '../core/errors.ts'
import { atDesk } from './desk.ts'

const EXAMPLES = `
A file is a FHIR Group whose members are patients, or has one patient a line: 123, Patient/123, or an absolute reference.

Examples:
  npx sallyport roster load --party demo-hospital --group members-2026 --file Group.json
  npx sallyport roster load --party demo-hospital --group members-2026 --file members.txt --json
  npx sallyport roster list`

interface Loading {
  readonly party: string
  readonly group: string
  readonly file: string
  readonly json?: true
}

const BAD_GROUP = 'A Group names its members as member[].entity.reference, none of them inactive or excluded.'

/** Members as the file names them. */
function namedIn(text: string): string[] {
  if (!text.trimStart().startsWith('{')) return text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  const group = parsed(text)
  if (group.resourceType !== 'Group' || !Array.isArray(group.member) || group.exclude === true)
    throw new RequestError('bad-request', BAD_GROUP)
  return group.member.map((member: { entity?: { reference?: unknown }; inactive?: unknown } | null) => {
    const reference = member?.entity?.reference
    if (typeof reference !== 'string' || member?.inactive === true) throw new RequestError('bad-request', BAD_GROUP)
    return reference
  })
}

function parsed(text: string): { resourceType?: unknown; member?: unknown; exclude?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    throw new RequestError('bad-request', 'The file begins like JSON and is none.')
  }
}

async function load({ party: name, group, file, json }: Loading): Promise<void> {
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(group)) throw new RequestError('bad-request', 'A Group has an id of letters, digits, - and .')
  const texts = namedIn(await readFile(file, 'utf8'))
  const { patientOf } = await import('../exchange/opt-outs.ts')
  const { loadRoster } = await import('../exchange/roster.ts')
  const { loadPolicies } = await import('../config/policies.ts')
  const members = await atDesk(({ pool, ring, policiesDir, account }) => {
    const party = loadPolicies(policiesDir).parties.get(name)
    if (party === undefined || party.role !== 'hospital')
      throw new RequestError('bad-request', 'There is no such hospital among the parties.')
    const patients = texts.map((text) => patientOf(party.id, text, party.fhirBases))
    return loadRoster(pool, ring, { party: party.id, roster: group }, patients, { account, at: new Date() })
  })
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ party: name, group, named: texts.length, members })}\n`
      : `${group} of ${name} has ${members} members now; nobody else is on it.\n`
  )
}

async function list({ json }: { readonly json?: true }): Promise<void> {
  const { listRosters } = await import('../store/rosters.ts')
  const { readAtDesk } = await import('../exchange/audit.ts')
  const rows = await atDesk(({ pool, account }) => readAtDesk(pool, { account, at: new Date(), what: 'rosters' }, listRosters))
  if (json === true) process.stdout.write(`${JSON.stringify(rows)}\n`)
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
  return roster
}
