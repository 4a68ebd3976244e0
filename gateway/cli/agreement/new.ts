/**
 * `sallyport agreement new ID`: the first text of an agreement, which denies wherever it may. What people have to fill in is told on standard error, for JSON bears no
 * comment. Refuses an id that is none, parties and purposes that are not known, and to write over a file.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { inspectSurroundings } from '../../config/policies.ts'
import { draftFault, draftOf, type Mode, RULE_OF } from '../../core/agreement/draft.ts'
import { PolicyError, RequestError } from '../../core/errors.ts'

const EXAMPLES = `
Examples:
  npx sallyport agreement new readmissions --source demo-hospital --recipient demo-insurer --purpose HOUTCOMS --mode safe-harbor
  npx sallyport agreement new readmissions --source demo-hospital --recipient demo-insurer --purpose HOUTCOMS --mode safe-harbor --out draft/readmissions/agreement.json

Exit codes: 0 done; 2 a wrong option, a party or purpose that is not known, or a file that is there.`

interface New {
  readonly source: string
  readonly recipient: string
  readonly purpose: string
  readonly mode: Mode
  readonly out?: string
  readonly json?: true
  readonly policies: string
}

function create(id: string, options: New): void {
  const { faults, policies: around } = inspectSurroundings(resolve(options.policies))
  if (faults.length > 0) throw new PolicyError('policy-invalid', faults)
  const { source, recipient, purpose, mode, out } = options
  const asked = { id, source, recipient, purposeOfUse: purpose, mode, at: new Date().toISOString() }
  const fault = draftFault(asked, around)
  if (fault !== null) throw new RequestError('bad-request', fault)
  const { agreement, left } = draftOf(asked, around)
  const text = `${JSON.stringify(agreement, null, 2)}\n`
  const todo = left.map(([path, what]) => ({ path, what }))
  if (out !== undefined) save(out, text)
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ agreement, left: todo }, null, 2)}\n`)
    return
  }
  if (out === undefined) process.stdout.write(text)
  process.stderr.write(`Left to fill in:\n${left.map(([path, what]) => `  ${path}: ${what}\n`).join('')}`)
}

export function save(out: string, text: string): void {
  if (existsSync(out)) throw new RequestError('bad-request', 'The file is there already.')
  mkdirSync(dirname(resolve(out)), { recursive: true })
  writeFileSync(out, text, { flag: 'wx' })
}

export function newCommand(): Command {
  return new Command('new')
    .description('write the first text of an agreement, which denies wherever it may')
    .argument('<id>', 'of the agreement, and the name of its folder')
    .requiredOption('--source <party>', 'the hospital that discloses')
    .requiredOption('--recipient <party>', 'the insurer that receives')
    .requiredOption('--purpose <code>', 'a code of HL7 v3 PurposeOfUse')
    .addOption(new Option('--mode <mode>', 'the rule of 45 CFR 164.514').choices(Object.keys(RULE_OF)).makeOptionMandatory())
    .option('--out <file>', 'where to write it; printed otherwise')
    .option('--policies <dir>', 'the folder with parties/ and profiles/', 'policies')
    .option('--json', 'print {agreement, left}: the text, and what is left to fill in')
    .addHelpText('after', EXAMPLES)
    .action(create)
}
