/**
 * `sallyport profile check|explain PROFILE`: whether a de-identification profile can be run as written, its golden cases by the engine that releases,
 * and what it does in sentences. Reads files only; ends with 0 when all is well, 2 when the profile has faults, 1 when a golden case fails.
 */
import { Command } from 'commander'
import { compileProfile } from '../core/deidentify/compile.ts'
import { explainProfile } from '../core/deidentify/explain.ts'
import { isRecordProfile } from '../core/deidentify/profile.ts'
import { type ProfileCaseResult, runProfileCases } from './deidentify/cases.ts'
import { inspectProfile, locateRecordProfile } from './deidentify/locate.ts'
import { EXIT } from './failures.ts'

interface Options {
  readonly json?: true
}

function check(name: string, options: Options): void {
  const { path, found, faults } = inspectProfile(name)
  const sound = found !== null && faults.length === 0
  const cases = sound && isRecordProfile(found.profile) ? runProfileCases(path, found.profile) : []
  const failed = cases.filter(({ passed }) => !passed)
  const report = {
    valid: sound,
    hash: found?.hash ?? null,
    faults,
    cases: cases.map(({ file, rule, passed }) => ({ file, rule, passed }))
  }
  const lines = [
    ...faults.map((fault) => `${fault.path === '' ? '(file)' : fault.path}: ${fault.message}`),
    ...failed.map(failedCase),
    sound ? `can be run as written: ${found.hash}` : `has ${faults.length} fault${faults.length === 1 ? '' : 's'}, and would not load`,
    `${cases.length} case${cases.length === 1 ? '' : 's'}, ${failed.length} failed`
  ]
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${lines.join('\n')}\n`)
  if (!sound) process.exitCode = EXIT.usage
  else if (failed.length > 0) process.exitCode = EXIT.failure
}

/** Golden cases hold made-up people, so what came out may be shown. */
function failedCase({ file, rule, got }: ProfileCaseResult): string {
  return `cases/${file}: ${rule}\n  got ${JSON.stringify(got)}`
}

function explain(name: string, options: Options): void {
  const { profile, hash } = locateRecordProfile(name)
  const sections = explainProfile(compileProfile(profile, null))
  const head = `Profile ${profile.name}, version ${profile.version}\n${hash}\n\n`
  const text = sections.map(({ heading, sentences }) => `${heading}\n${sentences.map((sentence) => `  ${sentence}\n`).join('')}`).join('\n')
  const report = {
    name: profile.name,
    version: profile.version,
    hash,
    sections
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${head}${text}${SIGNATURE}`)
}

const SIGNATURE = '\nSigned (name, office, date): ____________________________________________\n'

const EXAMPLES = `
Examples:
  npx sallyport profile check policies/profiles/safe-harbor
  npx sallyport profile check draft/profile.json --json
  npx sallyport profile explain safe-harbor

Exit codes: 0 all is well; 1 a golden case failed; 2 the profile has faults.`

export function command(): Command {
  const profile = new Command('profile').description('check a de-identification profile, or explain it').addHelpText('after', EXAMPLES)
  const add = (name: string, says: string, act: (profile: string, options: Options) => void): void => {
    profile
      .command(name)
      .description(says)
      .argument('<profile>', 'a profile.json, its folder, or the name of a profile that ships')
      .option('--json', 'print JSON')
      .addHelpText('after', EXAMPLES)
      .action(act)
  }
  add('check', 'list every fault, and run the golden cases beside the profile', check)
  add('explain', 'say in sentences what may leave and what is done to it, made from what the engine runs', explain)
  return profile
}
