/** `sallyport lockout list|lift`: which sign-ins must wait after failures, and an end to that. Shows parties and officers by id, addresses as entries name them; each act and look is an entry. */
import { Command } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { RequestError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { atDesk } from './desk.ts'
import { withWord } from './hold.ts'

const EXAMPLES = `
Who fails to sign in five times in a row waits there, 1 second, then 2, 4 and so on, a quarter of an hour at most: under the name that was claimed, from the address
that claimed it. An hour without a failure ends it, and so does signing in. Elsewhere the same name does not wait. Names that nobody has wait, too: they are shown as -.
Addresses are shown as the HMAC that stands in entries of the log.

Examples:
  npx sallyport lockout list
  npx sallyport lockout lift demo-hospital --officer "Operations" --reason "a wrong key was configured"
  npx sallyport lockout lift --address 0f3a… --officer "Operations" --reason "the whole site was behind it"

Exit codes: 0 done; 1 nothing there to lift; 2 a wrong option; 75 try again later.`

async function list(options: { readonly json?: true }): Promise<void> {
  const { listLockouts } = await import('../store/limits.ts')
  const { readAtDesk } = await import('../exchange/audit/audit.ts')
  const locks = await atDesk(({ pool, account }) => readAtDesk(pool, { account, at: new Date(), what: 'lockouts' }, listLockouts))
  const rows = locks.map(({ until, ...lock }) => ({ ...lock, until: until.toISOString() }))
  if (options.json) process.stdout.write(`${asciiJson(rows)}\n`)
  else if (rows.length === 0) process.stdout.write('Nobody must wait.\n')
  else
    for (const { kind, named, address, failures, until } of rows)
      process.stdout.write(`${printable(`${kind} ${named ?? '-'}  address ${address}  ${failures} failures  until ${until}`)}\n`)
}

interface Lifting {
  readonly officer: string
  readonly reason: string
  readonly address?: string
}

async function lift(name: string | undefined, { address, ...word }: Lifting): Promise<void> {
  if (name === undefined && address === undefined) throw new RequestError('bad-request', 'Give a name, or --address.')
  const { liftLockouts } = await import('../exchange/identity/lockouts.ts')
  const lifted = await atDesk(({ pool, account }) =>
    liftLockouts({ pool, now: () => new Date() }, { named: name ?? null, address: address ?? null, account, ...word })
  )
  if (lifted === 0) throw new RequestError('not-found', 'Nobody of that name or address must wait: sallyport lockout list.')
  process.stdout.write(`${lifted} lifted.\n`)
}

export function command(): Command {
  const lockout = new Command('lockout').description('who must wait after failed sign-ins').addHelpText('after', EXAMPLES)
  lockout.command('list').description('every wait that is under way').option('--json', 'one JSON array').action(list)
  withWord(
    lockout
      .command('lift')
      .argument('[name]', 'id of a party or officer')
      .description('end it')
      .option('--address <hmac>', 'an address, as list and entries name it')
  ).action(lift)
  return lockout
}
