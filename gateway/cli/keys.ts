/**
 * `sallyport keys`: makes the gateway's key ring, a party's pair of keys, or development certificates, and prints what others may see:
 * pins or a JWKS. Refuses to overwrite a key. Never prints a private one. What becomes of the ring's keys is in keys/.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { type Certified, certificateThumbprint, createAuthority, issueCertificate } from '../seal/ca.ts'
import { generateKeyRing, generatePartyKeys, type PartyKeyType } from '../seal/generate.ts'
import { lostKey } from '../seal/keychange.ts'
import { writeSecretFiles } from '../seal/keyfiles.ts'
import { type Purpose, readKeyRing } from '../seal/keyring.ts'
import { folderSource, type KeySource } from '../seal/keysource.ts'
import { pinsOf } from '../seal/manifest.ts'
import { addKept } from './keys/kept.ts'
import { keySourceHere } from './keys/passphrase.ts'
import { addRotation } from './keys/rotation.ts'

interface GenerateOptions {
  readonly out?: string
  readonly origin?: string
  readonly party?: string | true
  readonly kid?: string
  readonly type: PartyKeyType
  readonly only?: Purpose
}

interface CertificateOptions {
  readonly out: string
  readonly host: readonly string[]
  readonly client?: string
}

const EXAMPLES = `
Examples:
  npx sallyport keys generate                                  the gateway's ring, into its keys folder; prints the pins
  npx sallyport keys generate --party demo-insurer --out keys  a party's two keys; prints the JWKS to register
  npx sallyport keys pins > gateway-keys.json                  what parties pin: hand it over by another way than the gateway
  npx sallyport keys encrypt --out keys.json                   the ring under a passphrase, for SALLYPORT_KEYS_FILE
  npx sallyport keys status                                    states, ages, and what still needs each key
  npx sallyport keys rotate wrapping --stage                   then restart each gateway, --promote, restart each, and:
  npx sallyport keys rewrap
  npx sallyport keys drop wrapping 3f0a…                       once status says that nothing needs it
  npx sallyport keys certificates --out tls --host localhost   a development authority and a server certificate
`

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

function tell(paths: readonly string[]): void {
  for (const path of paths) process.stderr.write(`wrote ${path}\n`)
}

function generateParty(options: GenerateOptions, party: string | null): void {
  const keys = generatePartyKeys(options.type, options.kid ?? party)
  const name = party ?? 'party'
  const files = new Map([
    [`${name}-sig.jwk`, `${JSON.stringify(keys.signing, null, 2)}\n`],
    [`${name}-enc.jwk`, `${JSON.stringify(keys.encryption, null, 2)}\n`]
  ])
  tell(writeSecretFiles(options.out ?? '.', files))
  print(keys.jwks)
}

/** Where the ring goes and what the log is called: by the options, else by the configuration. */
async function placeOf(options: GenerateOptions): Promise<{ readonly source: KeySource; readonly origin: string }> {
  if (options.out !== undefined) return { source: folderSource(options.out), origin: options.origin ?? 'localhost/sallyport-log' }
  const { config, secrets } = readConfig(readEnvironment())
  const host = config.publicUrl === null ? 'localhost' : new URL(config.publicUrl).hostname
  return { source: await keySourceHere(config, secrets), origin: options.origin ?? `${host}/sallyport-log` }
}

async function generateRing(options: GenerateOptions): Promise<void> {
  const { source, origin } = await placeOf(options)
  const files = generateKeyRing(origin)
  if (options.only !== undefined) {
    const steps = lostKey(source.read(), options.only, files)
    source.change(steps)
    return tell(steps.map(({ name }) => `${name} (${source.place})`))
  }
  tell(source.create(files))
  print(pinsOf(readKeyRing(files)))
}

async function generate(options: GenerateOptions): Promise<void> {
  if (options.party === undefined) await generateRing(options)
  else generateParty(options, options.party === true ? null : options.party)
}

async function pins(options: { readonly keys?: string }): Promise<void> {
  const { config, secrets } = readConfig(readEnvironment())
  const source = options.keys === undefined ? await keySourceHere(config, secrets) : folderSource(options.keys)
  print(pinsOf(readKeyRing(source.read())))
}

/** The authority of the folder, made now when there is none. */
function authorityOf(folder: string, at: Date): Certified {
  const [certificate, privateKey] = [join(folder, 'ca.pem'), join(folder, 'ca-key.pem')]
  if (existsSync(certificate)) return { certificate: readFileSync(certificate, 'utf8'), privateKey: readFileSync(privateKey, 'utf8') }
  const authority = createAuthority('Sallyport development authority', at)
  tell(
    writeSecretFiles(
      folder,
      new Map([
        ['ca.pem', authority.certificate],
        ['ca-key.pem', authority.privateKey]
      ])
    )
  )
  return authority
}

function certificates(options: CertificateOptions): void {
  const at = new Date()
  const authority = authorityOf(options.out, at)
  const server = options.client === undefined
  const subject = server
    ? ({ use: 'server', commonName: options.host[0] ?? 'localhost', hosts: options.host } as const)
    : ({ use: 'client', commonName: options.client } as const)
  const issued = issueCertificate(authority, subject, at)
  const name = server ? 'server' : 'client'
  tell(
    writeSecretFiles(
      options.out,
      new Map([
        [`${name}.pem`, issued.certificate],
        [`${name}-key.pem`, issued.privateKey]
      ])
    )
  )
  print({ 'x5t#S256': certificateThumbprint(issued.certificate) })
}

export function command(): Command {
  const keys = new Command('keys').description('make the keys of the gateway or of a party').addHelpText('after', EXAMPLES)
  keys
    .command('generate')
    .description("make the gateway's key ring, or with --party a party's signing and encryption keys")
    .option('--out <folder>', "where to write (the gateway's keys folder; for a party, here)")
    .option('--origin <name>', "the log's name, a URL without its scheme (host/sallyport-log)")
    .option('--party [id]', 'make keys for a party instead')
    .option('--kid <text>', "the party's keys are named <kid>-sig and <kid>-enc (its id, else thumbprints)")
    .addOption(
      new Option('--type <kind>', 'ec: ES384 and ECDH-ES+A256KW; rsa: RS384 and RSA-OAEP-256').choices(['ec', 'rsa']).default('ec')
    )
    .addOption(
      new Option('--only <purpose>', 'after the loss of a key: make this one alone, where the ring has none').choices([
        'token',
        'manifest',
        'log',
        'wrapping',
        'crosswalk'
      ])
    )
    .action(generate)
  keys
    .command('pins')
    .description('print the public keys that parties pin')
    .option('--keys <folder>', "the gateway's keys folder")
    .action(pins)
  addKept(keys)
  addRotation(keys)
  keys
    .command('certificates')
    .description('make a development certificate, and the authority for it when there is none')
    .requiredOption('--out <folder>', 'where the authority is, or will be')
    .option('--host <names...>', 'the names and addresses of the server', ['localhost', '127.0.0.1'])
    .option('--client <name>', 'make a client certificate of this name instead')
    .action(certificates)
  return keys
}
