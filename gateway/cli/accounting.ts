/**
 * `sallyport accounting`: a patient's accounting of disclosures (45 CFR 164.528), its suspensions, and the end of what is known. The document goes to stdout or a file
 * for the owner alone; what only the officer may know goes to stderr. Refuses a PDF to a terminal.
 */
import { Command, InvalidArgumentError } from 'commander'
import { FORMS, type FormName } from '../core/accounting/forms.ts'
import { asciiJson } from '../core/audit/ascii.ts'
import { RequestError } from '../core/errors.ts'
import type { Aside } from '../exchange/accounting/accounting.ts'
import type { AccountingRoom, AccountingWord } from '../exchange/accounting/accounting-request.ts'
import { atDesk, type Desk } from './desk.ts'
import { EXIT } from './failures.ts'
import { onePatient, patients } from './from-stdin.ts'
import { withWord } from './hold.ts'
import { several, writeAllPrivate } from './private-file.ts'

const EXAMPLES = `
A patient is named as the hospital's records name it: 123, Patient/123, an absolute reference, urn:uuid:… . Several names of one patient: --patient for each.
--patient - reads names from standard input, one a line: what stands on a command line others of the machine can read.
Without --all only what the law asks for is listed; with it the rest, too, labelled as voluntary. A run is a request: for several forms of
one, give --format and --out for each. Six years after the last day of a
year, and the 90 days an accounting may take, it is shredded (the gateway does so by itself), and an accounting says that it expired.

Examples:
  npx sallyport accounting --source demo-hospital --patient Patient/123 --officer "Privacy Office" --reason "request of March 1"
  npx sallyport accounting --source demo-hospital --patient 123 --all --format pdf --out accounting.pdf --format json --out accounting.json \\
      --officer "Privacy Office" --reason "request 17"
  npx sallyport accounting suspend --source demo-hospital --patient 123 --recipient demo-research --from 2026-01-01 --to 2026-06-30 \\
      --officer "Privacy Office" --reason "written statement of the agency, file 8"
  npx sallyport accounting suspensions      # which there are
  npx sallyport accounting resume 6f1c… --officer "Privacy Office" --reason "the agency has ended it"
  npx sallyport accounting check            # every row of every dataset against the log
  npx sallyport accounting shred            # what is due, now`

interface Word {
  readonly officer: string
  readonly reason: string
}

interface Options extends Word {
  readonly source: string
  readonly patient: readonly string[]
  readonly all?: true
  readonly from?: string
  readonly to?: string
  readonly received?: string
  readonly format: readonly FormName[]
  readonly out: readonly string[]
}

/** A fault of the policies keeps no patient waiting: parties that cannot be read are as the log knows them. */
async function roomOf({ pool, ring, folder, policiesDir }: Desk): Promise<AccountingRoom> {
  const { inspectSurroundings } = await import('../config/policies.ts')
  const { policies, faults } = inspectSurroundings(policiesDir)
  if (faults.length > 0)
    console.error(`officer: faults in the policies: ${faults.length}; parties that cannot be read are told as the log knows them.`)
  return { pool, ring, folder, policies }
}

function wordOf({ officer, reason }: Word, { account }: Desk): AccountingWord {
  return { officer, reason, account, at: new Date() }
}

/** For the officer, on stderr: the patient's copy says none of it. */
function asideLines({ due, extended, fee, suspended, names }: Aside): string[] {
  return [
    `Owed by ${due} (60 days); by ${extended} if the patient is told in writing, before then, why and by when (45 CFR 164.528(c)(1)).`,
    fee === 'free'
      ? 'It is the first within twelve months, so it is free (164.528(c)(2)).'
      : 'Another was made for this patient within twelve months. If that was another request, a fee at cost may be charged, if the patient was told before (164.528(c)(2)).',
    names.length === 0
      ? 'No row names this patient. Check how the records of the hospital name it; a patient may have several names.'
      : `Found under: ${names.join(', ')}.`,
    ...(suspended === 0
      ? []
      : [
          `${suspended} disclosures are suspended and not shown (164.528(a)(2)): do not mention them. Make it again when the suspension ends.`
        ])
  ]
}

/** One form may go to stdout; of several each has its file. RequestError bad-request. */
function requireFiles({ format, out }: Options): void {
  if (format.length > 1 || out.length > 1) {
    if (format.length !== out.length) throw new RequestError('bad-request', 'For several forms give --format and --out for each.')
    if (new Set(out).size < out.length) throw new RequestError('bad-request', 'Each form needs a file of its own.')
  }
  if (format.includes('pdf') && out.length === 0) throw new RequestError('bad-request', 'A PDF needs --out FILE.')
}

async function make(options: Options): Promise<void> {
  const { format, out } = options
  requireFiles(options)
  const { makeAccounting } = await import('../exchange/accounting/accounting.ts')
  const { dayIn } = await import('../exchange/accounting/accounting-request.ts')
  const drawn = (): ReturnType<typeof makeAccounting> =>
    atDesk(async (desk) => {
      const word = wordOf(options, desk)
      const request = {
        ...word,
        source: options.source,
        patients: options.patient,
        from: options.from === undefined ? null : dayIn(options.from),
        to: options.to === undefined ? null : dayIn(options.to),
        received: dayIn(options.received ?? word.at.toISOString().slice(0, 10)),
        scope: options.all === true ? ('all' as const) : ('required' as const)
      }
      return makeAccounting(
        await roomOf(desk),
        request,
        format.map((form) => FORMS[form].render)
      )
    })
  const { aside, documents } = await writeAllPrivate(out, drawn)
  if (out.length === 0) process.stdout.write(documents[0] ?? '')
  for (const line of asideLines(aside)) console.error(`officer: ${line}`)
}

