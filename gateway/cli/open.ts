/**
 * `sallyport open`: verifies and opens a dataset that is already here, with no network. Decides nothing itself (seal/open.ts does).
 * Stopped by Ctrl-C, or by anything that does not agree, it leaves nothing decrypted.
 */
import type { JsonWebKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { OperatorHint } from '../core/errors.ts'
import { parsePins } from '../seal/manifest.ts'
import { type Opened, openDataset } from '../seal/open.ts'
import { createProgress } from './client/progress.ts'
import { madeWords } from './client/unseal.ts'

interface Options {
  readonly manifest: string
  readonly shards: string
  readonly key?: string
  readonly pins: string
  readonly out: string
  readonly dictionary?: string
  readonly json?: true
}

const EXAMPLES = `
Example:
  npx sallyport open --manifest manifest.json --shards downloads --key enc.jwk --pins gateway-keys.json --out opened
The pins are the gateway's public keys, as 'sallyport keys pins' prints them, handed to you by its operator: never take them from what you received.
Ends with 0 when all was verified and opened, 2 on wrong usage, 3 when anything did not verify: signature-invalid (the manifest), proof-invalid
(its receipt), wrong-recipient (your key), seal-broken or hash-mismatch (a shard, or the dictionary). Then nothing decrypted is left.
`

async function readKey(path: string | undefined): Promise<JsonWebKey | null> {
  if (path === undefined) return null
  try {
    const jwk: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof jwk === 'object' && jwk !== null && 'kty' in jwk && 'd' in jwk) return jwk as JsonWebKey // whoever uses it checks the rest
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new OperatorHint('--key must be your private encryption key (JWK): sallyport keys generate --party makes one')
}

function told({ statement, index, logSize, files, verified }: Opened): string {
  const { counts, subjects, agreement, profile } = statement
  const rows = files.map((file) => `  ${file.name.padEnd(32)}${file.records.toLocaleString('en-US').padStart(12)}`)
  return [
    `Dataset ${statement.dataset}: from ${statement.source} to ${statement.recipient}, ${statement.at}`,
    `  agreement ${agreement.id} version ${agreement.version}, profile ${profile.name} version ${profile.version}, purpose ${statement.purposeOfUse}`,
    `  ${statement.mode}${statement.certificate === null ? '' : ` under the certificate ${statement.certificate}`}`,
    counts.made === undefined
      ? `  ${counts.released.toLocaleString('en-US')} records of ${subjects.released.toLocaleString('en-US')} subjects; smallest group ${subjects.smallestGroup}, k ${subjects.k}`
      : `  ${madeWords(counts.made, subjects.k)}`,
    ...rows,
    `Verified: ${verified.map((what) => (what === 'receipt' ? `receipt (entry ${index} of a log of ${logSize})` : what)).join(', ')}.`
  ].join('\n')
}

function asJson({ statement, index, logSize, files, verified }: Opened): string {
  return JSON.stringify({
    dataset: statement.dataset,
    verified,
    log: { index: String(index), size: String(logSize) },
    files,
    statement
  })
}

async function run(options: Options): Promise<void> {
  const stop = new AbortController()
  const stopped = (): void => stop.abort(new OperatorHint('stopped: nothing was opened'))
  const progress = createProgress('bytes')
  process.once('SIGINT', stopped).once('SIGTERM', stopped)
  try {
    const opened = await openDataset({
      manifest: await readFile(options.manifest, 'utf8'),
      shards: options.shards,
      out: options.out,
      pins: parsePins(await readFile(options.pins, 'utf8')),
      key: await readKey(options.key),
      ...(options.dictionary === undefined ? {} : { dictionary: await readFile(options.dictionary, 'utf8') }),
      signal: stop.signal,
      progress: (done, total) => progress.show(done, total, 'opened')
    })
    progress.stop()
    process.stdout.write(`${options.json === true ? asJson(opened) : told(opened)}\n`)
  } finally {
    progress.stop()
    process.off('SIGINT', stopped).off('SIGTERM', stopped)
  }
}

export function command(): Command {
  return new Command('open')
    .description('verify and open a dataset that is already here')
    .requiredOption('--manifest <file>', 'the signed manifest')
    .requiredOption('--shards <folder>', 'the sealed files, under the names they have in the manifest')
    .requiredOption('--pins <file>', "the gateway's public keys")
    .requiredOption('--out <folder>', 'where <Type>.ndjson appear')
    .option('--key <file>', 'your private encryption key (JWK); not needed for transport-only')
    .option('--dictionary <file>', 'the data dictionary: verified too, and written beside the files')
    .option('--json', 'print the result as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(run)
}
