/**
 * `sallyport party invite|confirm|register|amend|rotate|sign`: what makes somebody sign in, by two operators: one signs and begins, another signs and confirms. Refuses an id that
 * is only claimed, and a file that is none.
 */
import { readFileSync } from 'node:fs'
import { Argument, type Command, Option } from 'commander'
import { asciiJson } from '../../core/audit/ascii.ts'
import { OperatorHint, RequestError } from '../../core/errors.ts'
import type { KeyOutcome } from '../../exchange/identity/party-keys.ts'
import type { PartyWord, RegistryRoom } from '../../exchange/identity/registry-room.ts'
import type { Spoken } from '../../exchange/identity/two-operators.ts'
import { type Signing, signed, signs } from './signed.ts'

const SPOKEN: readonly Spoken['act'][] = ['invite', 'register', 'add-key', 'secret', 'amend', 'confirm']

interface AskingSigned extends Signing {
  readonly json?: true
}

type Work<T> = (room: RegistryRoom, word: PartyWord) => Promise<T>

/** The registry opened for an officer: by id where an act only stops, by a signature where it lets in. */
export interface At {
  readonly atRegistry: <T>(asking: { readonly officer: string }, work: Work<T>) => Promise<T>
  readonly atSigned: <T>(signing: Signing, spoken: Spoken, work: Work<T>) => Promise<T>
  readonly tell: (told: object, options: { readonly json?: true }, sentence: string) => void
}

interface Inviting extends AskingSigned {
  readonly role: 'hospital' | 'insurer'
  readonly days: string
}

interface Confirming extends AskingSigned {
  readonly document?: string
  readonly change?: string
}

async function inviteOne(at: At, id: string, options: Inviting): Promise<void> {
  const { invite } = await import('../../exchange/identity/invitations.ts')
  const invited = await at.atSigned(options, { act: 'invite', party: id, about: options.role }, (room, word) =>
    invite(room, { id, role: options.role, days: Number(options.days) }, word)
  )
  if (options.json === true) return void process.stdout.write(`${asciiJson(invited)}\n`)
  process.stderr.write(`Good until ${invited.expires.toISOString()}, once. Hand it to the party alone: nobody can show it again.\n`)
  process.stdout.write(`${invited.code}\n`)
}

async function confirmOne(at: At, id: string, options: Confirming): Promise<void> {
  const { confirm } = await import('../../exchange/identity/invitations.ts')
  const { confirmOf } = await import('../../exchange/identity/confirmations.ts')
  const { document, change } = options
  if ((document === undefined) === (change === undefined)) throw new RequestError('bad-request', 'Give --document or --change.')
  const spoken = { act: 'confirm', party: id, about: document ?? change ?? '' } as const
  if (change !== undefined) {
    const done = await at.atSigned(options, spoken, (room, word) => confirmOf(room, id, change, word))
    return at.tell(done, options, `${done.what} of ${id} is confirmed: ${done.hash}`)
  }
  const outcome = await at.atSigned(options, spoken, (room, word) => confirm(room, id, document ?? '', word))
  at.tell(outcome, options, `${outcome.id} is ${outcome.state}`)
}

/** Prints the word alone; needs no gateway. */
async function signOne(act: Spoken['act'], id: string, options: Signing & { readonly about: string }): Promise<void> {
  process.stdout.write(`${await signed({ act, party: id, about: options.about }, options)}\n`)
}

/** A JSON file. OperatorHint where it is none. */
function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new OperatorHint(`${file} is not JSON`)
  }
}

async function registerOne(at: At, file: string, options: AskingSigned): Promise<void> {
  const { registerParty } = await import('../../exchange/identity/parties.ts')
  const { documentHash, readParty } = await import('../../exchange/identity/party-document.ts')
  const party = readParty(jsonIn(file))
  const spoken = { act: 'register', party: party.id, about: documentHash(party) } as const
  const outcome = await at.atSigned(options, spoken, (room, word) => registerParty(room, party, word))
  at.tell(outcome, options, `${outcome.id} waits to be confirmed by another operator: ${outcome.document}`)
}

