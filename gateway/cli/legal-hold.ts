/** `sallyport legal-hold place|lift|list`: what was logged between two moments is not deleted while the hold stands. Each is an entry. */
import { Command } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { printable } from '../core/printable.ts'
import { atDesk } from './desk.ts'
import { withWord } from './hold.ts'
import { momentOf } from './moment.ts'

const EXAMPLES = `
A hold covers what entries say and the keys of their patients' rows. It does not keep the files of a dataset, held or released: those go after the days of
their agreement; copy what a case needs. Without --from it reaches back to the first entry, without --until it has no end.
What it covers is kept beyond the years of policies/log.json, until the hold is lifted.

Examples:
  npx sallyport legal-hold place --from 2020-01-01 --until 2021-12-31 --officer "Privacy Office" --reason "case 17/2026"
  npx sallyport legal-hold list
  npx sallyport legal-hold lift 6f1c… --officer "Privacy Office" --reason "case 17/2026 closed"`

interface Word {
  readonly officer: string
  readonly reason: string
}

async function place({ from, until, ...word }: Word & { readonly from?: Date; readonly until?: Date }): Promise<void> {
  const { placeLegalHold } = await import('../exchange/log/log-retention.ts')
  const id = await atDesk(({ pool }) => placeLegalHold(pool, { first: from ?? null, last: until ?? null }, { ...word, at: new Date() }))
  process.stdout.write(`${id} is placed: what it covers is not deleted.\n`)
}

async function lift(id: string, word: Word): Promise<void> {
  const { liftLegalHold } = await import('../exchange/log/log-retention.ts')
  await atDesk(({ pool }) => liftLegalHold(pool, id, { ...word, at: new Date() }))
  process.stdout.write(`${id} is lifted.\n`)
}

async function list(options: { json?: true }): Promise<void> {
  const { listHolds } = await import('../store/log-bodies.ts')
  const { readAtDesk } = await import('../exchange/audit/audit.ts')
  const holds = await atDesk(({ pool, account }) => readAtDesk(pool, { account, at: new Date(), what: 'legal-holds' }, listHolds))
  const rows = holds.map(({ id, first, last, officer, reason, placed_at, lifted_at }) => ({
    hold: id,
    from: first?.toISOString() ?? null,
    until: last?.toISOString() ?? null,
    officer,
    reason,
    placed: placed_at.toISOString(),
    lifted: lifted_at?.toISOString() ?? null
  }))
  if (options.json) process.stdout.write(`${asciiJson(rows)}\n`)
  else if (rows.length === 0) process.stdout.write('There is no legal hold.\n')
  else
    for (const { hold, from, until, lifted, officer, reason } of rows)
      process.stdout.write(
        `${printable(`${hold}  ${from ?? 'the beginning'} to ${until ?? 'no end'}  ${lifted === null ? 'in force' : `lifted ${lifted}`}  ${officer}: ${reason}`)}\n`
      )
}

export function command(): Command {
  const hold = new Command('legal-hold').description('keep what was logged, whatever its age').addHelpText('after', EXAMPLES)
  withWord(
    hold
      .command('place')
      .description('from now on nothing that it covers is deleted')
      .option('--from <moment>', 'entries from then on', momentOf)
      .option('--until <moment>', 'entries until then', momentOf)
  ).action(place)
  withWord(hold.command('lift').argument('<hold>').description('let what it covered expire')).action(lift)
  hold.command('list').description('every hold, lifted ones too').option('--json', 'one JSON array').action(list)
  return hold
}
