/** `sallyport quality`: the figures of each submission, how they went over the last ones, and what the agreement promises. Numbers only. */
import { Command, InvalidArgumentError } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { printable } from '../core/printable.ts'
import type { Figures, Promised } from '../core/quality/figures.ts'
import type { QualityTold } from '../exchange/release/quality-told.ts'
import { atDesk } from './desk.ts'

const EXAMPLES = `
Figures are of the records that the agreement reaches, of people who did not opt out. What an agreement does not promise (quality in agreement.json) is not
measured, but validity. ↑ and ↓ say where a figure went since the submission before, not whether that is good.

Examples:
  npx sallyport quality
  npx sallyport quality --agreement demo-safe-harbor --last 30
  npx sallyport quality --json | jq '.[] | select(.shortfalls != [])'

Exit codes: 0 done, whatever the figures; 2 a wrong option; 75 try again later.`

interface Options {
  readonly agreement?: string
  readonly last: number
  readonly json?: true
}

const MOST = 1000

function count(text: string): number {
  const n = Number(text)
  if (!/^[0-9]{1,4}$/.test(text) || n < 1 || n > MOST) throw new InvalidArgumentError(`It is a whole number from 1 to ${MOST}.`)
  return n
}

/** A row of the page: what it is called, the figure of a submission, the greatest it may be, what is promised. */
interface Line {
  readonly name: string
  readonly unit: '%' | 'days'
  readonly figure: (figures: Figures) => number | null
  readonly promise: string
}

function linesOf(promised: Promised | undefined): Line[] {
  const share = (name: string, figure: Line['figure'], at: { min: number } | { max: number } | undefined): Line => ({
    name,
    unit: '%',
    figure,
    promise: at === undefined ? '' : 'min' in at ? `at least ${percent(at.min)}` : `at most ${percent(at.max)}`
  })
  const days = (of: 'median' | 'p95'): Line => {
    const at = promised?.timeliness?.[of]
    return {
      name: `days, ${of}`,
      unit: 'days',
      figure: ({ timeliness }) => timeliness[of],
      promise: at === undefined ? '' : `at most ${at.max}`
    }
  }
  return [
    share('validity', ({ validity }) => validity, promised?.validity),
    ...Object.entries(promised?.completeness ?? {}).map(([path, at]) => share(path, ({ completeness }) => completeness[path] ?? null, at)),
    days('median'),
    days('p95'),
    share('duplicates', ({ duplicates }) => duplicates, promised?.duplicates),
    share('references', ({ references }) => references, promised?.references),
    share('plausibility', ({ plausibility }) => plausibility, promised?.plausibility)
  ]
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

/** `rows`: of one agreement, newest first. */
async function pageOf(agreement: string, rows: readonly QualityTold[]): Promise<string> {
  const { arrowOf, barsOf } = await import('../core/quality/trend.ts')
  const { tellShortfall } = await import('../core/quality/told.ts')
  const inOrder = rows.toReversed()
  const table = linesOf(rows[0]?.promised ?? undefined).flatMap(({ name, unit, figure, promise }) => {
    const figures = inOrder.map((row) => figure(row.figures))
    const last = figures.at(-1) ?? null
    if (figures.every((one) => one === null)) return []
    const most = unit === '%' ? 1 : Math.max(1, ...figures.map((one) => one ?? 0))
    const told = last === null ? '-' : unit === '%' ? percent(last) : String(last)
    return [`  ${name.padEnd(28)} ${told.padStart(8)} ${arrowOf(figures, most).padEnd(1)}  ${barsOf(figures, most)}  ${promise}`.trimEnd()]
  })
  const [latest] = rows
  const rules = Object.entries(latest?.figures.implausible ?? {}).map(([rule, n]) => `  ${rule}: ${n} records`)
  const short = (latest?.shortfalls ?? []).map((one) => `  ! ${tellShortfall(one)}`)
  const accepted = latest?.acceptedBy === null || latest === undefined ? [] : [`  released nevertheless by ${latest.acceptedBy}`]
  const head = `${agreement}: ${rows.length} submissions, the last ${latest?.submission ?? ''} of ${latest?.at ?? ''}, ${latest?.figures.received ?? 0} records`
  return [head, ...table, ...rules, ...short, ...accepted].map((line) => `${printable(line)}\n`).join('')
}

async function show({ agreement, last, json }: Options): Promise<void> {
  const { qualityTold } = await import('../exchange/release/quality-told.ts')
  const rows = await atDesk(({ pool, account }) => qualityTold(pool, { account, at: new Date() }, { agreement: agreement ?? null, last }))
  if (json === true) {
    process.stdout.write(`${asciiJson(rows)}\n`)
    return
  }
  if (rows.length === 0) process.stdout.write('No submission was judged yet.\n')
  for (const [id, own] of Map.groupBy(rows, (row) => row.agreement)) process.stdout.write(await pageOf(id, own))
}

export function command(): Command {
  return new Command('quality')
    .description('the quality of what was sent, by agreement, and how it goes')
    .addHelpText('after', EXAMPLES)
    .option('--agreement <id>', 'of this agreement only')
    .option('--last <n>', 'so many submissions of each agreement', count, 12)
    .option('--json', 'one JSON array, newest first')
    .action((options: Options) => show(options))
}
