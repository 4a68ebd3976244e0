/**
 * `sallyport risk report FILE|DIR`: how risky a file or folder is, without a server. Decides nothing itself; ends with 1 when what was asked does not hold
 * or a row could not be read. Prints names of columns, sizes and counts, never a value of any row.
 */
import { writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { METRICS } from '../core/risk/search/loss.ts'
import { createProgress } from './client/progress.ts'
import { EXIT } from './failures.ts'
import { filesAt, guessQuasi } from './risk/files.ts'
import { pageOf } from './risk/page.ts'
import { type Options, planOf } from './risk/plan.ts'
import { reportOf } from './risk/report.ts'
import { readTable } from './risk/source.ts'
import { textOf } from './risk/text.ts'

async function report(path: string, options: Options): Promise<void> {
  const plan = planOf(options)
  const files = filesAt(path)
  const sensitive = plan.sensitive.map(({ name }) => name)
  const quasi = plan.quasi ?? (await guessQuasi(files, sensitive))
  const made = reportOf(await readShown(files, quasi, sensitive), plan)
  const text = options.json === true ? `${JSON.stringify(made, null, 2)}\n` : textOf(made, plan.quasi === null ? 'guessed' : 'named')
  if (options.out === undefined) process.stdout.write(text)
  else writeFileSync(options.out, text)
  if (options.html !== undefined) writeFileSync(options.html, pageOf(made))
  if (!made.holds) process.exitCode = EXIT.failure
}

async function readShown(...[files, quasi, sensitive]: Parameters<typeof readTable>): ReturnType<typeof readTable> {
  const progress = createProgress('bytes')
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0)
  try {
    return await readTable(files, quasi, sensitive, (done) => progress.show(done, all, 'read'))
  } finally {
    progress.stop()
  }
}

function names(text: string): string[] {
  const list = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (list.length === 0) throw new InvalidArgumentError('Give names of columns, with commas between them.')
  return list
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number from 1 on.')
  return value
}

function atLeastOne(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 1) throw new InvalidArgumentError('Give a number from 1 on.')
  return value
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('Give a number from 0 to 1.')
  return value
}

const EXAMPLES = `
Examples:
  npx sallyport risk report claims.csv --qi birthDate,sex,zip --k 11
  npx sallyport risk report released/ --html risk.html
  npx sallyport risk report patients.parquet --qi age,sex,zip --sensitive diagnosis,cost:ordered --k 5 --l 2 --t 0.3 --suppress 0.02
  npx sallyport risk report Patient.ndjson.gz --qi Patient.birthDate,Patient.gender,Patient.address.postalCode --population 1200000 --json
  npx sallyport risk report claims.csv --config risk.json --out report.txt

A row is one person. Reads CSV (also by tab, semicolon or bar), NDJSON and Parquet, gzip too; of a folder all files of those endings, as one table.
--config: hierarchies and the same options as JSON (schemas/policy/risk.json), such as
  {"quasiIdentifiers": {"birthDate": {"kind": "dates", "levels": ["month", "year", 10]}, "sex": {"kind": "whole"},
   "zip": {"kind": "prefix", "lengths": [3, 2]}}, "sensitive": {"diagnosis": "equal"}, "k": 11, "suppress": 0.02}
Exit codes: 0 what was asked holds; 1 it does not, or a row could not be read; 2 usage.`

export function command(): Command {
  const risk = new Command('risk').description('measure the risk of re-identification in a file or folder').addHelpText('after', EXAMPLES)
  risk
    .command('report')
    .description('k, l, t, risks of re-identification, uniqueness, and the cheapest generalisation that holds k, l and t')
    .argument('<path>', 'a file or a folder')
    .option('--qi <columns>', 'the quasi-identifiers, with commas between; otherwise columns named like common ones', names)
    .option('--sensitive <columns>', 'what must not be learned of a person; cost:ordered where values have an order', names)
    .option('--k <n>', 'every group has n rows or more', whole)
    .option('--l <n>', 'every group has n distinct sensitive values or more', whole)
    .option('--entropy-l <n>', 'every group is as uncertain as n equally frequent sensitive values', atLeastOne)
    .option('--t <distance>', 'sensitive values of every group are no further than this from those of all rows (0 to 1)', share)
    .option('--suppress <share>', 'share of the rows a generalisation may suppress (0 to 1; otherwise 0)', share)
    .addOption(new Option('--metric <name>', 'what a generalisation costs (otherwise loss)').choices(METRICS))
    .addOption(
      new Option(
        '--missing <policy>',
        'missing is a value of its own, or in sizes, k and risks may be any; never in l, t and the search (otherwise class)'
      ).choices(['class', 'wildcard'])
    )
    .option('--population <n>', 'how many people the rows were drawn from', whole)
    .option('--threshold <share>', 'count rows of a higher risk (otherwise 1 / k, or 1 / 11)', share)
    .option('--config <file>', 'hierarchies and options as JSON')
    .option('--no-search', 'measure only, look for no generalisation')
    .option('--out <file>', 'write the report there instead of to standard output')
    .option('--html <file>', 'write a page with plots too')
    .option('--json', 'report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(report)
  return risk
}
