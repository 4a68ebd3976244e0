/** `sallyport review [NAME…]`: the saved reviews of the log (45 CFR 164.308(a)(1)(ii)(D)). Ends with 3 when something needs looking at. Each run is an entry. */
import { Command } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { REVIEWS, type Reviewed, type ReviewName } from '../core/audit/reviews.ts'
import { RequestError } from '../core/errors.ts'
import { atDesk } from './desk.ts'
import { EXIT } from './failures.ts'
import { momentOf } from './moment.ts'
import { escaped } from './risk/plots.ts'

const NAMES = Object.keys(REVIEWS) as ReviewName[] // the keys of our own constant table
const DAYS = 30

const EXAMPLES = `
${NAMES.map((name) => `  ${name.padEnd(22)}${REVIEWS[name].says}`).join('\n')}

Without a name all of them. Office hours stand in policies/log.json. Ends with 0 when nothing needs looking at, 3 when something does.

Examples:
  npx sallyport review
  npx sallyport review denials failed-logins --since 2026-01-01 --json
  npx sallyport review --html > review.html`

interface Options {
  readonly since?: Date
  readonly json?: true
  readonly html?: true
}

function chosen(names: readonly string[]): readonly ReviewName[] {
  const unknown = names.filter((name) => !Object.hasOwn(REVIEWS, name))
  if (unknown.length > 0) throw new RequestError('bad-request', `There is no such review. There are: ${NAMES.join(', ')}.`)
  return names.length === 0 ? NAMES : NAMES.filter((name) => names.includes(name))
}

function line(party: string | null, says: string): string {
  return party === null ? says : `${party} ${says}`
}

function textOf(found: readonly Reviewed[]): string {
  const parts = found.map(({ review, says, findings, notes }) => {
    const lines = [...findings.map((finding) => `  ! ${line(finding.party, finding.says)}`), ...notes.map((note) => `    (${note})`)]
    return [`${review}: ${says}`, ...(findings.length === 0 ? ['    nothing'] : []), ...lines].join('\n')
  })
  return `${parts.join('\n')}\n`
}

/** One page that opens without a network: no script, nothing fetched. */
function pageOf(found: readonly Reviewed[], from: Date, at: Date): string {
  const parts = found.map(({ review, says, findings, notes }) => {
    const items = findings.map((finding) => `<li><b>${escaped(finding.party ?? '')}</b> ${escaped(finding.says)}</li>`)
    const list = items.length === 0 ? '<p>Nothing.</p>' : `<ul>${items.join('')}</ul>`
    return `<h2>${escaped(review)}</h2><p>${escaped(says)}</p>${list}${notes.map((note) => `<p><i>${escaped(note)}</i></p>`).join('')}`
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Review of the log</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; } h2 { font-size: 1.15rem; }</style></head>
<body><h1>Review of the log</h1><p>${from.toISOString()} to ${at.toISOString()}</p>
${parts.join('\n')}
</body></html>
`
}

async function review(names: readonly string[], options: Options): Promise<void> {
  const wanted = chosen(names)
  if (options.json === true && options.html === true) throw new RequestError('bad-request', 'Ask for --json or --html.')
  const { runReviews } = await import('../exchange/audit/reviews.ts')
  const { loadLogPolicy } = await import('../config/log-policy.ts')
  const at = new Date()
  const from = options.since ?? new Date(at.getTime() - DAYS * 86_400_000)
  const found = await atDesk(({ pool, policiesDir, account }) =>
    runReviews(pool, { names: wanted, from, hours: loadLogPolicy(policiesDir)?.policy.officeHours ?? null, account, at })
  )
  const told = { from: from.toISOString(), until: at.toISOString(), reviews: found }
  process.stdout.write(options.json ? `${asciiJson(told)}\n` : options.html ? pageOf(found, from, at) : textOf(found))
  if (found.some(({ findings }) => findings.length > 0)) process.exitCode = EXIT.denied
}

export function command(): Command {
  return new Command('review')
    .description('look through the log for what needs looking at')
    .argument('[name...]', 'which reviews; all of them without')
    .option('--since <moment>', `a day, or a time with its zone (default: ${DAYS} days ago)`, momentOf)
    .option('--json', 'as JSON')
    .option('--html', 'as a page')
    .addHelpText('after', EXAMPLES)
    .action(review)
}
