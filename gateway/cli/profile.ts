/**
 * `sallyport profile check|explain|diff|import`: whether a de-identification profile can be run as written, what it does in sentences to sign, and what another
 * lets out that it does not. Reads files only; each command says how it ends.
 */
import { Command } from 'commander'
import { check } from './profile/check.ts'
import { diff } from './profile/diff.ts'
import { explain } from './profile/explain.ts'
import { importTheirs } from './profile/import.ts'

const PROFILE = 'a profile.json, its folder, or the name of a profile that ships'

const EXAMPLES = `
Examples:
  npx sallyport profile check
  npx sallyport profile check policies/profiles/safe-harbor draft/profile.json --json
  npx sallyport profile explain safe-harbor
  npx sallyport profile explain limited-data-set --full --html page.html
  npx sallyport profile diff safe-harbor limited-data-set
  npx sallyport profile import theirs.json --out policies/profiles/from-theirs

Exit codes: 0 all is well; 1 a golden case failed; 2 the profile has faults.`

const DIFF_HELP = `
Examples:
  npx sallyport profile diff safe-harbor limited-data-set
  npx sallyport profile diff policies/profiles/safe-harbor draft/profile.json --json

Reasons and titles are no difference. What cannot be shown to be less counts as more. Who passes the risk gate is not compared.
Exit codes: 0 nothing more leaves; 1 more leaves, or may; 2 a profile has faults.`

export function command(): Command {
  const profile = new Command('profile')
    .description('check, explain, compare or import de-identification profiles')
    .addHelpText('after', EXAMPLES)
  profile
    .command('check')
    .description('list every fault, and run the golden cases beside the profile')
    .argument('[profile...]', `${PROFILE}; all that ship when none is named`)
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(check)
  profile
    .command('explain')
    .description('say on one page what may leave and what is done to it, to read and sign; made from what the engine runs')
    .argument('<profile>', PROFILE)
    .option('--full', 'every rule, element, code system and refused type behind it, too')
    .option('--html <file>', 'write it as one HTML file, to print')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(explain)
  profile
    .command('diff')
    .description('say what more and what less leaves under another profile, from what the engine runs')
    .argument('<old>', PROFILE)
    .argument('<new>', PROFILE)
    .option('--json', 'print JSON, with every place')
    .addHelpText('after', DIFF_HELP)
    .action(diff)
  profile
    .command('import')
    .description("make a profile of a configuration of Microsoft's tool, and list everything that deny-list would have let through")
    .argument('<file>', 'their configuration: JSON with fhirPathRules')
    .option('--out <folder>', 'write profile.json and imported.md there; nothing is written over')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(importTheirs)
  return profile
}