function formIn(value: string, before: readonly string[] = []): readonly string[] {
  if (!Object.hasOwn(FORMS, value)) throw new InvalidArgumentError(`It is one of ${Object.keys(FORMS).join(', ')}.`)
  return [...before, value]
}

interface Suspend extends Word {
  readonly source: string
  readonly patient: string
  readonly recipient: string
  readonly from: string
  readonly to: string
  readonly oral?: true
}

async function suspend(options: Suspend): Promise<void> {
  const { suspendAccounting } = await import('../exchange/accounting/suspensions.ts')
  const { id, rows } = await atDesk(async (desk) =>
    suspendAccounting(await roomOf(desk), { ...options, ...wordOf(options, desk), statement: options.oral === true ? 'oral' : 'written' })
  )
  process.stdout.write(`${id}\n`)
  console.error(
    rows === 0
      ? 'officer: no row is found by this name. If it is mistyped, the accounting shows what should be suspended: lift this one and place it again.'
      : `officer: ${rows} ${rows === 1 ? 'row is' : 'rows are'} found by this name.`
  )
}

async function suspensions({ json }: { readonly json?: true }): Promise<void> {
  const { listSuspensions } = await import('../exchange/accounting/suspensions.ts')
  const listed = await atDesk((desk) => listSuspensions(desk, desk.account, new Date()))
  if (json === true) process.stdout.write(`${asciiJson(listed)}\n`)
  else if (listed.length === 0) process.stdout.write('There are no suspensions.\n')
  else
    for (const { id, source, recipient, first, last, state } of listed)
      process.stdout.write(`${id}  ${source}  ${recipient}  ${first} to ${last}  ${state}\n`)
}

async function resume(id: string, word: Word): Promise<void> {
  const { resumeAccounting } = await import('../exchange/accounting/suspensions.ts')
  await atDesk((desk) => resumeAccounting(desk, id, wordOf(word, desk)))
  process.stdout.write(`${id} is lifted.\n`)
}

async function shred(): Promise<void> {
  const { shredSubjects } = await import('../exchange/accounting/shred.ts')
  const { EVENTS } = await import('../observe/events.ts')
  const observe = { keysNotVacuumed: () => console.error(`sallyport: ${EVENTS.keysNotVacuumed.says}`) }
  const keys = await atDesk(({ pool }) => shredSubjects({ pool, now: () => new Date(), observe }))
  process.stdout.write(keys === 0 ? 'Nothing was due.\n' : `${keys} keys of subjects were destroyed.\n`)
}

async function check({ json }: { readonly json?: true }): Promise<void> {
  const { checkSubjects, faultText } = await import('../exchange/accounting/subject-faults.ts')
  const faults = await atDesk((desk) => checkSubjects(desk, { account: desk.account, at: new Date() }))
  if (json !== true) for (const fault of faults) console.error(`sallyport: ${faultText(fault)}`)
  if (faults.length > 0) process.exitCode = EXIT.denied
  if (json === true) process.stdout.write(`${asciiJson(faults)}\n`)
  else if (faults.length === 0) process.stdout.write('Every row is what the log says.\n')
}

function withPatient(command: Command): Command {
  return command.requiredOption('--source <party>', 'the hospital whose patient it is')
}

export function command(): Command {
  const accounting = new Command('accounting').description("a patient's accounting of disclosures").addHelpText('after', EXAMPLES)
  withWord(withPatient(accounting.command('make', { isDefault: true }).description('make one (the default)')))
    .requiredOption('--patient <name>', 'as the records name it; - reads it from standard input; may be given more than once', patients)
    .option('--all', 'what need not be listed, too, labelled as voluntary')
    .option('--from <day>', 'first day, YYYY-MM-DD; six years back at most')
    .option('--to <day>', 'last day')
    .option('--received <day>', 'when the patient asked: six years back from then, and the days it is owed in; today if not given')
    .option('--format <form>', 'text (if not given), json, fhir or pdf; may be given more than once, each with its --out', formIn)
    .option('--out <file>', 'a new file that only you can read', several, [])
    .action(({ format = ['text'], ...rest }: Omit<Options, 'format'> & Partial<Options>) => make({ ...rest, format }))
  withWord(withPatient(accounting.command('suspend').description('do not show a patient what a recipient was given, for some days')))
    .requiredOption('--patient <name>', 'as the records name it; - reads it from standard input', onePatient)
    .requiredOption('--recipient <party>', 'the health oversight agency or law enforcement official')
    .requiredOption('--from <day>', 'first day')
    .requiredOption('--to <day>', 'last day')
    .option('--oral', 'the statement was oral: 30 days at most')
    .action(suspend)
  withWord(accounting.command('resume').argument('<suspension>').description('lift a suspension before its last day')).action(resume)
  accounting
    .command('suspensions')
    .description('list suspensions; nobody keeps whose they are')
    .option('--json', 'one JSON array')
    .action(suspensions)
  accounting
    .command('check')
    .description('hold every row of every dataset, and what officers entered, against the log; it is an entry')
    .option('--json', 'one JSON array of faults')
    .action(check)
  accounting.command('shred').description('destroy keys of subjects that are past six years and under no legal hold').action(shred)
  return accounting
}
