/**
 * `sallyport keys status|encrypt|adopt`: each key with its state, age and what needs it; a ring under a passphrase; and, after the loss of a signing key, its
 * public half from the pins. Refuses to write over anything; prints nothing secret.
 */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { readConfig } from '../../config/config.ts'
import { readEnvironment } from '../../config/env.ts'
import { fileSource } from '../../seal/keysource.ts'
import { atKeysDesk } from '../desk.ts'
import { EXIT } from '../failures.ts'
import { keySourceHere, newPassphrase } from './passphrase.ts'

async function status(options: { readonly json?: true }): Promise<void> {
  const { keyStatus } = await import('../../exchange/keys/key-status.ts')
  const { readKeyRing } = await import('../../seal/keyring.ts')
  const { source, keys, maxAgeDays } = await atKeysDesk(async ({ pool, source: from, files, config }) => ({
    source: { kind: from.kind, place: from.place, keys: from.kind === 'folder' ? 'in clear' : 'not in clear' },
    keys: await keyStatus(pool, readKeyRing(files), new Date()),
    maxAgeDays: config.keyMaxAgeDays
  }))
  const old = (key: (typeof keys)[number]): boolean => key.state === 'current' && key.ageDays > maxAgeDays
  if (options.json === true)
    process.stdout.write(`${JSON.stringify({ source, keys: keys.map((key) => ({ ...key, old: old(key) })) }, null, 2)}\n`)
  else {
    const lines = keys.map((key) => {
      const { purpose, kid, state, made, ageDays, knownBy, neededBy } = key
      const age = `${ageDays} days${old(key) ? ' (too old: rotate it)' : ''}`
      const known = knownBy.length === 0 ? '' : `; gateways ${knownBy.join(', ')} have it`
      return `${purpose.padEnd(10)}${state.padEnd(9)}${kid.padEnd(45)}made ${made.slice(0, 10)}, ${age}${known}; ${neededBy.length === 0 ? 'nothing needs it' : neededBy.join(', ')}`
    })
    process.stdout.write(
      [`keys from the ${source.kind} ${source.place}${source.kind === 'folder' ? ': THEY LIE THERE IN CLEAR' : ''}`, ...lines, ''].join(
        '\n'
      )
    )
  }
  if (keys.some(({ state }) => state === 'missing')) process.exitCode = EXIT.denied
}

async function encrypt(options: { readonly out: string; readonly passphraseFile?: string }): Promise<void> {
  const { config, secrets } = readConfig(readEnvironment())
  const files = (await keySourceHere(config, secrets)).read()
  const { readKeyRing } = await import('../../seal/keyring.ts')
  readKeyRing(files) // no ring with faults is kept
  const passphrase = await newPassphrase(options.passphraseFile)
  const written = fileSource(options.out, () => passphrase).create(files)
  process.stdout.write(
    `wrote ${written.join(', ')}\nSet SALLYPORT_KEYS_FILE to it and SALLYPORT_KEYS_PASSPHRASE_FILE, restart, and then destroy what it was made from.\n`
  )
}

async function adopt(file: string): Promise<void> {
  const { config, secrets } = readConfig(readEnvironment())
  const source = await keySourceHere(config, secrets)
  const { adoptPins } = await import('../../seal/keychange.ts')
  const { parsePins } = await import('../../seal/manifest.ts')
  const steps = adoptPins(source.read(), parsePins(readFileSync(file, 'utf8')))
  source.change(steps)
  process.stdout.write(steps.length === 0 ? 'All of them are on the ring.\n' : steps.map(({ name }) => `added ${name}\n`).join(''))
}

export function addKept(keys: Command): void {
  keys
    .command('status')
    .description('each key: its state, age, which gateways have it, and what still needs it; ends with 3 when one is missing')
    .option('--json', 'as JSON')
    .action(status)
  keys
    .command('encrypt')
    .description('keep the ring under a passphrase (typed twice, or the first line of standard input), or under another one')
    .requiredOption('--out <file>', 'the new file')
    .option('--passphrase-file <file>', 'holds the new passphrase')
    .action(encrypt)
  keys
    .command('adopt')
    .description('after a manifest or log key was lost: what it signed is proved by its public half, from the pins that parties have')
    .argument('<pins>', 'a file as `keys pins` prints it')
    .action(adopt)
}
