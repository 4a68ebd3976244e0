/**
 * `sallyport agreement check|explain FILE` (what is done to agreements: agreement/life.ts): whether an agreement can be enforced as it is written, and what it says in plain sentences. Reads
 * files only; ends with 0 when all is well, 2 when the policy has faults, 1 when one of its golden cases fails.
 */
import { dirname } from 'node:path'
import { Command } from 'commander'
import { type CaseResult, runAgreementCases } from '../config/agreement-cases.ts'
import { checkedOf } from '../core/agreement/checked.ts'
import { explainAgreement } from '../core/agreement/explain.ts'
import type { HashedAgreement } from '../core/agreement/policies.ts'
import { termsOf, warningOf } from '../core/agreement/reattestation.ts'
import { PolicyError } from '../core/errors.ts'
import { diffFiles } from './agreement/diff.ts'
import { exportCommand } from './agreement/export.ts'
import { addLife } from './agreement/life.ts'
import { inspectFile } from './agreement/locate.ts'
import { newCommand } from './agreement/new.ts'
import { simulate } from './agreement/simulate.ts'
import { EXIT } from './failures.ts'

interface Options {
  readonly policies?: string
  readonly json?: true
}

function check(file: string, options: Options): void {
  const { path, faults, ...found } = inspectFile(file, options.policies)
  const cases = found.agreement === null || faults.length > 0 ? [] : runAgreementCases(dirname(path), found.agreement)
  const failed = cases.filter(({ passed }) => !passed)
  const told = checkedOf(found.agreement, faults, new Date().toISOString())
  const { hash, withinItsDays } = told
  // what a word attests, only the gateway knows: sallyport agreement history
  const attest = found.agreement === null ? [] : certificateWarning(found.agreement, new Date().toISOString().slice(0, 10))
  const lines = [
    ...faults.map((fault) => `${fault.path === '' ? '(file)' : fault.path}: ${fault.message}`),
    ...failed.map(failedCase),
    faults.length === 0 ? `can be enforced as written: ${hash}` : `has ${count(faults.length, 'fault')}, and would not load`,
    ...attest,
    ...(withinItsDays === null || withinItsDays === 'yes' ? [] : [`not in force today, and denied at every door: ${withinItsDays}`]),
    `${count(cases.length, 'case')}, ${failed.length} failed`
  ]
  const report = { ...told, cases }
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${lines.join('\n')}\n`)
  if (faults.length > 0) process.exitCode = EXIT.usage
  else if (failed.length > 0) process.exitCode = EXIT.failure
}

function certificateWarning({ agreement, certificate }: HashedAgreement, day: string): string[] {
  return termsOf(agreement, certificate, null).flatMap((term) => {
    const ahead = term.what === 'certificate' ? warningOf(term, day) : null
    return ahead === null ? [] : [`its certificate ends before ${term.due}, within ${ahead} days: nothing leaves then`]
  })
}

function failedCase({ file, rule, expected, got }: CaseResult): string {
  const outcome = got === null ? '' : ` (expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)})`
  return `cases/${file}: ${rule}${outcome}`
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

function explain(file: string, options: Options): void {
  const { around, faults, ...found } = inspectFile(file, options.policies)
  // an agreement that would not load is not explained: its sentences would not be what the gateway does
  if (found.agreement === null || faults.length > 0) throw new PolicyError('policy-invalid', faults)
  const { agreement, hash } = found.agreement
  const sections = explainAgreement(found.agreement, around)
  const report = { id: agreement.id, version: agreement.version, hash, sections }
  const text = sections
    .map(
      ({ heading, duty, sentences }) =>
        `${heading}${duty === null ? '' : ` (${duty})`}\n${sentences.map((sentence) => `  ${sentence}\n`).join('')}`
    )
    .join('\n')
  process.stdout.write(
    options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${signable(agreement.id, agreement.version)}${text}${SIGNATURE}`
  )
}

function signable(id: string, version: number): string {
  return `Agreement ${id}, version ${version}\n\n`
}

const SIGNATURE = '\nSigned (name, office, date): ____________________________________________\n'

const EXAMPLES = `
Examples:
  npx sallyport agreement check policies/agreements/demo-safe-harbor
  npx sallyport agreement check draft/agreement.json --policies policies --json
  npx sallyport agreement explain policies/agreements/demo-safe-harbor/agreement.json

Whether it was approved, its text cannot say: agreement history does. withinItsDays tells of its days, and those of what it stands on.
Exit codes: 0 all is well; 1 a golden case failed; 2 the agreement, or a policy it needs, has faults.`

const SIMULATE_HELP = `
Examples:
  npx sallyport agreement simulate records.ndjson --agreement demo-safe-harbor
  npx sallyport agreement simulate records.ndjson --agreement draft/readmissions --json

Exit codes: 0 done; 1 some records could not be read; 2 faults; 3 no such agreement is in force here.`

const DIFF_HELP = `
Examples:
  npx sallyport agreement diff policies/agreements/readmissions draft/readmissions
  npx sallyport agreement diff draft/readmissions/agreement.json --json

What cannot be shown to let less leave widens. Of a profile: sallyport profile diff.
Exit codes: 0 nothing widens; 1 something does; 2 an agreement has faults; 3 none is in force here.`

export function command(): Command {
  const agreement = new Command('agreement')
    .description('check, explain, propose, approve, suspend or revoke an agreement')
    .addHelpText('after', EXAMPLES)
  const add = (name: string, says: string, act: (file: string, options: Options) => void): void => {
    agreement
      .command(name)
      .description(says)
      .argument('<file>', 'an agreement.json, or the folder it is in')
      .option('--policies <dir>', 'the folder with parties/ and profiles/ (otherwise two folders above the agreement)')
      .option('--json', 'print JSON')
      .addHelpText('after', EXAMPLES)
      .action(act)
  }
  add('check', 'list every fault, and run the golden cases beside the agreement', check)
  add('explain', 'say in plain sentences what may leave, made from what the gateway runs', explain)
  agreement
    .command('diff')
    .description('say of every change whether it widens, narrows or does neither')
    .argument('<old>', 'an agreement.json or its folder; alone, it is held against the version in force here')
    .argument('[new]', 'the other')
    .option('--policies <dir>', 'the folder with parties/ and profiles/ (otherwise two folders above each)')
    .option('--json', 'print JSON')
    .addHelpText('after', DIFF_HELP)
    .action(diffFiles)
  agreement
    .command('simulate')
    .description('show, field by field, what the recipient would receive of records you present, and which rule keeps back the rest')
    .argument('<records>', 'NDJSON of resources or Bundles, or one Bundle; gzip too. Nothing of it is kept; the look is recorded')
    .requiredOption('--agreement <id>', 'the agreement in force here; or a draft: an agreement.json or its folder')
    .option('--policies <dir>', 'the folder with parties/ and profiles/')
    .option('--json', 'print JSON')
    .addHelpText('after', SIMULATE_HELP)
    .action(simulate)
  agreement.addCommand(newCommand())
  agreement.addCommand(exportCommand())
  addLife(agreement)
  return agreement
}
