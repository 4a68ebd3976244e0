/** `sallyport hold list|release|refuse`: what an officer decides about held datasets. Shows group sizes, never identities. */
import { Command } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { requireWord } from '../core/printable.ts'
import type { Shortfall } from '../core/quality/figures.ts'
import { tellShortfall } from '../core/quality/told.ts'
import type { RiskTold, Telling } from '../core/risk/release/told.ts'
import { atDesk } from './desk.ts'

const EXAMPLES = `
A dataset is held when too many subjects would have to be suppressed, or a group stays too small.
Risks are those of El Emam 2013, chapter 16 (prosecutor, journalist, marketer), people alone in the population by Dankar et al. 2012; l after Machanavajjhala
et al. 2007, t after Li et al. 2007. npx sallyport risk report cites each formula.

Examples:
  npx sallyport hold list
  npx sallyport hold release 6f1c… --officer "Privacy Office" --reason "reviewed groups; suppression accepted"
  npx sallyport hold refuse 6f1c… --officer "Privacy Office" --reason "purpose not served by so few subjects"`

const LEVELS = ['as they are', 'generalised', 'suppressed']

interface Word {
  readonly officer: string
  readonly reason: string
}

async function list(options: { json?: true }): Promise<void> {
  const { listHeld } = await import('../exchange/release/hold.ts')
  const { readAtDesk } = await import('../exchange/audit/audit.ts')
  const held = await atDesk(({ pool, account }) => readAtDesk(pool, { account, at: new Date(), what: 'holds' }, listHeld))
  const rows = held.map((row) => ({
    dataset: row.id,
    agreement: row.agreement,
    since: row.at?.toISOString() ?? null,
    reason: row.reason,
    gate: row.gate as Gate | null, // written by the gate step only
    counts: row.counts,
    quality: row.quality
  }))
  if (options.json) {
    process.stdout.write(`${asciiJson(rows)}\n`)
    return
  }
  if (rows.length === 0) process.stdout.write('Nothing is held.\n')
  for (const row of rows) process.stdout.write(linesOf(row))
}

interface Held {
  readonly dataset: string
  readonly agreement: string
  readonly gate: Gate | null
  readonly quality: readonly { readonly shortfalls: readonly Shortfall[] }[]
}

interface Gate {
  readonly released?: number
  readonly suppressed?: number
  readonly k?: number
  readonly groups?: readonly { readonly level: number; readonly size: number; readonly subjects: number }[]
  readonly recoded?: Record<string, string>
  readonly risk?: RiskTold
}

function linesOf({ dataset, agreement, gate, quality }: Held): string {
  const { released = 0, suppressed = 0, k = '?', groups = [], recoded, risk } = gate ?? {}
  return [
    `${dataset}  ${agreement}  would release ${released} and suppress ${suppressed} subjects at k = ${k}\n`,
    ...quality.flatMap(({ shortfalls }) => shortfalls.map((one) => `    ${tellShortfall(one)}\n`)),
    ...(recoded === undefined || risk === undefined ? [] : [riskLines(recoded, risk)]),
    ...groups.map(
      ({ level, size, subjects }) => `    ${String(subjects).padStart(6)} subjects in groups of ${size}, ${LEVELS[level] ?? ''}\n`
    )
  ].join('')
}

/** Numbers only: what is left of each quasi-identifier, and the risks before and after. */
function riskLines(recoded: Readonly<Record<string, string>>, { loss, before, after, sensitive }: RiskTold): string {
  const levels = Object.entries(recoded).map(([name, label]) => `${name}: ${label}`)
  const of = ({ k, sampleUniques, prosecutor, population }: RiskTold['after']): string => {
    const alone = `smallest group ${k}, ${sampleUniques} alone, prosecutor risk ${percent(prosecutor.max)} at most, ${percent(prosecutor.average)} on average`
    return population === undefined
      ? alone
      : `${alone}; journalist ${percent(population.journalist.max)} at most, marketer ${percent(population.marketer)}, about ${Math.round(population.uniques)} alone in the population`
  }
  const lines = [
    `made coarser: ${levels.length === 0 ? 'nothing' : levels.join(', ')}; loss ${percent(loss)}`,
    `before: ${of(before)}`,
    `after, with all that was released before: ${of(after)}`,
    ...Object.entries(sensitive).map(
      ([name, worst]) => `${name}, worst group: before ${telling(worst.before)}; after ${telling(worst.after)}`
    )
  ]
  return lines.map((line) => `    ${line}\n`).join('')
}

function telling({ l, entropyL, t }: Telling): string {
  return `l ${figure(l)}, entropy l ${figure(entropyL)}, t ${figure(t)}`
}

/** null: nobody has a value. */
function figure(value: number | null): string {
  return value === null ? '-' : String(Number(value.toFixed(2)))
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

async function decide(verb: 'release' | 'refuse', dataset: string, word: Word): Promise<void> {
  const { releaseHeld, refuseHeld } = await import('../exchange/release/hold.ts')
  const { loadPolicies } = await import('../config/policies.ts')
  const { policiesNow } = await import('../exchange/policy-live.ts')
  await atDesk(async ({ pool, policiesDir, account }) => {
    const told = { ...word, account, at: new Date() }
    if (verb === 'refuse') return refuseHeld(pool, dataset, told)
    return releaseHeld(pool, dataset, told, await policiesNow(pool, loadPolicies(policiesDir), told.at))
  })
  process.stdout.write(verb === 'release' ? `${dataset} will be sealed and recorded.\n` : `${dataset} is refused.\n`)
}

/** --officer and --reason: both stand in the log. RequestError bad-request, before anything is done. */
export function withWord(command: Command): Command {
  return command
    .hook('preAction', (_, acting) => requireWord(acting.opts<Word>()))
    .requiredOption('--officer <name>', 'who decides: stands in the log')
    .requiredOption('--reason <text>', 'why: stands in the log')
}

export function command(): Command {
  const hold = new Command('hold').description('list, release or refuse what waits for an officer').addHelpText('after', EXAMPLES)
  hold.command('list').description('datasets that wait, with their group sizes').option('--json', 'one JSON array').action(list)
  withWord(hold.command('release').argument('<dataset>').description('release it; what was suppressed stays out')).action(
    (id: string, word: Word) => decide('release', id, word)
  )
  withWord(hold.command('refuse').argument('<dataset>').description('refuse it: nothing leaves')).action((id: string, word: Word) =>
    decide('refuse', id, word)
  )
  return hold
}
