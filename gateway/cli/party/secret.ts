/**
 * `sallyport party secret`: makes a party a secret to prove itself by, printed once, which opens nothing until another operator confirms it; or takes it away. Whether it may be
 * used its agreements say (clientAuthentication).
 */
import type { Command } from 'commander'
import { type Signing, signs } from './signed.ts'
import type { At } from './two.ts'

interface AskedSecret extends Signing {
  readonly remove?: true
  readonly json?: true
}

export function addSecret(party: Command, { atRegistry, atSigned }: Pick<At, 'atRegistry' | 'atSigned'>): Command {
  return signs(party.command('secret').argument('<id>'))
    .description(
      'make it a new secret, printed once, in place of any it had once another operator confirms; or take it away. What it signed in with before is dead then'
    )
    .option('--remove', 'take it away')
    .action(async (id: string, options: AskedSecret) => {
      const { giveSecret, removeSecret } = await import('../../exchange/identity/client-secrets.ts')
      if (options.remove === true) {
        const outcome = await atRegistry({ officer: options.officer ?? '' }, (room, word) => removeSecret(room, id, word))
        process.stdout.write(
          options.json === true
            ? `${JSON.stringify({ id, outcome })}\n`
            : `the secret of ${id} ${outcome === 'removed' ? 'is gone' : outcome}\n`
        )
        return
      }
      const { secret, hash } = await atSigned(options, { act: 'secret', party: id, about: 'new' }, (room, word) =>
        giveSecret(room, id, word)
      )
      if (options.json !== true)
        process.stderr.write(
          `Hand it to the party alone: nobody can show it again. It opens nothing until another operator confirms ${hash}\n`
        )
      process.stdout.write(options.json === true ? `${JSON.stringify({ id, secret, hash })}\n` : `${secret}\n`)
    })
}
