/** `sallyport party secret`: gives a party a secret to prove itself by, printed once, or takes it away. Whether it may be used its agreements say (clientAuthentication). */
import type { Command } from 'commander'
import type { PartyWord, RegistryRoom } from '../../exchange/identity/registry-room.ts'

export interface AskedSecret {
  readonly officer: string
  readonly remove?: true
  readonly json?: true
}

type AtRegistry = <T>(asking: AskedSecret, work: (room: RegistryRoom, word: PartyWord) => Promise<T>) => Promise<T>

/** `atRegistry`: opens the registry for an officer who may. */
export function addSecret(party: Command, atRegistry: AtRegistry): Command {
  return party
    .command('secret')
    .argument('<id>')
    .description('give it a new secret, printed once, in place of any it had; or take it away. What it signed in with before is dead')
    .requiredOption('--officer <id>', 'who acts: an officer with the role operator')
    .option('--remove', 'take it away')
    .option('--json', 'print JSON')
    .action(async (id: string, options: AskedSecret) => {
      const { giveSecret, removeSecret } = await import('../../exchange/identity/client-secrets.ts')
      if (options.remove === true) {
        const outcome = await atRegistry(options, (room, word) => removeSecret(room, id, word))
        process.stdout.write(
          options.json === true
            ? `${JSON.stringify({ id, outcome })}\n`
            : `the secret of ${id} ${outcome === 'removed' ? 'is gone' : outcome}\n`
        )
        return
      }
      const secret = await atRegistry(options, (room, word) => giveSecret(room, id, word))
      if (options.json !== true) process.stderr.write('Hand it to the party alone: nobody can show it again.\n')
      process.stdout.write(options.json === true ? `${JSON.stringify({ id, secret })}\n` : `${secret}\n`)
    })
}
