/**
 * `sallyport party list|show|invite|confirm|decline|register|rotate|revoke-key|suspend|resume|revoke|secret`: what an operator does about parties at the gateway's machine. Decides
 * nothing that the gateway would not; what it does is in force on every replica within a second. Refuses an --officer who is no operator of this house.
 */
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { asciiJson } from '../../core/audit/ascii.ts'
import { OperatorHint, RequestError } from '../../core/errors.ts'
import { REASONS, type Reason } from '../../core/identity/party-life.ts'
import { activeOfficer } from '../../core/identity/registry.ts'
import { printable } from '../../core/printable.ts'
import type { StandingAct } from '../../exchange/identity/parties.ts'
import type { KeyOutcome } from '../../exchange/identity/party-keys.ts'
import type { PartyWord } from '../../exchange/identity/registry-room.ts'
import { atDesk, type Desk } from '../desk.ts'
import { registryHere } from '../known-parties.ts'
import { addSecret } from './secret.ts'

type Room = Awaited<ReturnType<typeof registryHere>>

interface Asking {
  readonly officer: string
  readonly reason?: Reason
  readonly json?: true
}

/** The officer's word, if he or she may operate this house. RequestError not-an-operator. */
function wordOf({ registry }: Room, { account }: Desk, { officer, reason }: Asking): PartyWord {
  const known = activeOfficer(registry, officer, new Date())
  if (known?.roles.includes('operator') !== true)
    throw new RequestError('not-an-operator', 'Give as --officer the id of an officer of policies/officers with the role operator.')
  return { as: 'desk', officer, account, ...(reason === undefined ? {} : { reason }) }
}

function atRegistry<T>(asking: Asking, work: (room: Room, word: PartyWord) => Promise<T>): Promise<T> {
  return atDesk(async (desk) => {
    const room = await registryHere(desk)
    return work(room, wordOf(room, desk, asking))
  })
}

function tell(told: object, { json }: { readonly json?: true }, sentence: string): void {
  process.stdout.write(json === true ? `${asciiJson(told)}\n` : `${printable(sentence)}\n`)
}

async function list({ json }: { readonly json?: true }): Promise<void> {
  const { listInvitations } = await import('../../exchange/identity/invitations.ts')
  const { parties, invitations } = await atDesk(async (desk) => {
    const { registry, pool } = await registryHere(desk)
    const known = [...registry.parties.values()].map(({ id, role, name }) => ({
      id,
      role,
      name,
      standing: registry.standings.get(id) ?? 'active'
    }))
    return { parties: known, invitations: await listInvitations({ pool }) }
  })
  if (json === true) return void process.stdout.write(`${asciiJson({ parties, invitations })}\n`)
  const lines = [
    ...parties.map(({ id, role, name, standing }) => `${standing.padEnd(10)}${role.padEnd(10)}${id}  ${name}`),
    ...invitations.map(
      ({ id, role, state, expires, document }) =>
        `${state.padEnd(10)}${role.padEnd(10)}${id}  until ${expires}${document === null ? '' : `  ${document}`}`
    )
  ]
  process.stdout.write(lines.length === 0 ? 'Nobody is registered.\n' : `${lines.map(printable).join('\n')}\n`)
}

async function show(id: string, { json }: { readonly json?: true }): Promise<void> {
  const { listInvitations } = await import('../../exchange/identity/invitations.ts')
  const { thumbprint } = await import('../../exchange/identity/known.ts')
  const found = await atDesk(async (desk) => {
    const { registry, pool } = await registryHere(desk)
    const waiting = (await listInvitations({ pool })).find((one) => one.id === id)
    const party = registry.parties.get(id) ?? waiting?.party
    if (party === undefined || party === null) throw new RequestError('party-unknown')
    const standing = registry.parties.has(id) ? (registry.standings.get(id) ?? 'active') : 'waiting'
    return { party, standing, document: waiting?.document ?? null, notBefore: registry.notBefore.get(id) ?? null }
  })
  const { party, standing, document, notBefore } = found
  const keys = (party.jwks?.keys ?? []).map((key) => ({ kid: key.kid, use: key.use, alg: key.alg, thumbprint: thumbprint(key) }))
  if (json === true) return void process.stdout.write(`${asciiJson({ ...found, keys })}\n`)
  const lines = [
    `${party.id}  ${party.role}  ${standing}`,
    party.name,
    party.address,
    ...party.fhirBases.map((base) => `records under ${base}`),
    ...(party.jwksUri === undefined ? [] : [`keys at ${party.jwksUri}`]),
    ...keys.map(({ kid, use, alg, thumbprint: print }) => `${use}  ${alg}  ${print}  ${kid}`),
    ...(notBefore === null ? [] : [`what was signed in with before ${new Date(notBefore).toISOString()} is dead`]),
    ...(document === null ? [] : [`waits to be confirmed: ${document}`])
  ]
  process.stdout.write(`${lines.map(printable).join('\n')}\n`)
}

async function inviteOne(id: string, options: Asking & { readonly role: 'hospital' | 'insurer'; readonly days: string }): Promise<void> {
  const { invite } = await import('../../exchange/identity/invitations.ts')
  const invited = await atRegistry(options, (room, word) => invite(room, { id, role: options.role, days: Number(options.days) }, word))
  if (options.json === true) return void process.stdout.write(`${asciiJson(invited)}\n`)
  process.stderr.write(`Good until ${invited.expires.toISOString()}, once. Hand it to the party alone: nobody can show it again.\n`)
  process.stdout.write(`${invited.code}\n`)
}

