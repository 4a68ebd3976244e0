/**
 * `sallyport party join|keys`: what a party does itself, at its own machine: register by an invitation, with a proof of each signing key; and see, add, retire and revoke its own
 * keys. Private keys stay here: signatures travel. Refuses what cannot be a key, before anything is sent.
 */
import type { JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { asciiJson } from '../../core/audit/ascii.ts'
import { OperatorHint, RequestError } from '../../core/errors.ts'
import { REASONS, type Reason } from '../../core/identity/party-life.ts'
import { printable } from '../../core/printable.ts'
import type { Party, PublicJwk } from '../../generated/policy.ts'
import { readClientKey } from '../client/assertion.ts'
import { object, objects, parseObject, text } from '../client/json.ts'
import { type ClientOptions, sessionOf, withClientOptions } from '../client/options.ts'
import { refusalOf } from '../client/refusal.ts'
import { createTransport, serverBase } from '../client/transport.ts'
import { codeFrom } from '../from-stdin.ts'

interface Joining {
  readonly server: string
  readonly ca?: string
  readonly invitation: string
  readonly id: string
  readonly role: Party['role']
  readonly name: string
  readonly address: string
  readonly fhirBase?: readonly string[]
  readonly key: readonly string[]
  readonly jwksUri?: string
  readonly json?: true
}

/** A private JWK of a file, with a kid. */
function privateKeyIn(file: string): JsonWebKey & { readonly kid: string } {
  try {
    const jwk = JSON.parse(readFileSync(file, 'utf8')) as JsonWebKey & { readonly kid?: unknown }
    if (typeof jwk.d === 'string' && typeof jwk.kid === 'string') return jwk as JsonWebKey & { readonly kid: string }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new OperatorHint(`${file} must be a private JWK with a kid: sallyport keys generate --party makes two`)
}

async function partsOf(files: readonly string[]): Promise<{ readonly signing: readonly JsonWebKey[]; readonly keys: PublicJwk[] }> {
  const { publicPart } = await import('../../seal/generate.ts')
  const own = files.map(privateKeyIn)
  const keys = own.map((jwk) => publicPart(jwk) as unknown as PublicJwk) // the gateway reads it again
  return { signing: own.filter((_jwk, index) => keys[index]?.use !== 'enc'), keys }
}

async function join(options: Joining): Promise<void> {
  const { signKeyProof } = await import('../../seal/key-proof.ts')
  const { aboutOffer, documentHash, readParty } = await import('../../exchange/identity/party-document.ts')
  const { id, role, name, address, jwksUri, fhirBase = [] } = options
  const code = codeFrom(options.invitation)
  const gateway = serverBase(options.server)
  const { signing, keys } = await partsOf(options.key)
  const told = jwksUri === undefined ? { jwks: { keys } } : { jwksUri }
  const party = readParty({ id, role, name, address, fhirBases: fhirBase, ...told })
  const about = aboutOffer(code, party)
  const proofs = signing.map((jwk) => signKeyProof({ gateway, party: id, about }, jwk, new Date()))
  const transport = createTransport({ ca: options.ca ?? null, cert: null, certKey: null })
  try {
    const body = JSON.stringify({ invitation: code, party, proofs })
    const answer = await transport.send({
      method: 'POST',
      url: `${gateway}/registration`,
      headers: { 'content-type': 'application/json', 'accept': 'application/json' },
      body: () => body
    })
    if (answer.status !== 202) throw await refusalOf(answer)
    const outcome = parseObject(await answer.text())
    if (text(outcome, 'document') !== documentHash(party)) throw new OperatorHint('the gateway received another document than was sent')
  } finally {
    await transport.close()
  }
  const document = documentHash(party)
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ id, state: 'waiting', document })}\n`
      : `${id} waits to be confirmed. Tell the operators of the gateway, by another way than this: ${document}\n`
  )
}

interface Keeping extends ClientOptions {
  readonly add?: string
  readonly retire?: string
  readonly revoke?: string
  readonly of?: string
  readonly reason: Reason
}

/** Vouched for by the key that signs in. */
async function added(file: string, signer: string, server: string, party: string): Promise<string> {
  const { signKeyProof } = await import('../../seal/key-proof.ts')
  const { thumbprintOf } = await import('../../seal/keyring.ts')
  const { signing, keys } = await partsOf([file])
  const [[jwk], [key]] = [signing, keys]
  if (key === undefined) throw new OperatorHint(`${file} holds no key`)
  const about = thumbprintOf(key as Parameters<typeof thumbprintOf>[0]) // one of its kinds, as the gateway looks
  const by = (own: JsonWebKey): string => signKeyProof({ gateway: server, party, about }, own, new Date())
  return JSON.stringify({ key, ...(jwk === undefined ? {} : { proof: by(jwk) }), voucher: by(readClientKey(signer).jwk) })
}

/** What is asked, of one thing at a time. */
async function asked({ add, retire, revoke, reason, key }: Keeping, server: string, party: string) {
  const json = { 'content-type': 'application/json', 'accept': 'application/json' }
  const keys = `${server}/parties/${party}/keys`
  if ([add, retire, revoke].filter((one) => one !== undefined).length > 1)
    throw new RequestError('bad-request', 'Give one of --add, --retire and --revoke.')
  if (add !== undefined) {
    const body = await added(add, key, server, party)
    return { method: 'POST', url: keys, headers: json, body: () => body } as const
  }
  if (retire !== undefined) return { method: 'DELETE', url: `${keys}/${encodeURIComponent(retire)}`, headers: json } as const
  if (revoke === undefined) return { method: 'GET', url: `${server}/parties/${party}`, headers: json } as const
  return {
    method: 'POST',
    url: `${keys}/${encodeURIComponent(revoke)}/revocation`,
    headers: json,
    body: () => JSON.stringify({ reason })
  } as const
}

async function keepKeys(options: Keeping): Promise<void> {
  readClientKey(options.key) // its faults before anything is asked
  const session = sessionOf(options, 'sallyport/keys')
  try {
    const answer = parseObject(await (await session.call(await asked(options, session.server, options.of ?? options.party))).text())
    if (options.json === true) return void process.stdout.write(`${asciiJson(answer)}\n`)
    const keys = answer['keys'] === undefined ? [object(answer)] : objects(answer['keys'])
    const lines = keys.map((key) => [key['state'] ?? key['use'], text(key, 'thumbprint'), text(key, 'kid')].join('  '))
    process.stdout.write(`${lines.map(printable).join('\n')}\n`)
  } finally {
    await session.close()
  }
}

/** Adds these commands to `party`. */
export function addClient(party: Command, examples: string): void {
  const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
  party
    .command('join')
    .description('register yourself with a gateway that invited you; it waits until an officer there confirms it')
    .requiredOption('--server <url>', 'the gateway, by the address it calls its own')
    .option('--ca <file>', "PEM of the authority that signed the gateway's certificate; default: the system's")
    .requiredOption('--invitation <file>', 'that holds the code, or - for standard input')
    .requiredOption('--id <id>', 'who you will be to the gateway, as you were invited')
    .addOption(new Option('--role <role>', 'as you were invited').choices(['hospital', 'insurer']).makeOptionMandatory())
    .requiredOption('--name <text>', 'as it stands in accountings of disclosures (45 CFR 164.528)')
    .requiredOption('--address <text>', 'postal address, one line')
    .requiredOption('--key <file>', 'a private JWK of yours, for signing or encryption; it stays here; may be given more than once', many)
    .option('--jwks-uri <url>', 'where you serve your public keys; else they are registered as they are')
    .option('--fhir-base <url>', 'base of a FHIR server of your own; may be given more than once', many)
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(join)
  withClientOptions(party.command('keys').description('your own keys at a gateway: see, add, retire or revoke one'))
    .option('--of <id>', 'the party whose keys an officer keeps; default: --party')
    .option('--add <file>', 'a private JWK of yours: its public part is added, proved by itself')
    .option('--retire <key>', 'a kid or thumbprint that nobody uses any more')
    .option('--revoke <key>', 'a kid or thumbprint that others may have: dead at once, with every token of before')
    .addOption(new Option('--reason <code>', 'of --revoke').choices(REASONS).default('key-compromise'))
    .addHelpText('after', examples)
    .action(keepKeys)
}
