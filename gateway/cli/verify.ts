/**
 * `sallyport verify`: checks a receipt, a manifest, an export or an accounting of the log, from the file and pinned keys alone. Decides nothing itself (seal/verify/
 * does). By a rule of scripts/config/layers.mjs nothing it reaches can open a connection or a database.
 */
import { Command } from 'commander'
import { endVerify } from './verify/run.ts'
import { VERIFY_HELP } from './verify/told.ts'

interface Options {
  readonly key: readonly string[]
  readonly entry?: string
  readonly json?: true
}

function also(key: string, keys: readonly string[]): string[] {
  return [...keys, key]
}

function verify(file: string, options: Options): Promise<void> {
  return endVerify({ file, keys: options.key, entry: options.entry ?? null, form: options.json === true ? 'json' : 'text' })
}

export function command(): Command {
  return new Command('verify')
    .description('prove a receipt, manifest, export or accounting of the log, offline')
    .argument('<file>', 'receipt, manifest, export or accounting')
    .option('--key <key>', "the log's public key: a verifier key, or a file of keys or pins; may be said again", also, [])
    .option('--entry <file>', 'the entry a receipt is of, where the receipt does not bring it along: its bytes, or a line of an export')
    .option('--json', 'print one JSON object')
    .addHelpText('after', VERIFY_HELP)
    .action(verify)
}