async function amendOne(at: At, file: string, options: AskingSigned): Promise<void> {
  const { amendParty, hashOfAmendment } = await import('../../exchange/identity/party-amendments.ts')
  const told = Object(jsonIn(file)) as { readonly id?: unknown }
  if (typeof told.id !== 'string') throw new OperatorHint(`${file} is no party: it has no id`)
  const document = { ...told, id: told.id }
  const spoken = { act: 'amend', party: told.id, about: hashOfAmendment(document) } as const
  const outcome = await at.atSigned(options, spoken, (room, word) => amendParty(room, document, word))
  at.tell(outcome, options, `${outcome.id} stays as it is until another operator confirms ${outcome.document}`)
}

/** One public JWK, or those of a JWKS. */
function keysIn(file: string): readonly unknown[] {
  const value = Object(jsonIn(file)) as { readonly keys?: unknown }
  return Array.isArray(value.keys) ? value.keys : [value]
}

interface Rotating extends AskingSigned {
  readonly add?: readonly string[]
  readonly retire?: readonly string[]
}

async function inTurn<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (const one of all) done.push(await act(one))
  return done
}

/** New keys first: at no moment has the party none. */
async function rotate(at: At, id: string, options: Rotating): Promise<void> {
  const { addKey, retireKey } = await import('../../exchange/identity/party-keys.ts')
  const { readKey } = await import('../../exchange/identity/party-document.ts')
  const { thumbprint } = await import('../../exchange/identity/known.ts')
  const { add = [], retire = [] } = options
  if (add.length + retire.length === 0) throw new RequestError('bad-request', 'Give --add or --retire.')
  const keys = add.flatMap(keysIn).map(readKey)
  if (keys.length > 1 && options.jws !== undefined) throw new RequestError('bad-request', 'A word is for one key: give one with --jws.')
  const added = await inTurn(keys, (key) =>
    at.atSigned(options, { act: 'add-key', party: id, about: thumbprint(key) }, (room, word) =>
      addKey(room, id, { key, proof: null, voucher: null, gateway: null }, word)
    )
  )
  // what only stops needs no signature
  const word = { officer: options.officer ?? '' }
  const retired =
    retire.length === 0 ? [] : await at.atRegistry(word, (room, by) => inTurn(retire, (name) => retireKey(room, id, name, by)))
  const done: readonly KeyOutcome[] = [...added, ...retired]
  at.tell(done, options, done.map(({ kid, thumbprint, state }) => `${state}  ${thumbprint}  ${kid}`).join('; '))
}

/** Adds these commands to `party`. */
export function addSigned(party: Command, at: At): void {
  const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
  signs(party.command('invite').argument('<id>').description('make an invitation, and print its code once'))
    .addOption(new Option('--role <role>', 'what it will be').choices(['hospital', 'insurer']).makeOptionMandatory())
    .option('--days <n>', 'how long it is good', '7')
    .action((id: string, options: Inviting) => inviteOne(at, id, options))
  signs(party.command('confirm').argument('<id>').description('confirm what another operator began, by its hash'))
    .option('--document <hash>', 'of a party that waits: sha256:… as the party told it you, by another way')
    .option('--change <hash>', 'of a party that is registered: the thumbprint of a key, or the sha256:… of a secret or an amendment')
    .action((id: string, options: Confirming) => confirmOne(at, id, options))
  signs(
    party
      .command('register')
      .argument('<file>')
      .description('register a party by its document (schemas/policy/party.json), once another confirms')
  ).action((file: string, options: AskingSigned) => registerOne(at, file, options))
  signs(
    party.command('amend').argument('<file>').description('what is registered of a live party beside its keys, anew, once another confirms')
  ).action((file: string, options: AskingSigned) => amendOne(at, file, options))
  party
    .command('sign')
    .addArgument(new Argument('<act>', 'what the word is for').choices(SPOKEN))
    .argument('<id>', 'the party')
    .description('sign a word for --jws and print it; needs no gateway; good for 15 minutes')
    .requiredOption('--about <text>', 'invite: its role; add-key: the thumbprint; secret: new; register, amend, confirm: the hash')
    .requiredOption('--officer <id>', 'who signs')
    .requiredOption('--key <file>', 'his or her private key, a JWK')
    .action(signOne)
  signs(
    party.command('rotate').argument('<id>').description('add keys beside those there are, once another confirms each, and retire others')
  )
    .option('--add <file>', 'a public JWK or JWKS; may be given more than once', many)
    .option('--retire <key>', 'a kid or thumbprint; may be given more than once', many)
    .action((id: string, options: Rotating) => rotate(at, id, options))
}