async function confirmOne(id: string, options: Asking & { readonly document: string }): Promise<void> {
  const { confirm } = await import('../../exchange/identity/invitations.ts')
  const outcome = await atRegistry(options, (room, word) => confirm(room, id, options.document, word))
  tell(outcome, options, `${outcome.id} is ${outcome.state}`)
}

async function declineOne(id: string, options: Asking): Promise<void> {
  const { decline } = await import('../../exchange/identity/invitations.ts')
  const outcome = await atRegistry(options, (room, word) => decline(room, id, word))
  tell(outcome, options, `${id} is not invited any more`)
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

async function registerOne(file: string, options: Asking): Promise<void> {
  const { registerParty } = await import('../../exchange/identity/parties.ts')
  const { readParty } = await import('../../exchange/identity/party-document.ts')
  const party = readParty(jsonIn(file))
  const outcome = await atRegistry(options, (room, word) => registerParty(room, party, word))
  tell(outcome, options, `${outcome.id} is ${outcome.state}`)
}

/** One public JWK, or those of a JWKS. */
function keysIn(file: string): readonly unknown[] {
  const value = Object(jsonIn(file)) as { readonly keys?: unknown }
  return Array.isArray(value.keys) ? value.keys : [value]
}

interface Rotating extends Asking {
  readonly add?: readonly string[]
  readonly retire?: readonly string[]
}

/** New keys first: at no moment has the party none. */
async function rotate(id: string, options: Rotating): Promise<void> {
  const { addKey, retireKey } = await import('../../exchange/identity/party-keys.ts')
  const { readKey } = await import('../../exchange/identity/party-document.ts')
  const { add = [], retire = [] } = options
  if (add.length + retire.length === 0) throw new RequestError('bad-request', 'Give --add or --retire.')
  const keys = add.flatMap(keysIn).map(readKey)
  const done = await atRegistry(options, async (room, word) => {
    const outcomes: KeyOutcome[] = []
    for (const key of keys) outcomes.push(await addKey(room, id, { key, proof: null, gateway: null }, word))
    for (const name of retire) outcomes.push(await retireKey(room, id, name, word))
    return outcomes
  })
  tell(done, options, done.map(({ kid, thumbprint, state }) => `${state}  ${thumbprint}  ${kid}`).join('; '))
}

async function revokeOne(id: string, name: string, options: Asking & { readonly reason: Reason }): Promise<void> {
  const { revokeKey } = await import('../../exchange/identity/party-keys.ts')
  const { reason } = options
  const done = await atRegistry(options, (room, word) => revokeKey(room, id, name, { ...word, reason }))
  tell(done, options, `${done.thumbprint} is revoked: what ${id} signed in with before is dead`)
}

async function act(id: string, what: StandingAct, options: Asking & { readonly reason: Reason }): Promise<void> {
  const { changeStanding } = await import('../../exchange/identity/parties.ts')
  const { reason } = options
  const outcome = await atRegistry(options, (room, word) => changeStanding(room, id, what, { ...word, reason }))
  tell(outcome, options, `${outcome.id} is ${outcome.state}`)
}

function acts(command: Command): Command {
  return command.requiredOption('--officer <id>', 'who acts: an officer with the role operator').option('--json', 'print JSON')
}

function withReason(command: Command): Command {
  return acts(command).addOption(new Option('--reason <code>', 'why, as RFC 5280 names it').choices(REASONS).makeOptionMandatory())
}

const STANDING_ACTS: readonly (readonly [StandingAct, string])[] = [
  ['suspend', 'nobody signs in as it, its tokens and sessions are dead, its agreements rest; an officer by id, too'],
  ['resume', 'it may sign in again'],
  ['revoke', 'for good: the id never comes back']
]

/** Adds these commands to `party`. */
export function addDesk(party: Command, examples: string): void {
  const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
  party
    .command('list')
    .description('who is registered, who is invited, and what waits to be confirmed')
    .option('--json', 'print JSON')
    .action(list)
  party.command('show').argument('<id>').description('a party, its standing and its keys').option('--json', 'print JSON').action(show)
  acts(party.command('invite').argument('<id>').description('make an invitation, and print its code once'))
    .addOption(new Option('--role <role>', 'what it will be').choices(['hospital', 'insurer']).makeOptionMandatory())
    .option('--days <n>', 'how long it is good', '7')
    .action(inviteOne)
  acts(party.command('confirm').argument('<id>').description('confirm what was offered, as another officer than who invited'))
    .requiredOption('--document <hash>', 'sha256:… as the party told it you, by another way')
    .action(confirmOne)
  acts(party.command('decline').argument('<id>').description('take an invitation back, or decline what was offered')).action(declineOne)
  acts(party.command('register').argument('<file>').description('register a party by its document (schemas/policy/party.json)')).action(
    registerOne
  )
  acts(party.command('rotate').argument('<id>').description('add keys beside those there are, and retire others'))
    .option('--add <file>', 'a public JWK or JWKS; may be given more than once', many)
    .option('--retire <key>', 'a kid or thumbprint; may be given more than once', many)
    .action(rotate)
  withReason(party.command('revoke-key').argument('<id>').argument('<key>', 'its kid or thumbprint'))
    .description('a key that others may have: dead at once, and every token and session with it; of an officer, too')
    .action(revokeOne)
  for (const [what, says] of STANDING_ACTS)
    withReason(party.command(what).argument('<id>').description(says)).action((id: string, options: Asking & { readonly reason: Reason }) =>
      act(id, what, options)
    )
  addSecret(party, atRegistry)
  for (const command of party.commands) command.addHelpText('after', examples)
}
