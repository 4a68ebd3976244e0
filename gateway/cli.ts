/**
 * The sallyport command: finds the command in a table, loads only that file, runs it and turns what went wrong into
 * a sentence on stderr and an exit code. Refuses unknown commands with the nearest known name.
 */
import { Command, CommanderError } from 'commander'
import { closest } from 'fastest-levenshtein'
import { EXIT, exitCodeOf, sentencesOf } from './cli/failures.ts'
import { thumbprintsLast } from './cli/operands.ts'

interface Row {
  readonly name: string
  readonly says: string
  readonly load: () => Promise<{ command: () => Command }>
}

/** Each command is imported only when it is the one asked for: `sallyport open` must not load express or pg. */
const COMMANDS: readonly Row[] = [
  { name: 'serve', says: 'run the gateway', load: () => import('./cli/serve.ts') },
  { name: 'health', says: 'ask the gateway on this machine whether it lives', load: () => import('./cli/health.ts') },
  { name: 'config', says: 'print the effective configuration, without secrets', load: () => import('./cli/config.ts') },
  { name: 'keys', says: 'make the keys of the gateway or of a party', load: () => import('./cli/keys.ts') },
  { name: 'agreement', says: 'check, explain, propose, approve, suspend or revoke an agreement', load: () => import('./cli/agreement.ts') },
  { name: 'party', says: 'register parties, rotate their keys, suspend and revoke them', load: () => import('./cli/party.ts') },
  { name: 'profile', says: 'check, explain, compare or import de-identification profiles', load: () => import('./cli/profile.ts') },
  { name: 'consent', says: 'opt a patient out or in, or list who is out', load: () => import('./cli/consent.ts') },
  { name: 'roster', says: 'load whose records agreements with a roster may release', load: () => import('./cli/roster.ts') },
  { name: 'subject', says: 'forget a patient', load: () => import('./cli/subject.ts') },
  { name: 'hold', says: 'list, release or refuse what waits for an officer', load: () => import('./cli/hold.ts') },
  { name: 'quality', says: 'the quality of what was sent, and how it goes', load: () => import('./cli/quality.ts') },
  { name: 'dispute', says: 'open, replay and close disputes over what was released', load: () => import('./cli/dispute.ts') },
  { name: 'dataset', says: 'list datasets, or recall one', load: () => import('./cli/dataset.ts') },
  { name: 'log', says: 'verify the log, export it, or print its checkpoint', load: () => import('./cli/log.ts') },
  { name: 'accounting', says: "make a patient's accounting of disclosures", load: () => import('./cli/accounting.ts') },
  { name: 'incident', says: 'list whom an impermissible disclosure concerns', load: () => import('./cli/incident.ts') },
  { name: 'audit', says: 'search the log, or export it, as FHIR AuditEvents', load: () => import('./cli/audit.ts') },
  { name: 'review', says: 'look through the log for what needs looking at', load: () => import('./cli/review.ts') },
  { name: 'legal-hold', says: 'keep what was logged, whatever its age', load: () => import('./cli/legal-hold.ts') },
  { name: 'emergency', says: 'roles beyond a file for a while, by the word of two others', load: () => import('./cli/emergency.ts') },
  { name: 'lockout', says: 'list or lift waits after failed sign-ins', load: () => import('./cli/lockout.ts') },
  { name: 'token', says: 'sign in as a party or officer and print an access token, for curl', load: () => import('./cli/token.ts') },
  { name: 'send', says: 'send files to a gateway, as a hospital', load: () => import('./cli/send.ts') },
  { name: 'receive', says: 'pull, verify and open datasets, as an insurer', load: () => import('./cli/receive.ts') },
  { name: 'open', says: 'verify and open a dataset that is already here', load: () => import('./cli/open.ts') },
  { name: 'verify', says: 'prove a receipt, manifest or export of the log, offline', load: () => import('./cli/verify.ts') },
  { name: 'witness', says: 'follow a log and alarm when it was altered', load: () => import('./cli/witness.ts') },
  { name: 'deidentify', says: 'de-identify a file without a server', load: () => import('./cli/deidentify.ts') },
  { name: 'scrub', says: 'take identifiers out of text, without a server', load: () => import('./cli/scrub.ts') },
  { name: 'risk', says: 'measure the risk of re-identification in a file or folder', load: () => import('./cli/risk.ts') },
  { name: 'synthesize', says: 'write a synthetic FHIR feed', load: () => import('./cli/synthesize.ts') }
]

function overview(): string {
  const rows = COMMANDS.map(({ name, says }) => `  ${name.padEnd(12)}${says}`)
  return ['Usage: sallyport <command> [options]', '', ...rows, '', 'sallyport <command> --help tells more.', ''].join('\n')
}

function unknownCommand(name: string): number {
  const near = closest(
    name,
    COMMANDS.map((row) => row.name)
  )
  console.error(`sallyport: there is no such command. The nearest is '${near}'; 'sallyport --help' lists all.`)
  return EXIT.usage
}

/** Commander exits by itself unless each command is told to throw; subcommands do not inherit it once they are made. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) throwInsteadOfExit(child)
}

function ending(error: unknown): number {
  // commander has printed its own sentence already; --help and --version also arrive here, with exitCode 0
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage
  for (const sentence of sentencesOf(error)) console.error(`sallyport: ${sentence}`)
  return exitCodeOf(error)
}

/** An option of the command, or of any of its own, behind which its value stands. */
function takesValue(command: Command, word: string): boolean {
  return (
    command.options.some((option) => (option.long === word || option.short === word) && !option.isBoolean()) ||
    command.commands.some((child) => takesValue(child, word))
  )
}

async function run(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview())
    return name === undefined ? EXIT.usage : EXIT.success
  }
  const row = COMMANDS.find((candidate) => candidate.name === name)
  if (row === undefined) return unknownCommand(name)
  try {
    const command = (await row.load()).command()
    const program = new Command('sallyport').addCommand(command.name(row.name))
    throwInsteadOfExit(program)
    await program.parseAsync([row.name, ...thumbprintsLast(rest, (word) => takesValue(command, word))], { from: 'user' })
    // a command that ran to its end but has bad news (a policy with faults, a tampered file) has set this itself
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.success
  } catch (error) {
    return ending(error)
  }
}

// a reader that stops early (`sallyport synthesize | head`) is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.success)
  throw error
})
process.exitCode = await run(process.argv.slice(2))
