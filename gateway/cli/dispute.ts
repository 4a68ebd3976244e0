/**
 * `sallyport dispute`: opened and spoken in for a party by an officer at the gateway's machine (parties have the same over HTTP), replayed and closed by an officer.
 * Words of parties are printed only by `show`.
 */
import { Command, Option } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { ABOUT, OUTCOMES, type Outcome } from '../core/dispute/life.ts'
import { atDesk, type Desk } from './desk.ts'
import { fromStdin } from './from-stdin.ts'
import { withWord } from './hold.ts'
import { policiesHere } from './known-parties.ts'

const EXAMPLES = `
What is frozen when it is opened: SHA-256 of every upload, policy and profile by hash, counts, figures of quality, files, version of the software.
replay makes the dataset again from the files as they were sent and says where it differs; it ends with 0 when it is the same, with 1 when not. Of subjects whose crosswalk row is gone nothing is claimed.
The recipient sees its statement, whether a replay was the same, and the outcome. --officer and --reason are for officers: what parties are to know, a party says.

Examples:
  npx sallyport dispute open 6f1c… --party demo-analytics --about count --text "41 records, we counted 42"
  npx sallyport dispute replay 0b7e… sent/*.ndjson --officer "Privacy Office" --reason "asked by the insurer"
  npx sallyport dispute close 0b7e… --outcome rejected --officer "Privacy Office" --reason "the replay is the same" --json
  npx sallyport dispute list --json
  npx sallyport dispute show 0b7e…
  npx sallyport dispute state 0b7e… --party demo-hospital --text -

Exit codes: 0 done; 1 refused, no such dispute or dataset, or a replay that differs; 2 a wrong option or text; 75 try again later.`

interface Printing {
  readonly json?: true
}

interface Word {
  readonly officer: string
  readonly reason: string
}

async function withDisputes<T>(work: (disputes: import('../exchange/dispute/dispute.ts').Disputes, desk: Desk) => Promise<T>): Promise<T> {
  const { openDisputes } = await import('../exchange/dispute/dispute.ts')
  return atDesk((desk) => work(openDisputes({ pool: desk.pool, ring: desk.ring, now: () => new Date() }), desk))
}

function print(value: unknown): void {
  process.stdout.write(`${asciiJson(value, 2)}\n`)
}

async function open(
  dataset: string,
  { party, about, text, json }: Printing & { readonly party: string; readonly about: string; readonly text: string }
): Promise<void> {
  const opened = await withDisputes((disputes) => disputes.open(party, { dataset, about, text }))
  if (json === true) return print(opened)
  const { id, recipient, answerBy, decideBy } = opened
  const next = recipient === null ? `the recipient does not see it; decision by ${decideBy}` : `the other party answers by ${answerBy}`
  process.stdout.write(`${id} is open; ${next}.\n`)
}

async function state(id: string, { party, text, json }: Printing & { readonly party: string; readonly text: string }): Promise<void> {
  const told = await withDisputes((disputes) => disputes.state(party, id, text))
  if (json === true) return print(told)
  process.stdout.write(`${id} is ${told.state}.\n`)
}

const LISTED = 1000

async function list({ json }: { readonly json?: true }): Promise<void> {
  const { listDisputes } = await import('../store/disputes.ts')
  const { shortOf } = await import('../exchange/dispute/dispute-view.ts')
  const { readAtDesk } = await import('../exchange/audit/audit.ts')
  const now = new Date()
  const found = await atDesk(({ pool, account }) =>
    readAtDesk(pool, { account, at: now, what: 'disputes' }, (db) => listDisputes(db, null, LISTED))
  )
  const rows = found.map((row) => shortOf(row, now))
  if (json === true) process.stdout.write(`${asciiJson(rows)}\n`)
  else if (rows.length === 0) process.stdout.write('There are no disputes.\n')
  else
    for (const { id, state: now, agreement, openedBy, about, late, decideBy } of rows)
      process.stdout.write(
        `${id}  ${now.padEnd(8)}  ${agreement}  ${about}, by ${openedBy}  ${late === null ? `decision by ${decideBy}` : `${late} is late`}\n`
      )
}

async function show(id: string): Promise<void> {
  const { viewForOfficer } = await import('../exchange/dispute/dispute-view.ts')
  print(await atDesk(({ pool, ring, account }) => viewForOfficer({ pool, ring, now: () => new Date() }, id, account)))
}

async function replay(id: string, files: readonly string[], word: Word): Promise<void> {
  const { replayDispute } = await import('../exchange/dispute/dispute-replay.ts')
  const { SpareBytes } = await import('../exchange/growing.ts')
  const { loadWords } = await import('../config/words.ts')
  const { readConfig } = await import('../config/config.ts')
  const { readEnvironment } = await import('../config/env.ts')
  const { limits } = readConfig(readEnvironment()).config
  const replayed = await atDesk(async ({ pool, ring, folder, policiesDir, account }) => {
    const cache = { enforced: new Map(), loadWords }
    const { parties } = await policiesHere({ pool, policiesDir })
    const bench = { pool, ring, folder, cache, parties, spare: new SpareBytes(), recogniser: null }
    return replayDispute({ bench, limits }, id, files, { ...word, account, at: new Date() })
  })
  print(replayed)
  process.exitCode = replayed.same ? 0 : 1
}

async function close(id: string, { outcome, json, ...word }: Printing & Word & { readonly outcome: Outcome }): Promise<void> {
  const { closeDispute } = await import('../exchange/dispute/dispute.ts')
  await atDesk(({ pool, account }) => closeDispute({ pool }, id, outcome, { ...word, account, at: new Date() }))
  if (json === true) return print({ id, state: 'closed', outcome })
  process.stdout.write(`${id} is closed: ${outcome}.\n`)
}

function words(command: Command): Command {
  return command
    .requiredOption('--party <id>', 'whose words these are')
    .requiredOption('--text <words>', 'up to 4000 characters, - reads them from standard input; the log has their digest only', fromStdin)
}

export function command(): Command {
  const dispute = new Command('dispute').description('disputes over what was released').addHelpText('after', EXAMPLES)
  words(dispute.command('open').argument('<dataset>').description('contest a dataset, a count or a figure of quality'))
    .addOption(new Option('--about <what>', 'what is contested').choices(ABOUT).makeOptionMandatory())
    .option('--json', 'print JSON')
    .action(open)
  words(dispute.command('state').argument('<dispute>').description('say something in it')).option('--json', 'print JSON').action(state)
  dispute.command('list').description('every dispute, and what is late').option('--json', 'one JSON array').action(list)
  dispute
    .command('show')
    .argument('<dispute>')
    .description('all of one: what is frozen, who said what')
    .option('--json', 'print JSON, as without it')
    .action((id: string) => show(id))
  withWord(dispute.command('replay').argument('<dispute>').argument('<files...>').description('make the dataset again and compare'))
    .option('--json', 'print JSON, as without it')
    .action((id: string, files: string[], { officer, reason }: Word) => replay(id, files, { officer, reason }))
  withWord(dispute.command('close').argument('<dispute>').description('decide it'))
    .addOption(new Option('--outcome <how>', 'how it ends').choices(OUTCOMES).makeOptionMandatory())
    .option('--json', 'print JSON')
    .action(close)
  for (const each of dispute.commands) each.addHelpText('after', EXAMPLES)
  return dispute
}
